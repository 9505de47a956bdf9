/* The service worker of an installation that stores no copies but sends notifications: it removes the copies of before. */

import { startPush } from "../push/worker-events.js";

const worker = /** @type {import("./worker-types.js").Worker} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name)))));
});
startPush(worker);
