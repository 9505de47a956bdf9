/* Clicks in a frame: what belongs to the panel works as on a board, everything else opens in a tab of its own. */

import * as boardRefresh from "./board-refresh.js";
import { closestTarget, create, selectAll } from "./dom.js";
import * as drills from "./drill.js";
import { explain } from "./explanation.js";
import { mountedBoard } from "./mounted-board.js";
import * as panelView from "./panel-view.js";
import * as popover from "./popover.js";
import * as rowChoice from "./row-choice.js";
import * as urlState from "./url-state.js";

/** @param {Element} element */
const panelOf = (element) => /** @type {HTMLElement | null} */ (element.closest("[data-panel]"));

/** @param {string} address */
const openTab = (address) => window.open(address, "_blank", "noopener");

/** What a click on an element does, by selector.
 * @type {[string, (element: HTMLElement) => unknown][]} */
const ACTIONS = [
  ["[data-explain]", (button) => explain(button)],
  ["[data-refresh-now]", () => boardRefresh.fetchVisible()],
  ["[data-rows]", rowChoice.apply],
  [
    ".panel-legend [data-series]",
    (row) => panelView.isolate(panelOf(row)?.dataset.panel || "", Number(row.dataset.series)),
  ],
  ["a[href]", openLink],
  ["[data-drill]", openDrill],
];

/** @param {HTMLElement} link */
function openLink(link) {
  const [address, fragment] = (link.getAttribute("href") || "").split("#");
  openTab(urlState.link(address) + (fragment ? `#${fragment}` : ""));
}

/** @param {HTMLElement} row */
function openDrill(row) {
  const target = panelOf(row)?.codeagentDrill;
  if (target) openTab(drills.addressOf(target, row.dataset.drill));
}

/** @param {MouseEvent} event */
function handleClick(event) {
  const action = ACTIONS.find(([selector]) => closestTarget(event, selector));
  const element = action && closestTarget(event, action[0]);
  if (action && element) {
    event.preventDefault();
    action[1](element);
  } else if (!popover.justOpened() && !closestTarget(event, ".popover")) popover.close();
}

/** @param {KeyboardEvent} event */
function handleKey(event) {
  if (event.key === "Escape") popover.close();
  const row = closestTarget(event, "[data-drill]");
  if (event.key === "Enter" && row && row === event.target) openDrill(row);
}

/** The title of a panel leads to its board, with the same range and filters. */
function linkTitles() {
  const board = mountedBoard();
  for (const panel of selectAll("[data-panel]")) {
    const id = panel.dataset.panel || "";
    const title = document.getElementById(`title-${id}`);
    if (!board || !title) continue;
    const href = `${urlState.link(`/${board.id}`, {}, board.filters)}#panel-${id}`;
    title.replaceChildren(create("a", { href, title: "Open the board" }, title.textContent || ""));
  }
}

/** Listen to the page. Called once, by embed.js. */
export function start() {
  document.addEventListener("click", handleClick);
  document.addEventListener("keydown", handleKey);
  document.addEventListener("codeagent:state", linkTitles);
  linkTitles();
}
