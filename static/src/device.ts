// A leader's device without a line. While there is one, the leader's page gives
// it a key for the activity; from then on the device page works from what the
// service worker and IndexedDB keep: it reads volunteers' codes, notes who came
// and went by the device's clock, signs, and sends when there is a line again.
// The key cannot be read out of the browser once it is stored.

interface Person { number: string; name: string }
interface Shift { id: string; begins: string; ends: string; people: Person[] }
interface Kit { device: string; key: string; title: string; until: string; shifts: Shift[] }
interface Note { number: string; out: boolean; at: number; sent?: boolean; refused?: string }
interface Kept { path: string; device: string; title: string; until: string; people: Person[]; key: CryptoKey; notes: Note[] }

const CACHE = "device-1";
/** The server takes 600 at once (policy.mostDeviceNotes). */
const MOST_AT_ONCE = 500;
/** Somebody who forgot to check out may come again after this. */
const AGAIN_MS = 12 * 3600_000;

function open(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const r = indexedDB.open("juwu", 1);
    r.onupgradeneeded = () => r.result.createObjectStore("devices", { keyPath: "path" });
    r.onsuccess = () => done(r.result);
    r.onerror = () => fail(r.error);
  });
}

async function store<T>(mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  return new Promise((done, fail) => {
    const tx = db.transaction("devices", mode);
    const r = act(tx.objectStore("devices"));
    tx.oncomplete = () => (db.close(), done(r.result));
    tx.onerror = tx.onabort = () => fail(tx.error);
  });
}

const put = (k: Kept) => store("readwrite", (s) => s.put(k));
const get = (path: string) => store<Kept | undefined>("readonly", (s) => s.get(path) as IDBRequest<Kept | undefined>);

const hex = (b: ArrayBuffer) => [...new Uint8Array(b)].map((x) => x.toString(16).padStart(2, "0")).join("");
const bytes = (h: string) => Uint8Array.from(h.match(/../g) ?? [], (x) => parseInt(x, 16));

/** The page that works without a line, with all it needs. */
async function keepPage(path: string, assets: string[]): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([path, ...assets]);
}

function prepare(form: HTMLFormElement): void {
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    const says = form.querySelector<HTMLElement>("[data-device-says]")!;
    says.hidden = true;
    try {
      const path = form.dataset.devicePath!;
      const had = await get(path);
      // What waits was signed for by the key of then: it goes first, or a new key
      // would make it worthless.
      if (had && (await deliver(had)) === "later") throw new Error("what was noted before is not sent yet");
      const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
      body.set("device_ms", String(Date.now()));
      const r = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
      if (!r.ok) throw new Error(String(r.status));
      const kit = (await r.json()) as Kit;
      const key = await crypto.subtle.importKey("raw", bytes(kit.key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      const people = kit.shifts.flatMap((s) => s.people);
      await put({ path, device: kit.device, title: kit.title, until: kit.until, people, key, notes: had?.notes ?? [] });
      await keepPage(path, JSON.parse(form.dataset.deviceAssets ?? "[]") as string[]);
      location.assign(path);
    } catch {
      says.hidden = false;
      delete form.dataset.sent;
    }
  });
}

/** The volunteer's number in what was read or typed; "" if it cannot be one. */
export function numberIn(text: string): string {
  const n = text.trim().replace(/^JWV:/, "");
  if (!/^\d{6,20}$/.test(n)) return "";
  const sum = [...n].reverse().reduce((s, c, i) => {
    const d = Number(c) * (i % 2 ? 2 : 1);
    return s + (d > 9 ? d - 9 : d);
  }, 0);
  return sum % 10 === 0 ? n : "";
}

class Desk {
  constructor(private root: HTMLElement, private kept: Kept) {}

  start(): void {
    this.part("ready").hidden = false;
    this.part("missing").hidden = true;
    const form = this.root.querySelector("form")!;
    const field = form.querySelector<HTMLInputElement>("input[name=number]")!;
    form.addEventListener("submit", (e) => (e.preventDefault(), void this.note(field)));
    this.root.addEventListener("scanned", () => void this.note(field));
    this.part("send").addEventListener("click", () => void this.send());
    window.addEventListener("online", () => void this.send());
    this.show();
    if (navigator.onLine) void this.send();
  }

