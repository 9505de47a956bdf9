/* Registers the service worker, and lets it store the page when it leaves the screen. */

/** Listen to the page. Called once, by main.js. */
export function start() {
  // The wall recovers by itself; frames belong to another site.
  if (!("serviceWorker" in navigator) || location.pathname.startsWith("/kiosk") || window.top !== window) return;
  addEventListener("load", () => setTimeout(register, 0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") storePage();
  });
}

async function register() {
  try {
    await navigator.serviceWorker.register("/service-worker.js");
    const isFirst = !navigator.serviceWorker.controller;
    await navigator.serviceWorker.ready;
    if (isFirst) storePage();
  } catch {
    // Private windows and some policies forbid it; nothing else depends on it.
  }
}

async function storePage() {
  const registration = await navigator.serviceWorker.getRegistration();
  registration?.active?.postMessage({ page: location.href.split("#")[0] });
}
