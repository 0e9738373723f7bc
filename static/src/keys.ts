// Officers' lists on a keyboard: j down, k up, Enter opens, x ticks, b goes to
// what is done to all that are ticked, a does the row's act. "a" works only
// inside the list, so that a letter spoken or typed elsewhere never acts.

export function listKeys(): void {
  const list = document.querySelector<HTMLElement>("[data-keys]");
  if (!list) return;
  const rows = () => [...list.querySelectorAll<HTMLElement>("tbody > tr, .task")];
  document.addEventListener("keydown", (e) => {
    const at = document.activeElement;
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (at && at !== document.body && !list.parentElement?.contains(at)) return;
    if (at instanceof HTMLElement && at.matches("input:not([type=checkbox]),textarea,select")) return;
    const here = rows().findIndex((r) => r.contains(at));
    if (handle(e.key, rows(), here, at)) e.preventDefault();
  });
}

function handle(key: string, rows: HTMLElement[], here: number, at: Element | null): boolean {
  const row = rows[here];
  switch (key) {
    case "j":
      return go(rows, Math.min(here + 1, rows.length - 1));
    case "k":
      return go(rows, Math.max(here - 1, 0));
    case "Enter":
      // On a link or a button Enter already means something.
      if (!row?.dataset.href || at !== row) return false;
      location.href = row.dataset.href;
      return true;
    case "x": {
      const tick = row?.querySelector<HTMLInputElement>("input[type=checkbox]");
      tick?.click();
      return !!tick;
    }
    case "b": {
      // What is done to all that are ticked.
      const batch = batchOf();
      if (batch) batch.open = true;
      batch?.querySelector<HTMLElement>("select, button")?.focus();
      return !!batch;
    }
    case "a": {
      // Words that are asked for first are not skipped: the fold opens.
      const fold = row?.querySelector<HTMLDetailsElement>("details.task__ask");
      if (fold) {
        fold.open = true;
        fold.querySelector<HTMLElement>("textarea")?.focus();
        return true;
      }
      const button = row?.querySelector<HTMLElement>("button, a.btn");
      button?.click();
      return !!button;
    }
  }
  return false;
}

const batchOf = () => document.querySelector<HTMLDetailsElement>("details.batch");

// On a page a letter only goes somewhere, and only while nothing has the focus.
export function pageKeys(): void {
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || document.activeElement !== document.body) return;
    const to = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(e.key)}"]`);
    if (!to) return;
    e.preventDefault();
    if (to instanceof HTMLAnchorElement) to.click();
    else (to.matches("select, textarea, input") ? to : to.querySelector<HTMLElement>("select, textarea, input"))?.focus();
  });
}

function go(rows: HTMLElement[], to: number): boolean {
  const row = rows[to];
  if (!row) return false;
  for (const r of rows) r.toggleAttribute("data-here", r === row);
  row.tabIndex = -1;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
  return true;
}
