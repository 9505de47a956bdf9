/* Menus that open below a button of the controls. */

import { select, selectAll } from "./dom.js";
import * as filterMenu from "./filter-menu.js";
import * as popups from "./popups.js";
import * as timeRange from "./time-range.js";

const MARGIN = 8; // pixels between a menu and the edge of the screen

/**
 * Close open menus; a focus inside a menu goes back to its button.
 * @param {HTMLElement | null} [except]
 */
export function closeAll(except = null) {
  for (const menu of selectAll(".menu.open")) {
    if (menu === except) continue;
    if (menu.contains(document.activeElement)) select(`[data-menu="${menu.dataset.menuOf}"]`)?.focus();
    menu.classList.remove("open");
  }
  for (const button of selectAll('[data-menu][aria-expanded="true"]'))
    if (except?.dataset.menuOf !== button.dataset.menu) button.setAttribute("aria-expanded", "false");
}

/**
 * Open or close the menu of a button.
 * @param {HTMLElement} button
 */
export function toggle(button) {
  const menu = select(`[data-menu-of="${button.dataset.menu}"]`);
  if (!menu) return;
  closeAll(menu);
  const isOpen = menu.classList.toggle("open");
  button.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) return;
  if (button.dataset.filter) filterMenu.fill(button.dataset.filter, menu);
  if (button.dataset.menu === "range") timeRange.fillFields();
  keepOnScreen(menu);
  popups.enter(menu);
}

/**
 * Move a menu to the left as far as the screen needs.
 * @param {HTMLElement} menu
 */
export function keepOnScreen(menu) {
  menu.style.left = "";
  const { right } = menu.getBoundingClientRect();
  if (right > innerWidth - MARGIN) menu.style.left = `${innerWidth - MARGIN - right}px`;
}

/**
 * Open or close the controls of a phone, which come from below.
 * @param {boolean} isOpen
 */
export function setSheet(isOpen) {
  const controls = document.getElementById("controls");
  const button = select("[data-sheet]");
  controls?.classList.toggle("open", isOpen);
  button?.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen && controls?.contains(document.activeElement)) button?.focus();
}