  private part(name: string): HTMLElement {
    return this.root.querySelector<HTMLElement>(`[data-device-${name}]`)!;
  }

  private say(key: string, args: Record<string, string> = {}): void {
    const text = (this.root.dataset[key] ?? "").replace(/\{(\w+)\}/g, (_, n: string) => args[n] ?? "");
    this.part("says").textContent = text;
  }

  private async note(field: HTMLInputElement): Promise<void> {
    const number = numberIn(field.value);
    const out = this.root.querySelector<HTMLInputElement>("input[name=way]:checked")?.value === "out";
    if (!number) return this.say("wrong");
    const name = this.kept.people.find((p) => p.number === number)?.name ?? number;
    // The same way twice in a row is a second scan; in, out and in again is a
    // second shift.
    const last = [...this.kept.notes].reverse().find((n) => n.number === number);
    if (last?.out === out && Date.now() - last.at < AGAIN_MS) return this.say("twice", { name });
    this.kept.notes.push({ number, out, at: Date.now() });
    await put(this.kept);
    field.value = "";
    this.say(out ? "went" : "came", { name });
    this.show();
  }

  private show(): void {
    const left = waiting(this.kept).length;
    this.part("waiting").textContent = (this.root.dataset.count ?? "").replace("{n}", String(left)).replace("{all}", String(this.kept.notes.length));
    this.part("send").hidden = left === 0;
    this.part("list").replaceChildren(
      ...[...this.kept.notes].reverse().map((n) => {
        const li = document.createElement("li");
        const who = this.kept.people.find((p) => p.number === n.number)?.name ?? n.number;
        const time = new Date(n.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        const state = n.refused ?? (n.sent ? this.root.dataset.sent : this.root.dataset.kept) ?? "";
        li.textContent = `${time} ${n.out ? this.root.dataset.out : this.root.dataset.in} ${who} · ${state}`;
        return li;
      }),
    );
  }

  private async send(): Promise<void> {
    const n = waiting(this.kept).length;
    if (n === 0) return;
    this.say(await deliver(this.kept), { n: String(n) });
    this.show();
  }
}

const waiting = (k: Kept) => k.notes.filter((n) => !n.sent);

/**
 * Sends what waits, signed with the key it was noted under. "later": no line
 * yet, what was noted stays here. "refused": the server does not believe this
 * device; the notes stay on its list, to be entered by hand.
 */
async function deliver(kept: Kept): Promise<"done" | "later" | "refused"> {
  const batch = waiting(kept).slice(0, MOST_AT_ONCE);
  if (batch.length === 0) return "done";
  const at = Date.now();
  const lines = batch.map((n) => `${n.number},${n.out ? "out" : "in"},${n.at}\n`).join("");
  const text = `juwu-device-1\n${kept.device}\n${at}\n${batch.length}\n${lines}`;
  const mac = hex(await crypto.subtle.sign("HMAC", kept.key, new TextEncoder().encode(text)));
  let results: { ok: boolean; text: string }[];
  try {
    const body = new URLSearchParams({ device: kept.device, sent: String(at), mac, notes: lines });
    const r = await fetch(kept.path, { method: "POST", body, headers: { accept: "application/json" } });
    if (r.status === 429 || r.status >= 500) return "later";
    if (!r.ok) return "refused";
    results = ((await r.json()) as { results: { ok: boolean; text: string }[] }).results;
  } catch {
    return "later";
  }
  batch.forEach((n, i) => {
    n.sent = true;
    if (!results[i]?.ok) n.refused = results[i]?.text;
  });
  await put(kept);
  return deliver(kept); // more than one sending holds
}

/** Names of people do not stay on a device when its time is over. */
async function forget(): Promise<void> {
  const all = (await store("readonly", (s) => s.getAll())) as Kept[];
  for (const k of all.filter((k) => Date.parse(k.until) < Date.now())) {
    await store("readwrite", (s) => s.delete(k.path));
    await (await caches.open(CACHE)).delete(k.path);
  }
}

document.querySelectorAll<HTMLFormElement>("form[data-device-path]").forEach(prepare);
void forget().catch(() => undefined); // a browser without storage keeps nothing
const page = document.querySelector<HTMLElement>("[data-device-page]");
if (page) void get(location.pathname).then((kept) => kept && new Desk(page, kept).start());
