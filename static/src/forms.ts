// Forms: sent once, not left by accident, errors reached by keyboard.

/** Long enough for a slow line; after it a second try is the person's wish. */
const HOLD_MS = 15_000;

export function guardForms(): void {
  document.addEventListener("submit", sendOnce);
  window.addEventListener("pageshow", releaseAll);
  guardUnsaved();
  countLetters();
  const summary = document.getElementById("error-summary");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", focusField);
}

function sendOnce(e: SubmitEvent): void {
  const form = e.target as HTMLFormElement;
  if (!("once" in form.dataset) || e.defaultPrevented) return;
  if (form.dataset.sent) {
    e.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = e.submitter as HTMLButtonElement | null;
  if (button) {
    // Not disabled: a disabled button would not send its name and value.
    button.setAttribute("aria-disabled", "true");
    const words = button.querySelector("span");
    if (words && button.dataset.busy) {
      button.dataset.words = words.textContent ?? "";
      words.textContent = button.dataset.busy;
    }
  }
  setTimeout(() => release(form), HOLD_MS);
}

function release(form: HTMLFormElement): void {
  delete form.dataset.sent;
  for (const b of form.querySelectorAll<HTMLButtonElement>("button[aria-disabled]")) {
    b.removeAttribute("aria-disabled");
    const words = b.querySelector("span");
    if (words && b.dataset.words) words.textContent = b.dataset.words;
  }
}

/** A page that comes back by the back button must be usable again. */
function releaseAll(): void {
  for (const f of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) release(f);
}

function guardUnsaved(): void {
  const changed = new Set<HTMLFormElement>();
  document.addEventListener("input", (e) => {
    const form = (e.target as HTMLInputElement).form;
    if (form && "guard" in form.dataset) changed.add(form);
  });
  document.addEventListener("submit", (e) => changed.delete(e.target as HTMLFormElement));
  window.addEventListener("beforeunload", (e) => {
    if (changed.size > 0) e.preventDefault();
  });
}

function countLetters(): void {
  for (const area of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-count][maxlength]")) {
    const out = document.getElementById(area.id + "-count");
    const show = () => {
      if (out) out.textContent = area.dataset.count!.replace("{n}", String(area.maxLength - area.value.length));
    };
    area.addEventListener("input", show);
    show();
  }
}

/** A link to a field moves the view; people expect the cursor to go there too. */
function focusField(e: Event): void {
  const link = (e.target as Element).closest("a");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  e.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
}
