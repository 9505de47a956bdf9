/* "Back" returns to the place on the page too. The browser knows it but gives up when a page is still short; parts that
   come later make it long enough. */
"use strict";
(function () {
  const PATIENCE = 6000; // milliseconds after which nobody expects to be moved any more
  const key = () => "place:" + location.pathname + location.search;

  addEventListener("pagehide", () => {
    try { sessionStorage.setItem(key(), String(Math.round(scrollY))); } catch { /* no storage: the browser's own way */ }
  });

  const [entry] = performance.getEntriesByType("navigation");
  if (!entry || entry.type !== "back_forward") return;
  let place = 0;
  try { place = Number(sessionStorage.getItem(key())) || 0; } catch { return; }
  if (!place) return;

  const resized = new ResizeObserver(again);
  const until = Date.now() + PATIENCE;
  const done = () => resized.disconnect();
  function again() {
    if (Date.now() > until) return done();
    if (document.documentElement.scrollHeight - innerHeight >= place) scrollTo(0, place);
  }
  resized.observe(document.documentElement);
  for (const sign of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(sign, done, { once: true, passive: true });
  setTimeout(done, PATIENCE);
})();
