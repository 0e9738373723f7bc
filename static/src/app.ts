// What every page loads. Each part only adds to a page that works without it.
import { guardForms } from "./forms";
import { listKeys } from "./keys";
import { offlineBanner, registerWorker } from "./offline";
import { readAloud } from "./speak";

guardForms();
listKeys();
readAloud();
offlineBanner();
registerWorker();

const refresh = Number(document.documentElement.dataset.refresh);
if (refresh > 0) setTimeout(() => location.reload(), refresh * 1000);

// Buttons that need scripts are hidden until here.
for (const b of document.querySelectorAll<HTMLButtonElement>("button[data-act=print]")) {
  b.hidden = false;
  b.addEventListener("click", () => window.print());
}
