/* A phone that is turned while a chart's values are looked at shows that chart in full screen, and the board again when it
   is turned back. */

import { closestTarget } from "../dom.js";

/** @typedef {{showFull: (panel: string) => void, fullPanel: () => string}} Screen */

const LANDSCAPE = "(orientation: landscape) and (max-height: 500px)";
const RECENT = 30000; // ms after which nobody turns a phone because of a chart

/**
 * The panel to show after a phone was turned; empty for the board, null to leave everything as it is.
 * @param {{isLandscape: boolean, full: string, opened: string, touched: string, age: number}} state `opened` is the panel
 *   that an earlier turn has opened, `touched` the last one that was touched, `age` milliseconds since then
 */
export function panelAfterTurn({ isLandscape, full, opened, touched, age }) {
  if (isLandscape) return !full && touched && age < RECENT ? touched : null;
  return opened && full === opened ? "" : null;
}

/**
 * Listen to the page. Called once, by main.js.
 * @param {Screen} screen
 */
export function start(screen) {
  const last = { touched: "", at: 0, opened: "" };
  const touch = (/** @type {Event} */ event) => {
    const panel = closestTarget(event, ".chart-view") && closestTarget(event, "[data-panel]");
    if (panel) Object.assign(last, { touched: panel.dataset.panel || "", at: event.timeStamp });
  };
  document.addEventListener("pointerdown", touch, { passive: true });
  matchMedia(LANDSCAPE).addEventListener("change", ({ matches, timeStamp }) => {
    const state = { isLandscape: matches, full: screen.fullPanel(), ...last, age: timeStamp - last.at };
    const panel = panelAfterTurn(state);
    last.opened = (matches && panel) || "";
    if (panel !== null) screen.showFull(panel);
  });
}
