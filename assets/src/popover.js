/* The popover of a panel or of a point of a chart: there is one at a time. */

import { create } from "./dom.js";

const MARGIN = 8; // pixels to the edge of the screen
const GAP = 4; // pixels to the element it belongs to
const JUST_OPENED = 400; // ms in which the click that opened it does not close it

/** @typedef {{left: number, top: number, bottom: number}} Box */
/** @typedef {[string, () => unknown][]} Entries */

/** @type {HTMLElement | null} */
let popover = null;

/** Where a popover stands, so that those who go from landmark to landmark come across it. */
const landmark = () => document.getElementById("main") || document.body;

export const justOpened = () => !!popover && Date.now() - (popover.openedAt || 0) < JUST_OPENED;

/** Close the popover; the focus goes back to the button it came from, unless it went elsewhere by itself. */
export function close() {
  if (!popover) return;
  const { anchor } = popover;
  const hadFocus = popover.contains(document.activeElement);
  popover.remove();
  popover = null;
  if (anchor?.hasAttribute("aria-expanded")) anchor.setAttribute("aria-expanded", "false");
  if (hadFocus) anchor?.focus();
}

/**
 * Open an empty popover. The same button again closes it: null.
 * @param {string} className
 * @param {HTMLElement | null} [anchor]
 */
export function open(className, anchor = null) {
  const isSame = !!popover && !!anchor && popover.anchor === anchor;
  close();
  if (isSame) return null;
  popover = create("div", { className: `popover ${className}` });
  popover.anchor = anchor;
  landmark().appendChild(popover);
  if (anchor?.hasAttribute("aria-expanded")) anchor.setAttribute("aria-expanded", "true");
  return popover;
}

/**
 * Place a popover below a box, or above it where there is no room.
 * @param {HTMLElement} element
 * @param {Box} box
 */
export function place(element, { left, top, bottom }) {
  const { offsetWidth: width, offsetHeight: height } = element;
  const isAbove = bottom + height + GAP > innerHeight;
  const y = isAbove ? Math.max(MARGIN, top - height - GAP) : bottom + GAP;
  const x = Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN));
  Object.assign(element.style, { left: `${x}px`, top: `${y}px` });
}

/**
 * Make a popover a menu.
 * @param {HTMLElement} element
 * @param {string} label
 * @param {Entries} entries
 */
export function fillMenu(element, label, entries) {
  element.setAttribute("role", "menu");
  element.setAttribute("aria-label", label);
  for (const [text, act] of entries) {
    const button = element.appendChild(create("button", { type: "button" }, text));
    button.setAttribute("role", "menuitem");
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      close();
      act();
    });
  }
}
