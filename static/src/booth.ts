// The booth: one screen at a time, everything in this page and its worker. The
// server sees the encrypted ballot and nothing before it. Once the page is
// loaded only sending needs a network.
import { readCredential } from "./ballot/credential";
import type { Votes } from "./ballot/election";
import { all, ask, base64, element, fill, one, qrImage } from "./vote/dom";
import type { Reply, Sealed } from "./vote/crypt";
import { trackerWords } from "./vote/words";

interface Right {
  id: string;
  for: string;
  voted: boolean;
  paper: boolean;
}

interface Receipt {
  tracker: string;
  height: number;
  again: boolean;
  revote: boolean;
}

const booth = one("#booth");
const words = one("#booth-words").dataset as Record<string, string>;
const say = (key: string, args: Record<string, string | number> = {}): string => fill(words[key] ?? key, args);
const screens = all("[data-screen]", booth);
const questions = all<HTMLFieldSetElement>("[data-question]", booth);
const next = one<HTMLButtonElement>("[data-next]", booth);
const back = one<HTMLButtonElement>("[data-back]", booth);
const error = one("[data-error]", booth);

let at = 0;
let credential = "";
let right = "";
let sealed: Sealed | undefined;
const waiting: ((r: Reply) => void)[] = []; // the worker answers in the order it was asked
const worker = new Worker(booth.dataset.worker!);
worker.onmessage = ({ data }: MessageEvent<Reply>) => waiting.shift()?.(data);

/** What each screen's button does; true lets the voter go on. */
const leave: Record<string, () => boolean | Promise<boolean>> = {
  slip: takeSlip,
  check: encrypt,
  sealed: send,
};

function current(): HTMLElement {
  return screens[at]!;
}

function show(i: number): void {
  at = i;
  screens.forEach((s, j) => (s.hidden = j !== i));
  const name = current().dataset.screen!;
  back.hidden = i === 0 || name === "sealed" || name === "sent";
  next.hidden = name === "sent" || name === "audit";
  one("span", next).textContent = current().dataset.go ?? say("next");
  complain("");
  if (name === "check") fillCheck();
  const head = one("h2", current());
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function complain(text: string): void {
  error.textContent = text;
  error.hidden = text === "";
}

const chosen = (q: HTMLFieldSetElement): HTMLInputElement[] => all<HTMLInputElement>("input:checked", q);

/** Over- and under-votes are told here, before anything is encrypted. */
function checkQuestion(q: HTMLFieldSetElement): boolean {
  const picks = chosen(q);
  const blank = picks.some((i) => i.value === "blank");
  const n = picks.length;
  const [min, max] = [Number(q.dataset.min), Number(q.dataset.max)];
  if (blank ? n > 1 : n > max) complain(say(blank ? "blankboth" : "over", { n, max }));
  else if (!blank && n < min) complain(say("blank" in q.dataset ? "underblank" : "under", { n, min }));
  else return true;
  return false;
}

function count(q: HTMLFieldSetElement): void {
  const n = chosen(q).filter((i) => i.value !== "blank").length;
  const max = Number(q.dataset.max);
  const line = one("[data-count]", q.closest("[data-screen]")!);
  line.textContent = say("count", { n, max });
  line.classList.toggle("danger-text", n > max);
  if (n > max) complain(say("over", { n, max }));
  else complain("");
}

function takeSlip(): boolean {
  const c = readCredential(one<HTMLInputElement>("#slip").value);
  if (!c) {
    complain(say("slipform"));
    return false;
  }
  credential = c;
  right = booth.querySelector<HTMLInputElement>("input[name=right]:checked")?.value ?? "";
  return true;
}

function votes(): Votes {
  return questions.map((q) => all<HTMLInputElement>("input", q).map((i) => (i.checked ? 1 : 0)));
}

function fillCheck(): void {
  const list = one("[data-answers]", current());
  list.replaceChildren();
  questions.forEach((q) => {
    const group = element("div", "answers__row");
    group.append(element("dt", "", one("[data-text]", q.closest("[data-screen]")!).textContent ?? ""));
    const names = chosen(q).map((i) => i.dataset.name!);
    (names.length ? names : [say("nobody")]).forEach((n) => group.append(element("dd", "vote-name", n)));
    list.append(group);
  });
}

function fromWorker(request: unknown): Promise<Reply> {
  return new Promise((done) => {
    waiting.push(done);
    worker.postMessage(request);
  });
}

async function encrypt(): Promise<boolean> {
  const reply = await fromWorker({ kind: "encrypt", credential, votes: votes() });
  if (reply.kind !== "sealed") {
    complain(say("failed", { code: reply.kind === "refused" ? reply.code : "" }));
    return false;
  }
  sealed = reply;
  showTracker();
  return true;
}

function showTracker(): void {
  const lang = document.documentElement.lang;
  all("[data-tracker]", booth).forEach((box) => {
    const list = element("p", "vote-words");
    trackerWords(sealed!.tracker, lang).forEach((w) => list.append(element("span", "vote-word", w)));
    box.replaceChildren(list, qrImage(sealed!.tracker, say("qr")), element("p", "vote-tracker small", sealed!.tracker));
  });
}

async function send(): Promise<boolean> {
  const { rights, missing } = await loadRights();
  complain(missing);
  if (missing) return false;
  if (right === "") right = rights[0]?.id ?? "";
  const answer = await ask<Receipt>(booth.dataset.cast!, { voter: right, ballot: sealed!.raw });
  if (!answer.ok) {
    complain(answer.status === 0 || answer.status === 503 ? say("unknown") : answer.message);
    one("span", next).textContent = say("again");
    return false;
  }
  if (answer.ok.tracker !== sealed!.tracker) {
    complain(say("mismatch"));
    return false;
  }
  one("[data-revote]", booth).hidden = !answer.ok.revote;
  forget();
  return true;
}

/** Nothing stays on a shared phone: what was typed and chosen is wiped. */
function forget(): void {
  credential = "";
  one<HTMLInputElement>("#slip").value = "";
  all<HTMLInputElement>("input:checked", booth).forEach((i) => (i.checked = false));
  sealed = undefined;
}

/** The rights of who is logged in, or what is missing. It complains of nothing itself: while somebody reads, no line may push the button from under the thumb. */
async function loadRights(): Promise<{ rights: Right[]; missing: string }> {
  const answer = await ask<{ rights: Right[] }>(booth.dataset.rights!);
  one("[data-login]", booth).hidden = answer.status !== 401;
  const rights = answer.ok?.rights ?? [];
  if (rights.length > 0) {
    showRights(rights);
    return { rights, missing: "" };
  }
  return { rights, missing: answer.ok ? say("nolist") : answer.status === 401 ? say("login") : answer.status === 0 ? say("offline") : answer.message };
}

/** Who votes for somebody else too says for whom this ballot is. */
function showRights(rights: Right[]): void {
  const box = one("[data-rights]", booth);
  if (rights.length < 2 || box.childElementCount > 1) return;
  rights.forEach((r, i) => {
    const label = element("label", "vote-choice");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "right", value: r.id, checked: i === 0 });
    label.append(input, element("span", "vote-name", r.for ? say("rightfor", { name: r.for }) : say("rightown")));
    box.append(label);
  });
  box.hidden = false;
}

