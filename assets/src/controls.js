/* What clicks and keys do. Every control changes the address and nothing else. */

import * as boardRefresh from "./board-refresh.js";
import { copy } from "./clipboard.js";
import { closestTarget, select, targetMatches } from "./dom.js";
import * as drills from "./drill.js";
import { explain } from "./explanation.js";
import * as explorer from "./explorer.js";
import * as menus from "./menus.js";
import { mountedBoard } from "./mounted-board.js";
import { openPalette } from "./palette-loader.js";
import * as panelMenu from "./panel-menu.js";
import * as panelView from "./panel-view.js";
import * as popover from "./popover.js";
import * as popups from "./popups.js";
import * as rowChoice from "./row-choice.js";
import { share } from "./share-loader.js";
import * as theme from "./theme.js";
import * as timeRange from "./time-range.js";
import * as urlState from "./url-state.js";

/** Whether the browser shall open the link elsewhere. @param {MouseEvent} event */
const opensElsewhere = (event) => event.metaKey || event.ctrlKey || event.shiftKey;

/** @param {HTMLElement} link */
const hrefOf = (link) => link.getAttribute("href") || "";

/**
 * Follow a link within the app; `false` leaves it to the browser.
 * @param {MouseEvent} event
 * @param {string} address
 */
function follow(event, address) {
  if (opensElsewhere(event)) return false;
  urlState.go(address);
  return true;
}

/** Request the data of the page anew. */
export const refreshNow = async () =>
  explorer.isPage() ? explorer.load({ again: true }) : boardRefresh.fetchVisible();

/** @param {HTMLElement} element */
const panelOf = (element) => /** @type {HTMLElement | null} */ (element.closest("[data-panel]"));

/**
 * @param {HTMLElement} row
 * @param {UIEvent} event
 */
function drill(row, event) {
  if (closestTarget(event, "a[href]:not(.t-open)")) return false; // a link of its own
  if (event instanceof MouseEvent && opensElsewhere(event) && closestTarget(event, "a[href]")) return false;
  const target = panelOf(row)?.codeagentDrill;
  if (target) drills.follow(target, row.dataset.drill);
  return true;
}

/** @param {HTMLElement} choice */
function applyChoice(choice) {
  const changes = Object.fromEntries(new URLSearchParams(choice.dataset.set));
  menus.closeAll();
  urlState.set(changes);
}

/** @param {HTMLElement} button */
function chooseDays(button) {
  menus.closeAll();
  timeRange.setDays(button.dataset.days || "");
}

/** @param {HTMLElement} button */
function toggleSheet(button) {
  menus.setSheet(!document.getElementById(button.dataset.sheet || "")?.classList.contains("open"));
}

/** @param {string | undefined} text */
const direction = (text) => (Number(text) < 0 ? -1 : 1);

/** What a click on an element does, by selector; `false` leaves the click to the browser.
 * @type {[string, (element: HTMLElement, event: MouseEvent) => unknown][]} */
const ACTIONS = [
  ["[data-nav]", (link, event) => follow(event, hrefOf(link))],
  ["[data-set]", applyChoice],
  ["[data-menu]", menus.toggle],
  ["[data-days]", chooseDays],
  ["[data-day], [data-turn]", () => {}], // the calendar's own; they may be gone by now, and the menu stays open
  ["[data-shift]", (button) => timeRange.shift(direction(button.dataset.shift))],
  ["[data-zoom-out]", timeRange.zoomOut],
  ["[data-apply-range]", timeRange.applyFields],
  ["[data-refresh-now]", refreshNow],
  ["[data-go]", (link, event) => follow(event, urlState.link(hrefOf(link)))],
  ["[data-theme-toggle]", () => theme.toggle()],
  ["[data-share]", (button) => (mountedBoard() ? share() : copy(timeRange.fixedAddress(), button))],
  ["[data-sheet]", toggleSheet],
  ["[data-palette]", () => openPalette("search")],
  ["[data-explain]", (button) => explain(button)],
  ["[data-panel-menu]", panelMenu.open],
  ["[data-copy]", (button) => copy(button.dataset.copy || "", button)],
  ["[data-rows]", rowChoice.apply],
  [
    ".panel-legend [data-series]",
    (row) => panelView.isolate(panelOf(row)?.dataset.panel || "", Number(row.dataset.series)),
  ],
  ["[data-drill]", drill],
];

/** @type {Record<string, () => unknown>} */
const KEYS = {
  r: refreshNow,
  "[": () => timeRange.shift(-1),
  "]": () => timeRange.shift(1),
  "-": timeRange.zoomOut,
  t: theme.toggle,
  "?": () => openPalette("keys"),
};

/** @param {MouseEvent} event */
function handleClick(event) {
  for (const [selector, act] of ACTIONS) {
    const element = closestTarget(event, selector);
    if (!element) continue;
    if (act(element, event) !== false) event.preventDefault();
    return;
  }
  if (!closestTarget(event, ".menu")) {
    menus.closeAll();
    if (!popover.justOpened()) popover.close();
  }
  if (select(".controls.open") && !closestTarget(event, ".controls")) menus.setSheet(false);
}

/** @param {KeyboardEvent} event */
function handleKey(event) {
  if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return openPalette("search");
  }
  if (event.key === "Escape") {
    if (!popups.leave() && select(".controls.open")) menus.setSheet(false);
    return;
  }
  if (event.key === "Enter" && targetMatches(event, "[id^=absolute-]")) return timeRange.applyFields();
  const row = closestTarget(event, "[data-drill]");
  if (event.key === "Enter" && row && row === event.target) return void drill(row, event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (targetMatches(event, "input, textarea, select") || closestTarget(event, popups.OPEN)) return;
  KEYS[event.key]?.();
}

/** A board is fetched as soon as the pointer rests on its name: the answer waits in the browser's cache.
 * @param {Event} event */
function prefetch(event) {
  const link = closestTarget(event, "a.nav-link");
  if (!link || link.dataset.prefetched) return;
  link.dataset.prefetched = "1";
  urlState.prefetch(hrefOf(link));
  document.dispatchEvent(new CustomEvent("codeagent:prefetch", { detail: urlState.pathOf(link).slice(1) }));
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("click", handleClick);
  document.addEventListener("keydown", handleKey);
  document.addEventListener("pointerover", prefetch);
}
