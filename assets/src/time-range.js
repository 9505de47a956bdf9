/* The range of the page: what the address says, a step back or forward, zooming out, the fields of an exact range. */

import * as calendar from "./calendar.js";
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

/** Days in the viewer's zone, by their name: the first and the last one, which is empty where the range ends now.
 * @returns {Record<string, {from: string, to: string}>} */
function dayRanges() {
  const today = dayAt(serverClock.now());
  const start = (/** @type {string} */ day) => String(timeFormat.parse(day));
  const week = calendar.weekStart(today, calendar.firstWeekday());
  return {
    today: { from: start(today), to: "" },
    yesterday: { from: start(calendar.addDays(today, -1)), to: start(today) },
    "this week": { from: start(week), to: "" },
  };
}

/** Show today, yesterday or this week. @param {string} name */
export const setDays = (name) => urlState.set(dayRanges()[name]);

/**
 * What a range of whole days is called; empty for others.
 * @param {{from: string, to: string}} range
 */
export function daysName({ from, to }) {
  const ranges = /^\d+$/.test(from) ? Object.entries(dayRanges()) : [];
  const match = ranges.find(([, range]) => range.from === from && (range.to || "now") === to);
  return match ? match[0][0].toUpperCase() + match[0].slice(1) : "";
}

/** The day of an instant in the viewer's zone. @param {number} ms */
const dayAt = (ms) => timeFormat.fieldText(ms).slice(0, 10);

const FIELDS = ["absolute-from", "absolute-to"];
/** A phone has a calendar of its own, which its fields open. */
const isTouch = () => matchMedia("(pointer: coarse)").matches;

/**
 * @param {string} text
 * @param {string} [id] of the field that it is about
 */
function showError(text, id = "") {
  const error = document.getElementById("absolute-error");
  if (error) error.textContent = text;
  for (const name of FIELDS) document.getElementById(name)?.setAttribute("aria-invalid", String(name === id));
  if (id) document.getElementById(id)?.focus();
}

/**
 * What is wrong with a written range, and in which field; null if nothing.
 * @param {string} from
 * @param {string} to empty for now
 * @param {number} now epoch seconds
 * @returns {{text: string, field: string} | null}
 */
export function rangeError(from, to, now) {
  const ends = [from, to || "now"];
  const [start, end] = ends.map((text) => endSeconds(text, now));
  const wrong = [start, end].findIndex(Number.isNaN);
  if (wrong >= 0)
    return { text: `“${ends[wrong]}” is not a time. Write 2026-01-31 14:05, or now-6h.`, field: FIELDS[wrong] };
  if (start >= now) return { text: "The range begins in the future.", field: FIELDS[0] };
  return start < end ? null : { text: "The range ends before it begins.", field: FIELDS[1] };
}

/** Epoch seconds of a written end of a range; NaN where it is none. @param {string} text @param {number} now seconds */
const endSeconds = (text, now) =>
  text.startsWith("now")
    ? /^now(-\d{1,9}[smhdw])?$/.test(text)
      ? timeFormat.instant(text, 1000 * now) / 1000
      : Number.NaN
    : timeFormat.parse(text);

/** Go to the range that is written in the fields. */
export function applyFields() {
  const [from, to] = FIELDS.map(fieldValue);
  const error = rangeError(from, to, serverClock.now() / 1000);
  if (error) return showError(error.text, error.field);
  showError("");
  menus.closeAll();
  const written = (/** @type {string} */ text) => (text.startsWith("now") ? text : String(timeFormat.parse(text)));
  urlState.set({ from: written(from), to: to === "now" || !to ? "" : written(to) });
}

/** Write the range of the page into the fields and the calendar. */
export function fillFields() {
  const { from, to } = current();
  showError("");
  const [start, end] = [from, to].map((text) => timeFormat.instant(text));
  setField("absolute-from", timeFormat.fieldText(start));
  setField("absolute-to", to === "now" ? "now" : timeFormat.fieldText(end));
  const last = to === "now" ? end : end - 1; // midnight ends the day before
  drawCalendar({ from: dayAt(start), to: dayAt(last), day: dayAt(last) });
}

/**
 * Days that are chosen are written into the fields, whole. The first one begins a range, the next one ends it.
 * @param {{from: string, to: string, day: string}} days
 * @param {string} [begun] the first day of a range that is not yet ended
 */
function drawCalendar(days, begun = "") {
  const box = document.getElementById("calendar");
  if (!box || isTouch()) return;
  const today = dayAt(serverClock.now());
  calendar.draw(box, { ...days, today }, (day) => {
    const from = begun && begun <= day ? begun : day;
    setField("absolute-from", `${from} 00:00`);
    setField("absolute-to", day === today ? "now" : `${calendar.addDays(day, 1)} 00:00`);
    showError("");
    drawCalendar({ from, to: day, day }, from === day ? day : "");
    /** @type {HTMLElement | null} */ (box.querySelector('[data-day][tabindex="0"]'))?.focus();
  });
}

/**
 * @param {string} id
 * @param {string} text
 */
function setField(id, text) {
  const field = document.getElementById(id);
  if (!(field instanceof HTMLInputElement)) return;
  if (isTouch()) Object.assign(field, { type: "datetime-local", value: text === "now" ? "" : text.replace(" ", "T") });
  else field.value = text;
}

/** The address of the page with its range as fixed instants. */
export function fixedAddress() {
  const parameters = urlState.params();
  const [start, end] = seconds();
  parameters.set("from", String(start));
  parameters.set("to", String(end));
  return `${location.origin + location.pathname}?${parameters}`;
}
