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
  if (drill.page === location.pathname) return urlState.set(changesOf(drill, value));
  urlState.go(addressOf(drill, value));
}

/**
 * @param {Drill} drill
 * @param {string | undefined} value of the label
 * @returns {Record<string, string>}
 */
function changesOf({ parameter, label }, value) {
  const name = parameter || label;
  return value && name ? { [name]: value } : {};
}

/**
 * The address that a click leads to.
 * @param {Drill} drill
 * @param {string | undefined} value of the label
 */
export function addressOf(drill, value) {
  if (drill.page === location.pathname) return urlState.changed(changesOf(drill, value));
  const isSearch = drill.page === "/traces" || drill.page === "/logs";
  const filters = isSearch ? FILTERS_OF_SEARCHES : ["environment", "instance"];
  return urlState.link(drill.page, changesOf(drill, value), filters);
}
