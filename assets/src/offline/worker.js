/* The service worker: a page that the server cannot deliver is shown as it was last seen, with the age of its data.

   It shows notifications as well (push/). It only answers navigations. Scripts and styles have the hash of their content in their name and stay in the
   browser's own cache, so a stored page always runs with the files of its release. */

import { startPush } from "../push/worker-events.js";
import { ageOf, CACHE, copyOf, FRESH_MS, isAway, isPage, isSignedOut, mayBeStored, store } from "./pages.js";

const worker = /** @type {import("./worker-types.js").Worker} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => {
  // Everything else does not even start the worker, in browsers that know routes.
  event.waitUntil(event.addRoutes?.({ condition: { not: { requestMode: "navigate" } }, source: "network" }));
  worker.skipWaiting();
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(worker.registration.navigationPreload?.enable());
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  if (isPage(event.request)) event.respondWith(answer(event));
});

startPush(worker);

/* A page that leaves the screen asks for a copy of what it shows. */
worker.addEventListener("message", (event) => {
  if (typeof event.data?.page === "string") event.waitUntil(refresh(event.data.page));
});

/** @param {import("./worker-types.js").FetchEvent} event */
async function answer(event) {
  const { url } = event.request;
  const pages = await caches.open(CACHE);
  try {
    const response = (await event.preloadResponse) || (await fetch(event.request));
    if (isSignedOut(response)) event.waitUntil(caches.delete(CACHE));
    if (mayBeStored(response)) event.waitUntil(store(pages, url, response.clone()));
    return (isAway(response) && (await copyOf(pages, url))) || response;
  } catch (error) {
    const copy = await copyOf(pages, url);
    if (copy) return copy;
    throw error;
  }
}

/** @param {string} url */
async function refresh(url) {
  if (!isPage({ method: "GET", mode: "navigate", url }) || new URL(url).origin !== location.origin) return;
  const pages = await caches.open(CACHE);
  const copy = await pages.match(url);
  if (copy && ageOf(copy, Date.now()) < FRESH_MS) return;
  const response = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => undefined);
  if (response && mayBeStored(response)) await store(pages, url, response);
}
