// The service worker and the banner over a page that was kept from before.

export function registerWorker(): void {
  const address = document.documentElement.dataset.sw;
  if (!address || !("serviceWorker" in navigator)) return;
  // After load: the first page must not share its line with the shell.
  window.addEventListener("load", () => {
    navigator.serviceWorker.register(address, { scope: "/" }).catch(() => undefined);
  });
}

/** The worker marks a kept page with the time it was read. */
export function offlineBanner(): void {
  const banner = document.getElementById("offline");
  const at = document.documentElement.dataset.readAt;
  if (!banner || !at) return;
  const date = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" }).format(new Date(at));
  banner.textContent = (banner.dataset.text ?? "").replace("{date}", date);
  banner.hidden = false;
}