/** Opens this ballot on another device; it is thrown away, and a new one is made. */
async function audit(): Promise<void> {
  const key = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const plain = new TextEncoder().encode(JSON.stringify({ ballot: sealed!.raw, opening: sealed!.opening }));
  const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, aes, plain));
  const answer = await ask<{ key: string }>(booth.dataset.shelf!, { sealed: base64(new Uint8Array([...iv, ...data])) });
  if (!answer.ok) {
    complain(answer.message || say("offline"));
    return;
  }
  const address = new URL(booth.dataset.audit!, location.href);
  address.hash = `${answer.ok.key}.${base64(key).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
  sealed = undefined; // it is spoiled
  show(screens.findIndex((s) => s.dataset.screen === "audit"));
  one("[data-address]", booth).replaceChildren(qrImage(address.href, say("qr")), element("p", "vote-tracker small", address.href));
}

async function go(): Promise<void> {
  const name = current().dataset.screen!;
  const q = questions.find((q) => current().contains(q));
  next.disabled = true;
  try {
    const ok = q ? checkQuestion(q) : await (leave[name]?.() ?? true);
    if (ok) show(at + (screens[at + 1]?.dataset.screen === "audit" ? 2 : 1));
  } finally {
    next.disabled = false;
  }
}

async function start(): Promise<void> {
  booth.hidden = false;
  let election: string;
  try {
    election = await (await fetch(booth.dataset.election!)).text();
  } catch {
    [...screens, next, back].forEach((x) => (x.hidden = true));
    complain(say("offline"));
    addEventListener("online", () => location.reload());
    return;
  }
  show(0);
  const reply = await fromWorker({ kind: "prepare", election });
  booth.dataset.ready = reply.kind;
  void loadRights();
}

next.addEventListener("click", () => void go());
back.addEventListener("click", () => show(at - 1));
questions.forEach((q) => {
  q.addEventListener("change", (e) => {
    const t = e.target as HTMLInputElement;
    if (t.value === "blank" && t.checked) chosen(q).forEach((i) => (i.checked = i === t));
    else all<HTMLInputElement>("input[value=blank]", q).forEach((i) => (i.checked = i.checked && t.value === "blank"));
    count(q);
  });
  count(q);
});
one("[data-spoil]", booth).addEventListener("click", () => void audit());
one("[data-again]", booth).addEventListener("click", () => show(screens.findIndex((s) => s.dataset.screen === "check")));
booth.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.target as HTMLElement).id === "slip") void go();
});

// A tablet at the polling place forgets whoever has voted, or has gone away.
const hall = document.querySelector<HTMLFormElement>("[data-hall]");
if (hall) {
  let leaving = 0;
  const touched = (): void => {
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      const used = at > 0 || one("[data-login]", booth).hidden;
      if (!used) return;
      forget();
      show(0);
      // Without a line there is no page to go to; the login then ends at the next touch that has one.
      void fetch(location.href, { cache: "no-store" }).then(() => hall.submit(), touched);
    }, Number(hall.dataset.hall) * 1000);
  };
  for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, touched, { passive: true });
  hall.addEventListener("submit", forget);
  addEventListener("pageshow", (e) => {
    if (e.persisted) location.reload();
  });
  touched();
}
void start();
