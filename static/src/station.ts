// A polling station's table works without a network for the voters leased to
// it: nobody else gives out their ballots. The page and the station's part of
// the roll stay on the tablet while the station is open, and what was given out
// until the server has it, also over a power cut. Sending it twice gives out
// nothing twice, because each line carries the tablet's own key.
export {};

interface Voter { id: string; n: number; name: string; place: string; ballots: number; used?: boolean }
interface Sent { voter: string; key: string }

const CACHE = "device-1"; // sw.ts answers from it when there is no line
const PAUSE = 15_000;

const read = <T>(name: string, none: T): T => JSON.parse(localStorage.getItem(name) ?? "null") ?? none;
const write = (name: string, list: unknown[]): void => (list.length ? localStorage.setItem(name, JSON.stringify(list)) : localStorage.removeItem(name));

function device(): string {
  let d = localStorage.getItem("juwu.device");
  if (!d) {
    d = [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("");
    localStorage.setItem("juwu.device", d);
  }
  return d;
}

class Table {
  private words: DOMStringMap;
  private names: { roll: string; queue: string; refused: string };
  private says: HTMLElement;
  private list: HTMLElement;
  private roll: Voter[];

  constructor(private root: HTMLElement) {
    this.words = root.dataset;
    const at = location.pathname;
    this.names = { roll: "juwu.roll." + at, queue: "juwu.station." + at, refused: "juwu.refused." + at };
    this.says = root.querySelector("[data-checkin-says]")!;
    this.list = root.querySelector("[data-checkin-list]")!;
    this.roll = read<Voter[]>(this.names.roll, []);
  }

  start(): void {
    const form = this.root.querySelector<HTMLFormElement>("form[role=search]");
    form?.addEventListener("submit", (e) => {
      e.preventDefault();
      void this.find(form);
    });
    addEventListener("online", () => void this.send());
    addEventListener("offline", () => this.say());
    setInterval(() => void this.send(), PAUSE);
    this.root.dataset.ready = "1";
    void this.load().then(() => this.send());
  }

  /** Wi-Fi without a server behind it looks online to the browser. */
  private async reachable(): Promise<boolean> {
    try {
      return navigator.onLine && (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) })).ok;
    } catch {
      return false;
    }
  }

  private async find(form: HTMLFormElement): Promise<void> {
    if (await this.reachable()) return form.submit();
    this.say(true);
    const said = (form.querySelector<HTMLInputElement>("input[name=q]")?.value ?? "").trim();
    this.show(this.roll.filter((v) => said && (String(v.n) === said || v.name.startsWith(said))));
  }

  private say(cut = !navigator.onLine): void {
    const n = this.queue().length;
    const refused = read<string[]>(this.names.refused, []);
    const lines: string[] = [];
    if (cut) lines.push(this.words.offline ?? "");
    if (n) lines.push((this.words.waiting ?? "") + n);
    if (refused.length) lines.push((this.words.refused ?? "") + refused.join(" "));
    if (!lines.length && this.root.dataset.gave) lines.push(this.words.sent ?? "");
    this.says.textContent = lines.join(" ");
  }

  private queue(): Sent[] {
    return read<Sent[]>(this.names.queue, []);
  }

  private async load(): Promise<void> {
    try {
      const res = await fetch(this.words.station!, { headers: { Accept: "application/json" } });
      if (!res.ok) return;
      const fresh: Voter[] = await res.json();
      // What waits to be sent has been given out, whatever the server knows yet.
      const given = new Set(this.queue().map((s) => s.voter));
      this.roll = fresh.map((v) => (given.has(v.id) ? { ...v, used: true } : v));
      write(this.names.roll, this.roll);
      const cache = await caches.open(CACHE);
      await cache.addAll([location.pathname, ...(JSON.parse(this.words.assets ?? "[]") as string[])]);
      this.root.dataset.kept = "1";
    } catch {
      // The list of the last time is still here.
    }
  }

  private async send(): Promise<void> {
    const waiting = this.queue().slice(0, 200);
    if (!waiting.length) return this.say();
    try {
      const body = new URLSearchParams({ csrf: this.words.token!, sent: JSON.stringify(waiting) });
      const res = await fetch(this.words.sync!, { method: "POST", body, headers: { Accept: "application/json" } });
      if (res.status === 401 || res.status === 403) {
        this.says.textContent = this.words.login ?? "";
        return;
      }
      if (!res.ok) return this.say(true);
      const answers: Record<string, string> = await res.json();
      write(this.names.queue, this.queue().filter((s) => !(s.voter in answers)));
      const refused = Object.entries(answers).filter(([, why]) => why);
      const names = refused.map(([id, why]) => (this.roll.find((v) => v.id === id)?.name ?? id) + ": " + why);
      write(this.names.refused, [...read<string[]>(this.names.refused, []), ...names]);
      this.say();
    } catch {
      this.say(true);
    }
  }

  private give(v: Voter): void {
    v.used = true;
    write(this.names.roll, this.roll);
    write(this.names.queue, [...this.queue(), { voter: v.id, key: device() + "." + v.id.slice(-12) }]);
    this.root.dataset.gave = "1";
    this.show([v]);
    this.next();
    void this.send();
  }

  /** Whoever scans cards gets the camera back for the next person. */
  private next(): void {
    const field = this.root.querySelector<HTMLInputElement>("input[name=q]");
    if (field) field.value = "";
    if (sessionStorage.getItem("juwu.scan." + location.pathname) !== null) this.root.querySelector<HTMLButtonElement>("[data-scan-start]")?.click();
  }

  private show(rows: Voter[]): void {
    if (!rows.length) this.says.textContent = `${this.says.textContent} ${this.words.none ?? ""}`;
    this.list.replaceChildren(
      ...rows.slice(0, 20).map((v) => {
        const row = document.createElement("div");
        row.className = "card stack";
        const who = document.createElement("p");
        const name = document.createElement("strong");
        name.textContent = v.name;
        who.append(name, ` · ${v.place} · ${v.n}`);
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn_primary";
        button.textContent = v.used ? (this.words.given ?? "") : (this.words.give ?? "") + (v.ballots > 1 ? ` × ${v.ballots}` : "");
        button.disabled = v.used === true;
        button.addEventListener("click", () => this.give(v));
        row.append(who, button);
        return row;
      }),
    );
  }

  /** A closed station leaves no roll on the tablet; what was not sent stays. */
  static async forget(): Promise<void> {
    localStorage.removeItem("juwu.roll." + location.pathname);
    await (await caches.open(CACHE)).delete(location.pathname, { ignoreSearch: true, ignoreVary: true });
  }
}

const root = document.getElementById("checkin");
if (root) new Table(root).start();
else void Table.forget();
