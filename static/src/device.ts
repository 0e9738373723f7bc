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
      const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
      body.set("device_ms", String(Date.now()));
      const r = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
      if (!r.ok) throw new Error(String(r.status));
      const kit = (await r.json()) as Kit;
      const path = form.dataset.devicePath!;
      const key = await crypto.subtle.importKey("raw", bytes(kit.key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      const had = await get(path);
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
    if (this.kept.notes.some((n) => n.number === number && n.out === out)) return this.say("twice", { name });
    this.kept.notes.push({ number, out, at: Date.now() });
    await put(this.kept);
    field.value = "";
    this.say(out ? "went" : "came", { name });
    this.show();
  }

  private show(): void {
    const waiting = this.kept.notes.filter((n) => !n.sent);
    this.part("waiting").textContent = (this.root.dataset.count ?? "").replace("{n}", String(waiting.length)).replace("{all}", String(this.kept.notes.length));
    this.part("send").hidden = waiting.length === 0;
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
    const batch = this.kept.notes.filter((n) => !n.sent);
    if (batch.length === 0) return;
    const at = Date.now();
    const lines = batch.map((n) => `${n.number},${n.out ? "out" : "in"},${n.at}\n`).join("");
    const text = `juwu-device-1\n${this.kept.device}\n${at}\n${batch.length}\n${lines}`;
    const mac = hex(await crypto.subtle.sign("HMAC", this.kept.key, new TextEncoder().encode(text)));
    try {
      const body = new URLSearchParams({ device: this.kept.device, sent: String(at), mac, notes: lines });
      const r = await fetch(location.pathname, { method: "POST", body, headers: { accept: "application/json" } });
      if (!r.ok) return this.say(r.status >= 500 ? "later" : "refused");
      const results = ((await r.json()) as { results: { ok: boolean; text: string }[] }).results;
      batch.forEach((n, i) => {
        n.sent = true;
        if (!results[i]?.ok) n.refused = results[i]?.text;
      });
      await put(this.kept);
      this.say("done", { n: String(batch.length) });
      this.show();
    } catch {
      this.say("later"); // no line yet: what was noted stays here
    }
  }
}

document.querySelectorAll<HTMLFormElement>("form[data-device-path]").forEach(prepare);
const page = document.querySelector<HTMLElement>("[data-device-page]");
if (page) void get(location.pathname).then((kept) => kept && new Desk(page, kept).start());
