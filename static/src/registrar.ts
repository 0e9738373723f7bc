// The registrar's own browser makes the slips. What is printed never goes to
// the server: only the public parts do, sorted, so that their order tells
// nothing.
import { deriveCredential, newCredential, publicCredential } from "./ballot/credential";
import { element, fill, one, qrImage } from "./vote/dom";

const page = one("#registrar");
const data = page.dataset as Record<string, string>;
const says = one("[data-says]");
const sheet = one("[data-sheet]");

interface Slip {
  number: number;
  private: string;
  public: string;
}

const made = (number: number): Slip => {
  const secret = newCredential();
  return { number, private: secret, public: publicCredential(deriveCredential(data.uuid!, secret)) };
};

function slip(s: Slip): HTMLElement {
  const box = element("article", "slip");
  box.append(element("p", "slip__title", data.title!), element("p", "slip__number", fill(data.number!, { n: s.number })));
  box.append(qrImage(s.private, data.qr!), element("p", "slip__letters", s.private), element("p", "slip__rule small", data.rule!));
  return box;
}

/** The registrar keeps which number has which public part, to replace a lost slip; no private part is in it. */
function keep(list: Slip[]): void {
  const lines = list.map((s) => `${s.number},${s.public}`).join("\n");
  const link = one<HTMLAnchorElement>("[data-keep]");
  link.href = URL.createObjectURL(new Blob([lines + "\n"], { type: "text/csv" }));
  link.hidden = false;
}

async function makeAll(): Promise<void> {
  const n = Number(one<HTMLInputElement>("#slips").value);
  if (!(n >= 1 && n <= Number(data.most))) {
    says.textContent = fill(data.range!, { n: data.most! });
    return;
  }
  one<HTMLButtonElement>("[data-make]").disabled = true; // a second set would put slips among them that nobody can vote with
  const list: Slip[] = [];
  for (let i = 1; i <= n; i++) {
    list.push(made(i));
    sheet.append(slip(list[i - 1]!));
    if (i % 20 === 0) {
      says.textContent = fill(data.making!, { n: i, all: n });
      await new Promise((r) => setTimeout(r));
    }
  }
  keep(list);
  says.textContent = fill(data.made!, { n });
  one<HTMLTextAreaElement>("[name=list]").value = JSON.stringify(list.map((s) => s.public).sort());
  one("[data-printed]").hidden = false;
  page.dataset.ready = "made";
}

/** A lost slip: its public part from the registrar's own file, a new slip in its place. */
function replace(): void {
  const lost = one<HTMLInputElement>("#lost").value.trim();
  if (!/^[0-9a-f]{64}$/.test(lost)) {
    says.textContent = data.lost!;
    return;
  }
  const fresh = made(0);
  sheet.replaceChildren(slip(fresh));
  one<HTMLInputElement>("[name=fresh]").value = fresh.public;
  one<HTMLInputElement>("[name=gone]").value = lost;
  one("[data-replaced]").hidden = false;
}

document.querySelector("[data-make]")?.addEventListener("click", () => void makeAll());
document.querySelector("[data-replace]")?.addEventListener("click", replace);
