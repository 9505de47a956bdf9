/* Where a click on a row, a bar, a cell or a point of a panel leads. */

import * as urlState from "./url-state.js";

/** Filters that a search for traces or log lines keeps. */
export const FILTERS_OF_SEARCHES = ["environment", "endpoint", "provider", "model"];

/**
 * Go where a click leads.
 * @param {Drill} drill
 * @param {string | undefined} value of the label
 */
export function follow(drill, value) {
  const name = drill.parameter || drill.label;
  const changes = value && name ? { [name]: value } : {};
  if (drill.page === location.pathname) return urlState.set(changes);
  const isSearch = drill.page === "/traces" || drill.page === "/logs";
  const filters = isSearch ? FILTERS_OF_SEARCHES : ["environment", "instance"];
  urlState.go(urlState.link(drill.page, changes, filters));
}
