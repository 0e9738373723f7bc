// A polling station's table works without a network for the voters leased to
// it: nobody else gives out their ballots. What was given out is kept on the
// tablet until the server has it, also over a power cut; sending it twice gives
// out nothing twice, because each line carries the tablet's own key.

interface Voter { id: string; n: number; name: string; place: string; ballots: number; used?: boolean }
interface Sent { voter: string; key: string }

const root = document.getElementById("checkin");
if (root) start(root);

function start(root: HTMLElement): void {
  const { station = "", sync = "", token = "" } = root.dataset;
  const words = root.dataset;
  const queueName = "juwu.station." + sync;
  const listName = "juwu.roll." + station;
  const status = document.getElementById("offline")!;
  const found = document.getElementById("offline-list")!;
  let roll: Voter[] = JSON.parse(sessionStorage.getItem(listName) ?? "[]");

  const queue = (): Sent[] => JSON.parse(localStorage.getItem(queueName) ?? "[]");
  const keep = (q: Sent[]): void => {
    if (q.length) localStorage.setItem(queueName, JSON.stringify(q));
    else localStorage.removeItem(queueName);
  };

  function device(): string {
    let d = localStorage.getItem("juwu.device");
    if (!d) {
      d = [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("");
      localStorage.setItem("juwu.device", d);
    }
    return d;
  }

  function say(refused: string[] = []): void {
    const n = queue().length;
    const lines: string[] = [];
    if (!navigator.onLine) lines.push(words.offline ?? "");
    if (n) lines.push((words.waiting ?? "") + n);
    if (refused.length) lines.push((words.refused ?? "") + refused.join(" "));
    status.textContent = lines.join(" ");
  }

  async function load(): Promise<void> {
    try {
      const res = await fetch(station, { headers: { Accept: "application/json" } });
      if (!res.ok) return;
      roll = await res.json();
      sessionStorage.setItem(listName, JSON.stringify(roll));
    } catch {
      // The list of the last time is still here.
    }
  }

  async function send(): Promise<void> {
    const waiting = queue().slice(0, 200);
    if (!waiting.length) return say();
    try {
      const body = new URLSearchParams({ csrf: token, sent: JSON.stringify(waiting) });
      const res = await fetch(sync, { method: "POST", body });
      if (!res.ok) return say();
      const answers: Record<string, string> = await res.json();
      keep(queue().filter((s) => !(s.voter in answers)));
      const refused = Object.entries(answers).filter(([, why]) => why);
      say(refused.map(([id, why]) => (roll.find((v) => v.id === id)?.name ?? id) + ": " + why));
    } catch {
      say();
    }
  }

  function give(v: Voter): void {
    v.used = true;
    sessionStorage.setItem(listName, JSON.stringify(roll));
    keep([...queue(), { voter: v.id, key: device() + "." + v.id.slice(-12) }]);
    show([v]);
    void send();
  }

  function show(rows: Voter[]): void {
    found.replaceChildren(
      ...rows.slice(0, 20).map((v) => {
        const row = document.createElement("p");
        row.append(`${v.n} ${v.name} ${v.place} `);
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn_primary btn_small";
        button.textContent = (words.give ?? "") + (v.ballots > 1 ? ` × ${v.ballots}` : "");
        button.disabled = v.used === true;
        button.addEventListener("click", () => give(v));
        row.append(button);
        return row;
      }),
    );
  }

  root.querySelector("form[role=search]")?.addEventListener("submit", (e) => {
    if (navigator.onLine) return;
    e.preventDefault();
    const said = (root.querySelector<HTMLInputElement>("input[name=q]")?.value ?? "").trim();
    show(roll.filter((v) => said && (String(v.n) === said || v.name.startsWith(said))));
  });

  addEventListener("online", () => void send());
  addEventListener("offline", () => say());
  setInterval(() => void send(), 15_000);
  void load().then(send);
}
