/* "Back" returns to the place on the page too. The browser knows it but gives up when a page is still short; parts that
   come later make it long enough. */

const PATIENCE = 6000; // milliseconds after which nobody expects to be moved any more
const key = () => `place:${location.pathname}${location.search}`;

function remember() {
  try {
    sessionStorage.setItem(key(), String(Math.round(scrollY)));
  } catch {
    /* no storage: the browser decides */
  }
}

/** The place to return to, in pixels; 0 for none. */
function remembered() {
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (entry?.type !== "back_forward") return 0;
  try {
    return Number(sessionStorage.getItem(key())) || 0;
  } catch {
    return 0;
  }
}

/** @param {number} place in pixels from the top */
function restore(place) {
  const until = Date.now() + PATIENCE;
  const resized = new ResizeObserver(() => {
    if (Date.now() > until) stop();
    else if (document.documentElement.scrollHeight - innerHeight >= place) scrollTo(0, place);
  });
  const stop = () => resized.disconnect();
  resized.observe(document.documentElement);
  for (const sign of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    addEventListener(sign, stop, { once: true, passive: true });
  }
  setTimeout(stop, PATIENCE);
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("pagehide", remember);
  if (remembered()) restore(remembered());
}
