/* The service worker of an installation that stores no copies: it removes those of before, and itself. */

const worker = /** @type {import("./worker-types.js").Worker} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => {
  const emptied = caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))));
  event.waitUntil(Promise.all([emptied, worker.registration.unregister()]));
});
