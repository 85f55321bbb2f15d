// A page opened without a network becomes one that says so. Only what is the same for everybody is kept.
const KEPT = {{ kept|tojson }}, NAME = "tiema " + KEPT.join(" ");
self.addEventListener("install", (event) => event.waitUntil(caches.open(NAME).then((box) => box.addAll(KEPT)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((n) => n !== NAME).map((n) => caches.delete(n)))).then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.mode === "navigate" && event.request.method === "GET") event.respondWith(fetch(event.request).catch(() => caches.match(KEPT[0])));
  else if (KEPT.includes(address.pathname + address.search) && event.request.method === "GET") event.respondWith(caches.match(event.request).then((found) => found || fetch(event.request)));
});
