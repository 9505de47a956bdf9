/* The texts and marks of the controls, which follow from the address. */

import { COMPARISONS, QUICK_RANGES, REFRESH_INTERVALS } from "./choices.js";
import { select, selectAll } from "./dom.js";
import { mountedBoard } from "./mounted-board.js";
import * as timeFormat from "./time-format.js";
import * as timeRange from "./time-range.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const DEFAULT_INTERVAL = "10s";

/** Bring labels, chips and marks up to date. */
export function sync() {
  const parameters = urlState.params();
  setLabel("range", `${rangeText(timeRange.current())} · ${timeFormat.zoneName()}`);
  setLabel("compare", comparisonText(parameters.get("compare") || ""));
  setLabel("refresh", refreshText(parameters.get("refresh") || mountedBoard()?.refresh || DEFAULT_INTERVAL));
  for (const chip of selectAll("[data-filter]")) syncChip(chip, parameters.getAll(chip.dataset.filter || ""));
  for (const choice of selectAll("[data-set]")) syncChoice(choice, parameters);
  for (const link of selectAll("a[data-nav].nav-link"))
    link.setAttribute("href", urlState.link(urlState.pathOf(link), {}, ["environment", "instance"]));
  syncTitle(parameters.getAll("endpoint"));
}

/** @param {{from: string, to: string}} range */
export function rangeText({ from, to }) {
  if (to === "now" && QUICK_RANGES[from]) return QUICK_RANGES[from];
  const days = timeRange.daysName({ from, to });
  if (days) return days;
  const end = to === "now" ? "now" : timeFormat.short(timeFormat.instant(to));
  return `${timeFormat.short(timeFormat.instant(from))} – ${end}`;
}

/** @param {string} value of `compare` */
export const comparisonText = (value) => (COMPARISONS[value] ? `vs ${COMPARISONS[value]}` : "Compare");

/** @param {string} value of `refresh` */
export function refreshText(value) {
  const name = REFRESH_INTERVALS[value] || REFRESH_INTERVALS[DEFAULT_INTERVAL];
  return value === "off" ? name : `Every ${name}`;
}

/**
 * @param {string} name
 * @param {string} text
 */
function setLabel(name, text) {
  const label = select(`[data-menu="${name}"] .label`);
  if (label && label.textContent !== text) label.textContent = text;
}

/** @param {string[]} endpoints */
function syncTitle(endpoints) {
  const board = mountedBoard();
  if (!board) return;
  const isEndpoint = board.id === "endpoint";
  const heading = select(".board-title");
  if (heading && isEndpoint)
    heading.textContent = endpoints.length ? visibleName(endpoints.join(", ")) : "Endpoint: all";
  document.title = `${isEndpoint && endpoints.length ? visibleName(endpoints[0]) : board.title} · CodeAgent`;
}

/**
 * The button of a filter names what is chosen.
 * @param {HTMLElement} chip
 * @param {string[]} values
 */
function syncChip(chip, values) {
  const label = select(".label", chip);
  if (!label) return;
  chip.dataset.title ||= label.textContent || "";
  const { title } = chip.dataset;
  label.textContent =
    values.length === 1 ? visibleName(values[0]) : values.length ? `${title}: ${values.length}` : `${title}`;
  chip.classList.toggle("on", values.length > 0);
  chip.title = `${title}: ${values.length ? visibleName(values.join(", ")) : "all"}`;
}

/**
 * @param {HTMLElement} choice sets the parameters of its `data-set`
 * @param {URLSearchParams} parameters
 */
function syncChoice(choice, parameters) {
  /** @type {Record<string, string | undefined>} */
  const defaults = { from: timeRange.current().from, refresh: mountedBoard()?.refresh };
  const isChosen = [...new URLSearchParams(choice.dataset.set)].every(
    ([name, value]) => (parameters.get(name) || (name in defaults ? defaults[name] : "")) === value,
  );
  choice.setAttribute(choice.getAttribute("role") ? "aria-checked" : "aria-pressed", String(isChosen));
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("codeagent:state", () => setTimeout(sync, 0));
}
