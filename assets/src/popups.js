/* The keyboard in whatever opens over the page: arrows, Home and End move, a letter leads to the entry that begins with
   it, Escape and Tab close a menu, and the focus goes back to where it came from. */

import { closestTarget, select, selectAll } from "./dom.js";
import * as menus from "./menus.js";
import * as popover from "./popover.js";

/** Selector of whatever is open over the page. */
export const OPEN = ".menu.open, .popover";
const ITEMS = 'button, input, a[href], [role^="menuitem"]';
const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** @param {HTMLElement} popup */
const items = (popup) =>
  selectAll(ITEMS, popup).filter((item) => item.getClientRects().length && !item.matches(":disabled"));
/** @param {Element} element */
const isText = (element) => element.matches('input[type="text"], input[type="search"]');
/** @param {HTMLElement} popup */
const openerOf = (popup) => popup.dataset.menuOf && select(`[data-menu="${popup.dataset.menuOf}"]`);

/**
 * The focus enters a popup: at what is chosen, else at its first entry. A text field would open a phone's keyboard.
 * @param {HTMLElement} popup
 */
export function enter(popup) {
  const all = items(popup).filter((item) => !isTouch() || !isText(item));
  const chosen = all.find((item) => item.matches('[aria-checked="true"], [aria-pressed="true"]'));
  (chosen || all[0])?.focus({ preventScroll: !popup.matches(".menu") });
}

/** Close what is open and give the focus back; whether something was. */
export function leave() {
  const popup = select(OPEN);
  if (!popup) return false;
  menus.closeAll();
  popover.close();
  return true;
}

/**
 * The item that a key moves to, round both ends.
 * @param {string} key
 * @param {number} current -1 for none
 * @param {number} count
 */
export function targetOf(key, current, count) {
  if (key === "Home") return 0;
  if (key === "ArrowDown") return (current + 1) % count;
  return key === "End" || current < 0 ? count - 1 : (current - 1 + count) % count;
}

/** @param {HTMLElement[]} all */
const focusedIndex = (all) => all.indexOf(/** @type {HTMLElement} */ (document.activeElement));

/**
 * @param {HTMLElement} popup
 * @param {KeyboardEvent} event
 */
function step(popup, event) {
  const all = items(popup);
  event.preventDefault();
  if (all.length) all[targetOf(event.key, focusedIndex(all), all.length)].focus();
}

/** @param {HTMLElement} item */
const labelOf = (item) => ((item.closest("label") || item).textContent || "").trim().toLowerCase();

/**
 * Move to the next item that begins with a letter.
 * @param {HTMLElement} popup
 * @param {string} key
 */
function stepToLetter(popup, key) {
  const all = items(popup);
  const index = focusedIndex(all);
  const rest = [...all.slice(index + 1), ...all.slice(0, index + 1)];
  rest.find((item) => labelOf(item).startsWith(key.toLowerCase()))?.focus();
}

/**
 * An arrow on the button of a menu opens it, as Enter does.
 * @param {KeyboardEvent} event
 */
function openFromButton(event) {
  const button = closestTarget(event, "[data-menu], [data-panel-menu]");
  if (!button || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  button.click();
  const popup = select(OPEN);
  if (popup && event.key === "ArrowUp") items(popup).at(-1)?.focus();
}

/** @param {KeyboardEvent} event */
function handleKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const popup = closestTarget(event, OPEN);
  if (!popup) return openFromButton(event);
  if (closestTarget(event, '[role="grid"], input[type="datetime-local"]')) return; // they have keys of their own
  const isTyping = event.target instanceof Element && isText(event.target);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") return step(popup, event);
  if (!isTyping && (event.key === "Home" || event.key === "End")) return step(popup, event);
  if (event.key === "Tab" && popup.getAttribute("role") === "menu") return void leave(); // on from the button
  if (!isTyping && event.key.length === 1 && event.key !== " ") stepToLetter(popup, event.key);
}

/** A dialog is left by Tab at its ends: what the focus has left is closed.
 * @param {FocusEvent} event */
function handleFocus({ target }) {
  const popup = select(".menu.open");
  if (!popup || !(target instanceof Node) || popup.contains(target)) return;
  if (target !== openerOf(popup) && target !== document.body) menus.closeAll();
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("keydown", handleKey);
  document.addEventListener("focusin", handleFocus);
}
