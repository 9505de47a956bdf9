/* What a panel offers besides its picture: how it is computed, the queries behind it, its data, itself alone. */

import * as boardRequest from "./board-request.js";
import { explore } from "./chart/explore.js";
import { chartOfPanel } from "./chart/view.js";
import { create, select } from "./dom.js";
import { FILTERS_OF_SEARCHES } from "./drill.js";
import { explain } from "./explanation.js";
import * as fullScreen from "./full-screen.js";
import { inspect } from "./inspector.js";
import { mountedBoard } from "./mounted-board.js";
import { showTable } from "./panel-table.js";
import * as popover from "./popover.js";
import * as popups from "./popups.js";
import { share } from "./share-loader.js";
import * as urlState from "./url-state.js";

/**
 * Open the menu of a panel.
 * @param {HTMLElement} button
 */
export function open(button) {
  const board = mountedBoard();
  const box = board && popover.open("panel-menu", button);
  if (!box) return;
  const id = button.dataset.panelMenu || "";
  popover.fillMenu(box, button.getAttribute("aria-label") || "", entries(board, id, button));
  popover.place(box, button.getBoundingClientRect());
  popups.enter(box);
}

/**
 * @param {import("./mounted-board.js").MountedBoard} board
 * @param {string} id of the panel
 * @param {HTMLElement} button
 * @returns {popover.Entries}
 */
function entries(board, id, button) {
  const query = urlState.dataQuery(board, boardRequest.width());
  const explanation = select(`#panel-${id} [data-explain]`);
  const search = (/** @type {string} */ page) => urlState.go(urlState.link(page, {}, FILTERS_OF_SEARCHES));
  /** @type {popover.Entries} */
  const chartEntries = chartOfPanel(id) ? [["Explore chart", () => explore(id)]] : [];
  return [
    ["How this is computed", () => explanation && explain(explanation, button)],
    ["Show the numbers", () => showTable(board.id, id, query)],
    ["Inspect the queries", () => inspect(board.id, id, query)],
    ...chartEntries,
    fullScreen.current() === id
      ? ["Leave full screen", () => fullScreen.show("")]
      : ["Full screen", () => fullScreen.show(id)],
    ["What changed in this time", () => search("/changes")],
    ["Traces of this time", () => search("/traces")],
    ["Log lines of this time", () => search("/logs")],
    ["Download as CSV", () => location.assign(`/api/boards/${board.id}/panels/${id}.csv?${query}`)],
    ["Share", () => share(id)],
  ];
}

/**
 * Open a small menu at a point.
 * @param {popover.Entries} choices
 * @param {number} x
 * @param {number} y
 * @param {string} title
 */
export function choose(choices, x, y, title) {
  const box = popover.open("panel-menu");
  if (!box) return;
  if (title) {
    const heading = box.appendChild(create("p", { className: "menu-title" }, title));
    heading.setAttribute("role", "presentation");
  }
  popover.fillMenu(box, title || "This point", choices);
  popover.place(box, { left: x, top: y, bottom: y });
  box.openedAt = Date.now();
  popups.enter(box);
}
