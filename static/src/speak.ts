// Read-aloud in care mode: the page's own text, in order, by the voice of the
// device. Nothing is sent anywhere by us.

const BLOCKS = "h1,h2,h3,p,li,dt,dd,th,td,caption,label,legend,figcaption,time";

export function readAloud(): void {
  const button = document.getElementById("read-aloud");
  const main = document.getElementById("main");
  if (!button || !main || !("speechSynthesis" in window)) return;
  const words = button.querySelector("span")!;
  const start = words.textContent ?? "";
  let reading = false;

  const show = (on: boolean) => {
    reading = on;
    button.setAttribute("aria-pressed", String(on));
    words.textContent = on ? button.dataset.stop ?? start : start;
  };
  const stop = () => {
    show(false);
    speechSynthesis.cancel();
  };
  const next = (queue: string[]) => {
    const text = queue.shift();
    if (!reading || !text) return stop();
    const u = new SpeechSynthesisUtterance(text);
    u.lang = document.documentElement.lang;
    u.rate = 0.9;
    u.onend = () => next(queue);
    u.onerror = () => stop();
    speechSynthesis.speak(u);
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    if (reading) return stop();
    show(true);
    next(sentences(main));
  });
  window.addEventListener("pagehide", stop);
}

/** The innermost blocks that can be seen; long ones break some voices. */
function sentences(main: HTMLElement): string[] {
  const out: string[] = [];
  for (const el of main.querySelectorAll<HTMLElement>(BLOCKS)) {
    if (el.querySelector(BLOCKS) || el.closest("[aria-hidden=true],[hidden],svg,.no-print.pager")) continue;
    if (el.getClientRects().length === 0) continue;
    const text = (el.textContent ?? "").replace(/\s+/g, " ").trim();
    if (text) out.push(...(text.match(/.{1,180}(?:[。！？；.!?;]|$)|.{1,180}/g) ?? []));
  }
  return out;
}
