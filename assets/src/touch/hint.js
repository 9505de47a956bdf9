/* One line over the page that says what happens when the finger is lifted. */

import { create } from "../dom.js";

/** @type {HTMLElement | null} */
let line = null;

/**
 * Show a text; `isArmed` when lifting the finger now does it.
 * @param {string} text
 * @param {{place: "top" | "bottom", isArmed?: boolean}} options
 */
export function showHint(text, { place, isArmed = false }) {
  line ||= create("div", { className: "touch-hint" });
  line.setAttribute("role", "status");
  line.dataset.place = place;
  line.toggleAttribute("data-armed", isArmed);
  if (line.textContent !== text) line.textContent = text;
  if (!line.isConnected) document.body.append(line);
}

export function hideHint() {
  line?.remove();
}
