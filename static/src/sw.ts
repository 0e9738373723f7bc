// The service worker keeps the shell and the public pages a person has read.
// What it must never keep: anything private, anything that names people
// (noindex), anything the server says not to store. A page that was taken down
// or became private goes from here as soon as the network says so.
export {};
declare const self: ServiceWorkerGlobalScope;
declare const SHELL: string[];
declare const OFFLINE: string;

const SHELL_CACHE = "shell-" + OFFLINE.replace(/\W/g, "") + SHELL.length + hash(SHELL.join());
const PAGES = "pages-1";
// What a leader's device needs for checking people in without a line (device.ts).
const DEVICE = "device-1";
const MOST_PAGES = 40;
// A polling station's table goes on through a cut of the line or of the power (station.ts).
const STATION = /^\/admin\/[^/]+\/elections\/\d+\/stations\/\d+$/;
const PRIVATE = /^\/(login|me|admin|verify|open311|healthz|metrics)(\/|$)/;

function hash(s: string): string {
  let h = 5381;
  for (let i = 0; i < s.length; i++) h = ((h * 33) ^ s.charCodeAt(i)) >>> 0;
  return h.toString(36);
}

self.addEventListener("install", (e) => {
  e.waitUntil(
    caches
      .open(SHELL_CACHE)
      .then((c) => c.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (e) => {
  e.waitUntil(
    caches
      .keys()
      .then((all) => Promise.all(all.filter((k) => k !== SHELL_CACHE && k !== PAGES && k !== DEVICE).map((k) => caches.delete(k))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (e) => {
  const { request } = e;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) {
    e.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  } else if (request.mode === "navigate" && (!PRIVATE.test(url.pathname) || STATION.test(url.pathname))) {
    e.respondWith(page(e, request));
  }
});

async function page(e: FetchEvent, request: Request): Promise<Response> {
  try {
    const fresh = await fetch(request);
    e.waitUntil(keep(request.url, fresh.clone()));
    return fresh;
  } catch (err) {
    return (await caches.match(request, { cacheName: DEVICE, ignoreSearch: true, ignoreVary: true })) ?? (await kept(request.url)) ?? (await caches.match(OFFLINE)) ?? Promise.reject(err);
  }
}

function mayKeep(r: Response, html: string): boolean {
  const says = (name: string) => (r.headers.get(name) ?? "").toLowerCase();
  return (
    !/no-store|private/.test(says("cache-control")) &&
    !/noindex/.test(says("x-robots-tag")) &&
    !/<meta[^>]+name=["']?robots["']?[^>]*noindex/i.test(html)
  );
}

async function keep(address: string, r: Response): Promise<void> {
  const pages = await caches.open(PAGES);
  // A busy server says nothing about the page; the copy stays.
  if (r.status >= 500 || r.status === 429) return;
  const html = r.ok && !r.redirected && (r.headers.get("content-type") ?? "").startsWith("text/html") ? await r.text() : "";
  await pages.delete(address);
  if (html === "" || !mayKeep(r, html)) return;
  const headers = new Headers();
  for (const name of ["content-type", "content-security-policy", "referrer-policy", "x-content-type-options"]) {
    const v = r.headers.get(name);
    if (v) headers.set(name, v);
  }
  headers.set("x-read-at", new Date().toISOString());
  await pages.put(address, new Response(html, { headers }));
  // Keys come in the order they were put: the first are the longest unread.
  const all = await pages.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST_PAGES)).map((k) => pages.delete(k)));
}

/** The kept page, marked with the time it was read; app.ts shows it. */
async function kept(address: string): Promise<Response | undefined> {
  const r = await (await caches.open(PAGES)).match(address);
  if (!r) return undefined;
  const at = r.headers.get("x-read-at") ?? "";
  const html = (await r.text()).replace("<html", `<html data-read-at="${at}"`);
  return new Response(html, { headers: r.headers });
}
