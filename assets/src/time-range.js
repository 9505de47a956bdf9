/* The range of the page: what the address says, a step back or forward, zooming out, the fields of an exact range. */

import { QUICK_RANGES } from "./choices.js";
import * as serverClock from "./clock.js";
import { fieldValue } from "./dom.js";
import * as menus from "./menus.js";
import { mountedBoard } from "./mounted-board.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

/** Start and end as the address or the board writes them. */
export function current() {
  const parameters = urlState.params();
  return { from: parameters.get("from") || mountedBoard()?.range || "now-1h", to: parameters.get("to") || "now" };
}

/** Both ends in whole epoch seconds. */
function seconds() {
  const { from, to } = current();
  return [from, to].map((text) => Math.round(timeFormat.instant(text) / 1000));
}

/**
 * Move the range by its own width.
 * @param {-1 | 1} direction
 */
export function shift(direction) {
  const [start, end] = seconds();
  const distance = (end - start) * direction;
  if (direction > 0 && end + distance >= serverClock.now() / 1000)
    urlState.set({ from: `now-${end - start}s`, to: "" });
  else urlState.set({ from: String(start + distance), to: String(end + distance) });
}

/** Show twice the time. */
export function zoomOut() {
  const [start, end] = seconds();
  const half = Math.round((end - start) / 2);
  const latest = Math.round(serverClock.now() / 1000);
  if (current().to === "now") urlState.set({ from: quickRange((end - start) * 2), to: "" });
  else urlState.set({ from: String(start - half), to: String(Math.min(end + half, latest)) });
}

/**
 * The shortest quick range of at least so many seconds.
 * @param {number} width
 */
export const quickRange = (width) =>
  Object.keys(QUICK_RANGES).find((start) => timeFormat.seconds(start.slice("now-".length)) >= width) || `now-${width}s`;

/** @param {string} text */
function showError(text) {
  const error = document.getElementById("absolute-error");
  if (error) error.textContent = text;
}

/** Go to the range that is written in the fields. */
export function applyFields() {
  const [from, to] = ["absolute-from", "absolute-to"].map(fieldValue);
  const start = from.startsWith("now") ? from : timeFormat.parse(from);
  const end = to === "" || to.startsWith("now") ? to || "now" : timeFormat.parse(to);
  if (Number.isNaN(start) || Number.isNaN(end)) {
    showError("Write a time as 2026-01-31 14:05, or now-6h.");
    return;
  }
  showError("");
  menus.closeAll();
  urlState.set({ from: String(start), to: end === "now" ? "" : String(end) });
}

/** Write the range of the page into the fields. */
export function fillFields() {
  const { from, to } = current();
  showError("");
  setField("absolute-from", timeFormat.fieldText(timeFormat.instant(from)));
  setField("absolute-to", to === "now" ? "now" : timeFormat.fieldText(timeFormat.instant(to)));
}

/**
 * @param {string} id
 * @param {string} value
 */
function setField(id, value) {
  const field = document.getElementById(id);
  if (field) Object.assign(field, { value });
}

/** The address of the page with its range as fixed instants. */
export function fixedAddress() {
  const parameters = urlState.params();
  const [start, end] = seconds();
  parameters.set("from", String(start));
  parameters.set("to", String(end));
  return `${location.origin + location.pathname}?${parameters}`;
}
