/* One time under the pointer, shown on every chart of the page; the chart under it lists its values, sorted. */

import { create, select } from "../dom.js";
import * as timeFormat from "../time-format.js";
import { opaque } from "./paint.js";
import { partAt } from "./pie.js";
import { pixel, valueAt } from "./scale.js";
import { barRow, firingsAt, heatmapRow, lineRows, partRow, pointOf } from "./values.js";
import { allCharts } from "./view.js";

const TOUCH_DURATION = 6000; // ms that the crosshair stays after a touch
const MAX_ROWS = 12;
const DISTANCE = 16; // pixels between pointer and list
const MARGIN = 8; // pixels to the edge of the screen

/** @typedef {import("./values.js").Point} Point */
/** @typedef {import("./view.js").Chart} Chart */
/** @typedef {{clientX: number, clientY: number}} Pointer */
/** Where a pointer is: pixels of the picture, and the time in epoch ms.
 * @typedef {{x: number, y: number, time: number}} Location */

/** @type {HTMLElement | null} */
let tip = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {{chart: Chart, time: number} | null} what the crosshair stands at */
let current = null;

/** The chart and the time of the crosshair; null while it is hidden. */
export const currentPlace = () => current;

/**
 * Where a pointer is in the plot of a chart; null beside it. A wall scales its charts.
 * @param {Chart} chart
 * @param {Pointer} pointer
 * @returns {Location | null}
 */
export function locate({ element, canvas, size }, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  const scale = box.width / size.width || 1;
  const [x, y] = [(clientX - box.left) / scale, (clientY - box.top) / scale];
  const { left, right } = canvas.place;
  return x < left || x > right ? null : { x, y, time: valueAt(canvas.x, x) };
}

/**
 * The pointer position of a time and a height of a chart.
 * @param {Chart} chart
 * @param {number} time epoch ms
 * @param {number} [y] pixels of the picture
 * @returns {Pointer}
 */
export function pointerAt({ element, canvas, size }, time, y = (canvas.place.top + canvas.place.bottom) / 2) {
  const box = element.getBoundingClientRect();
  const scale = box.width / size.width || 1;
  return { clientX: box.left + pixel(canvas.x, time) * scale, clientY: box.top + y * scale };
}

/**
 * Move the crosshair of all charts to the pointer.
 * @param {Chart} chart
 * @param {Pointer} pointer
 * @param {{isTouch?: boolean, isKey?: boolean}} [options] a touch leaves it for some seconds; keys have it read
 */
export function move(chart, pointer, { isTouch = false, isKey = false } = {}) {
  const place = locate(chart, pointer);
  if (!place) return hide();
  clearTimeout(timer);
  current = { chart, time: place.time };
  if (chart.canvas.isTime) for (const other of allCharts()) drawLine(other, place.time);
  showList(rowsAt(chart, place), pointer, chart.canvas.isTime);
  tip?.setAttribute("aria-live", isKey ? "polite" : "off");
  if (isTouch) timer = setTimeout(hide, TOUCH_DURATION);
}

/**
 * @param {Chart} chart
 * @param {number} time epoch ms
 */
function drawLine({ element, canvas }, time) {
  if (!canvas.isTime) return;
  const line = select(":scope > .crosshair", element) || element.appendChild(create("div", { className: "crosshair" }));
  const { left, right, top, bottom } = canvas.place;
  const x = pixel(canvas.x, time);
  line.hidden = x < left || x > right;
  Object.assign(line.style, { transform: `translateX(${x}px)`, top: `${top}px`, height: `${bottom - top}px` });
}

/**
 * @param {Chart} chart
 * @param {Location} place
 */
function rowsAt({ traces, canvas, figure }, { x, time, y }) {
  const value = valueAt(canvas.y, y);
  const rows = traces.flatMap((trace) => {
    if (trace.type === "bar") return barRow(trace, value);
    if (trace.type === "pie") return partRow(trace, partAt(trace, canvas, { x, y }));
    if (trace.dx == null) return [];
    return trace.type === "heatmap" ? heatmapRow(trace, time, value) : lineRows(trace, time);
  });
  return [...firingsAt(figure, time), ...rows.sort((a, b) => b.value - a.value)];
}

/**
 * The nearest series or the cell below the pointer; null outside the plot.
 * @param {Chart} chart
 * @param {Pointer} pointer
 * @returns {Point | null}
 */
export function pointAt(chart, pointer) {
  const place = locate(chart, pointer);
  const { top, bottom } = chart.canvas.place;
  if (!place || place.y < top || place.y > bottom) return null;
  return pointOf(chart.traces, place.time, place.y, chart.canvas);
}

/**
 * @param {import("./values.js").Row[]} rows
 * @param {Pointer} pointer
 * @param {boolean} isTime
 */
function showList(rows, pointer, isTime) {
  tip ||= select(":scope > .tip", document.body) || document.body.appendChild(create("div", { className: "tip" }));
  tip.hidden = !rows.length;
  if (!rows.length) return;
  const head = create("div", { className: "tip-time" }, isTime ? timeFormat.full(rows[0].time) : "");
  tip.replaceChildren(...(isTime ? [head] : []), ...rows.slice(0, MAX_ROWS).map(rowElement));
  placeList(tip, pointer);
}

/** @param {import("./values.js").Row} row */
function rowElement({ name, text, colour }) {
  const mark = create("i");
  if (colour) mark.style.background = opaque(colour);
  else mark.hidden = true;
  return create("div", { className: "tip-row" }, mark, create("span", {}, name), create("b", {}, text));
}

/**
 * @param {HTMLElement} element
 * @param {Pointer} pointer
 */
function placeList(element, { clientX: x, clientY: y }) {
  const { offsetWidth: width, offsetHeight: height } = element;
  const isLeft = x + DISTANCE + width > innerWidth;
  const left = Math.max(MARGIN, isLeft ? x - width - DISTANCE : x + DISTANCE);
  const top = Math.min(Math.max(MARGIN, y - height / 2), innerHeight - height - MARGIN);
  element.style.transform = `translate(${left}px, ${top}px)`;
}

/** Hide the crosshair and the list. */
export function hide() {
  clearTimeout(timer);
  current = null;
  for (const { element } of allCharts()) {
    const line = select(":scope > .crosshair", element);
    if (line) line.hidden = true;
  }
  if (tip) tip.hidden = true;
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("scroll", hide, { passive: true });
}
