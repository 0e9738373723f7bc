// Reporting: what is written survives a lost connection and is sent when it
// returns; a pin on the picture of the compound; open cases like this one.
// All of it adds to a form that works without.

const form = document.getElementById("report") as HTMLFormElement | null;
const box = form?.closest<HTMLElement>("[data-report]");

// --- what is kept on the phone -----------------------------------------------

interface Kept {
  key: string;
  fields: [string, string][];
  files: File[];
  waiting: boolean; // to be sent as soon as there is a connection
}

function openStore(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const ask = indexedDB.open("juwu", 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore("reports", { keyPath: "key" });
    ask.onsuccess = () => done(ask.result);
    ask.onerror = () => fail(ask.error);
  });
}

async function store<T>(mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await openStore();
  return new Promise((done, fail) => {
    const tx = db.transaction("reports", mode);
    const ask = act(tx.objectStore("reports"));
    tx.oncomplete = () => done(ask.result);
    tx.onerror = () => fail(tx.error);
  });
}

const key = location.pathname;
const secret = /^(csrf)$/;

function read(form: HTMLFormElement, waiting: boolean): Kept {
  const fields: [string, string][] = [];
  const files: File[] = [];
  for (const [name, v] of new FormData(form)) {
    if (typeof v === "string") fields.push([name, v]);
    else if (v.size > 0) files.push(v);
  }
  return { key, fields: fields.filter(([n]) => !secret.test(n)), files, waiting };
}

function fill(form: HTMLFormElement, k: Kept): void {
  for (const el of [...form.elements] as HTMLInputElement[]) {
    if (!el.name || el.type === "file" || secret.test(el.name)) continue;
    const values = k.fields.filter(([n]) => n === el.name).map(([, v]) => v);
    if (el.type === "checkbox" || el.type === "radio") el.checked = values.includes(el.value);
    else if (values.length > 0) el.value = values[0]!;
  }
  const input = form.querySelector<HTMLInputElement>("input[type=file]");
  if (!input || k.files.length === 0) return;
  const chosen = new DataTransfer();
  for (const f of k.files) chosen.items.add(f);
  input.files = chosen.files;
}

function say(text: string): void {
  if (!form) return;
  let line = document.getElementById("report-said");
  if (!line) {
    line = document.createElement("p");
    line.id = "report-said";
    line.className = "notice notice_attention";
    line.setAttribute("role", "status");
    form.prepend(line);
  }
  line.textContent = text;
}

let sending = false;
let soon = 0; // the timer that keeps what is being written

/** Sends the form; without a connection it waits, and nothing is lost. */
async function send(form: HTMLFormElement): Promise<void> {
  if (sending) return;
  sending = true;
  clearTimeout(soon); // it would keep as unfinished what has been sent by then
  await store("readwrite", (s) => s.put(read(form, true))).catch(() => undefined);
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", headers: { Accept: "text/html" } });
    if (answer.redirected && answer.ok) {
      await store("readwrite", (s) => s.delete(key)).catch(() => undefined);
      location.assign(answer.url);
      return;
    }
    await store("readwrite", (s) => s.put(read(form, false))).catch(() => undefined);
    // The page says what is wrong: let the browser show it.
    form.dataset.plain = "1";
    form.submit();
  } catch {
    say(box?.dataset.lost ?? "");
    sending = false;
  }
}

async function keepReport(form: HTMLFormElement): Promise<void> {
  const kept = await store<Kept | undefined>("readonly", (s) => s.get(key)).catch(() => undefined);
  if (kept && !form.querySelector("[aria-invalid]")) {
    fill(form, kept);
    say(box?.dataset.kept ?? "");
    if (kept.waiting && navigator.onLine) void send(form);
  }
  form.addEventListener("input", () => {
    clearTimeout(soon);
    soon = window.setTimeout(() => void store("readwrite", (s) => s.put(read(form, false))).catch(() => undefined), 400);
  });
  window.addEventListener("online", () => {
    void store<Kept | undefined>("readonly", (s) => s.get(key)).then((k) => {
      if (!k?.waiting) return;
      say(box?.dataset.back ?? "");
      void send(form);
    });
  });
  form.addEventListener("submit", (e) => {
    if (form.dataset.plain || e.defaultPrevented || !("indexedDB" in window)) return;
    e.preventDefault();
    delete form.dataset.sent; // a second tap may try again
    void send(form);
  });
}

// --- the pin --------------------------------------------------------------------

function pins(group: HTMLElement): void {
  const stage = group.querySelector<HTMLElement>("[data-stage]")!;
  const x = group.querySelector<HTMLInputElement>("[name=pin_x]")!;
  const y = group.querySelector<HTMLInputElement>("[name=pin_y]")!;
  const mark = group.querySelector<SVGCircleElement>(".plan__pin")!;
  const clear = group.querySelector<HTMLButtonElement>("[data-clear]")!;
  const view = mark.ownerSVGElement!.viewBox.baseVal;
  const put = (px: number, py: number) => {
    const bound = (n: number) => Math.round(Math.max(0, Math.min(1000, n)));
    const [cx, cy] = [bound(px), bound(py)];
    x.value = String(cx);
    y.value = String(cy);
    mark.setAttribute("cx", String((cx * view.width) / 1000));
    mark.setAttribute("cy", String((cy * view.height) / 1000));
    clear.hidden = false;
  };
  group.hidden = false;
  if (x.value && y.value) put(Number(x.value), Number(y.value));
  stage.addEventListener("click", (e) => {
    const at = stage.getBoundingClientRect();
    if (e.detail > 0) put(((e.clientX - at.left) * 1000) / at.width, ((e.clientY - at.top) * 1000) / at.height);
    else if (!x.value) put(500, 500);
  });
  stage.addEventListener("keydown", (e) => {
    const by: Record<string, [number, number]> = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] };
    const step = by[e.key];
    if (!step) return;
    e.preventDefault();
    put((Number(x.value) || 500) + step[0], (Number(y.value) || 500) + step[1]);
  });
  clear.addEventListener("click", () => {
    x.value = y.value = "";
    mark.setAttribute("cx", "-99");
    clear.hidden = true;
  });
  const list = document.getElementById(group.dataset.pin ?? "") as HTMLSelectElement | null;
  const spots = new Map((group.dataset.spots ?? "").split(";").map((s) => [s.split(":")[0], s.split(":").slice(1).map(Number)]));
  list?.addEventListener("change", () => {
    const at = spots.get(list.value);
    if (at && at.length === 2) put(at[0]!, at[1]!);
  });
}

// --- open cases like this one --------------------------------------------------

async function similar(form: HTMLFormElement, box: HTMLElement): Promise<void> {
  const out = form.querySelector<HTMLElement>("[data-similar]");
  const building = form.querySelector<HTMLSelectElement>("[name=building]")?.value;
  if (!out) return;
  out.replaceChildren();
  if (!building) return;
  try {
    const answer = await fetch(`${box.dataset.report}?category=${box.dataset.category}&building=${building}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    out.replaceChildren(...(page.getElementById("similar")?.children ?? []));
  } catch {
    // Without a connection there is nothing to offer.
  }
}

if (form && box) {
  void keepReport(form);
  for (const group of form.querySelectorAll<HTMLElement>("[data-pin]")) pins(group);
  form.querySelector("[name=building]")?.addEventListener("change", () => void similar(form, box));
  void similar(form, box);
}
