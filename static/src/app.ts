// What every page loads. Each part only adds to a page that works without it.
import { guardForms } from "./forms";
import { listKeys, pageKeys } from "./keys";
import { offlineBanner, registerWorker } from "./offline";
import { readAloud } from "./speak";

guardForms();
listKeys();
pageKeys();
readAloud();
offlineBanner();
registerWorker();

const refresh = Number(document.documentElement.dataset.refresh);
if (refresh > 0) setTimeout(() => location.reload(), refresh * 1000);

// The tab one stands on may lie beyond the edge of a phone. Only the row of tabs
// is moved, not the page.
const tab = document.querySelector<HTMLElement>(".sections [aria-current]");
const tabs = tab?.closest(".sections");
if (tab && tabs) tabs.scrollLeft += tab.getBoundingClientRect().left - (tabs.clientWidth - tab.offsetWidth) / 2;

// Buttons that need scripts are hidden until here.
for (const b of document.querySelectorAll<HTMLButtonElement>("button[data-act=print]")) {
  b.hidden = false;
  b.addEventListener("click", () => window.print());
}
