// Opens the page where there is no network, with the files of the last build that was seen, and shows
// what is pushed while no page is open. With a network the page itself always comes from the server.

const BUILD = "in development"; // Both are filled in by the build (vite.config.ts).
const ASSETS = [];
const CACHE = `causerie ${BUILD}`;
const PATIENCE_MS = 4000; // Of a network that does not answer; a page is better than a blank one.

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

async function install() {
  const cache = await caches.open(CACHE);
  if (ASSETS.length > 0) await cache.addAll(["/", "/favicon.svg", ...ASSETS]);
  await self.skipWaiting();
}

self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (!/^\/(?:docs|api|auth|health|metrics)\b/.test(pathname)) event.respondWith(page(request));
  } else if (pathname.startsWith("/assets/") || pathname === "/favicon.svg") {
    event.respondWith(asset(request));
  }
});

async function page(request) {
  const kept = await caches.match("/");
  if (kept === undefined) return fetch(request);
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return kept;
  }
}

// A name says what is in it: what is kept is never old.
async function asset(request) {
  return (await caches.match(request)) ?? fetch(request);
}

self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const shown = self.registration.showNotification(told.sender ?? "Causerie", {
    body: told.text ?? "",
    tag: told.conversation_id ?? told.kind,
    icon: "/favicon.svg",
    data: told.conversation_id ? `/c/${told.conversation_id}` : "/",
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

async function open(place) {
  const pages = await self.clients.matchAll({ type: "window" });
  const [page] = pages;
  if (page === undefined) return self.clients.openWindow(place);
  page.postMessage({ go: place });
  return page.focus();
}
