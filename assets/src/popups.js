/* The keyboard in whatever opens over the page: arrows, Home and End move, a letter leads to the entry that begins with
   it, Escape and Tab close a menu, and the focus goes back to where it came from. */

import * as controls from "./controls.js";
import { closestTarget, select } from "./dom.js";
import * as panelMenu from "./panel-menu.js";

const OPEN = ".menu.open, .popover";
const ITEMS = 'button, input, a[href], [role^="menuitem"]';
const isTouch = () => matchMedia("(pointer: coarse)").matches;

const items = (popup) =>
  [...popup.querySelectorAll(ITEMS)].filter((item) => item.getClientRects().length && !item.disabled);
const isText = (element) => element.matches('input[type="text"], input[type="search"]');
const opener = (popup) => popup.dataset.menuOf && select(`[data-menu="${popup.dataset.menuOf}"]`);

/** The focus enters a popup: at what is chosen, else at its first entry. A text field would open a phone's keyboard. */
function enter(popup) {
  const all = items(popup).filter((item) => !isTouch() || !isText(item));
  const chosen = all.find((item) => item.matches('[aria-checked="true"], [aria-pressed="true"]'));
  if (chosen || all[0]) (chosen || all[0]).focus({ preventScroll: !popup.matches(".menu") });
}

/** Closes what is open and gives the focus back; whether something was. */
function leave() {
  const popup = select(OPEN);
  if (!popup) return false;
  controls.closeMenus();
  panelMenu.close();
  return true;
}

function step(popup, event) {
  const all = items(popup);
  const at = all.indexOf(document.activeElement);
  const target = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  event.preventDefault();
  if (all.length) all[(target + all.length) % all.length].focus();
}

function letter(popup, key) {
  const all = items(popup);
  const at = all.indexOf(document.activeElement);
  const label = (item) => (item.closest("label") || item).textContent.trim().toLowerCase();
  const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) =>
    label(item).startsWith(key.toLowerCase()),
  );
  if (next) next.focus();
}

/** An arrow on the button of a menu opens it, as Enter does. */
function fromButton(event) {
  const button = closestTarget(event, "[data-menu], [data-panel-menu]");
  if (!button || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  button.click();
  const popup = select(OPEN);
  if (popup && event.key === "ArrowUp") items(popup).at(-1).focus();
}

export { enter, leave, OPEN };

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const popup = closestTarget(event, OPEN);
    if (!popup) return fromButton(event);
    const typing = isText(event.target);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") return step(popup, event);
    if (!typing && (event.key === "Home" || event.key === "End")) return step(popup, event);
    if (event.key === "Tab" && popup.getAttribute("role") === "menu") return void leave(); // on from the button
    if (!typing && event.key.length === 1 && event.key !== " ") letter(popup, event.key);
  });
  /** A dialog is left by Tab at its ends: what the focus has left is closed. */
  document.addEventListener("focusin", (event) => {
    const popup = select(".menu.open");
    if (
      popup &&
      !popup.contains(/** @type {Node} */ (event.target)) &&
      event.target !== opener(popup) &&
      event.target !== document.body
    )
      controls.closeMenus();
  });
}
