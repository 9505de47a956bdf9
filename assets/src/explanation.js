/* How a panel is computed, in a popover beside the button that asks for it. */

import * as popover from "./popover.js";

/**
 * Show the explanation of a button beside itself or another element.
 * @param {HTMLElement} button
 * @param {HTMLElement} [anchor]
 */
export function explain(button, anchor = button) {
  const box = popover.open("explain", anchor);
  if (!box) return;
  box.setAttribute("role", "note");
  box.textContent = button.dataset.explain || "";
  box.tabIndex = -1;
  popover.place(box, anchor.getBoundingClientRect());
  box.focus(); // so that it is read
}
