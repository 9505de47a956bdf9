/* Opens the share dialog; its script is loaded at that moment, since few viewers ever open it. */

import * as boardRequest from "./board-request.js";
import { toast } from "./clipboard.js";
import { loadPart } from "./load-file.js";
import { mountedBoard } from "./mounted-board.js";
import * as timeRange from "./time-range.js";
import * as urlState from "./url-state.js";

/**
 * Share the board of the page, or one of its panels.
 * @param {string} [panel] its id
 */
export async function share(panel = "") {
  const board = mountedBoard();
  if (!board) return;
  try {
    if (!window.codeagentShare) await loadPart("share");
  } catch (error) {
    return toast(error instanceof Error ? error.message : String(error));
  }
  const title = (panel && document.getElementById(`title-${panel}`)?.textContent) || board.title || board.id;
  const query = new URLSearchParams(urlState.dataQuery(board, boardRequest.width()));
  query.delete("w");
  const fixed = fixedValues(panel);
  for (const [label, value] of Object.entries(fixed)) query.set(label, value);
  window.codeagentShare?.({
    board: board.id,
    panel,
    title,
    query,
    filters: board.filters || [],
    fixed: Object.keys(fixed),
    page: pageAddress(panel),
  });
}

/**
 * The values that a repeated panel is for: its address needs them, however many others there are.
 * @param {string} panel
 * @returns {Record<string, string>}
 */
const fixedValues = (panel) => JSON.parse(document.getElementById(`panel-${panel}`)?.dataset.fixed || "{}");

/** The address of the view with its range as fixed times, and the panel that it is about. @param {string} panel */
function pageAddress(panel) {
  const url = new URL(timeRange.fixedAddress());
  if (!panel) return url.href;
  url.searchParams.set("panel", panel);
  return `${url.origin}${url.pathname}?${urlState.encode(url.searchParams)}#panel-${panel}`;
}
