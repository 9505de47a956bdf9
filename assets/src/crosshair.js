/* One time under the pointer, shown on every chart of the page; the chart under it lists its values, sorted. */

import * as charts from "./charts.js";
import { create, select, selectAll } from "./dom.js";
import * as timeFormat from "./time-format.js";
import { heatmapRow, lineRows, pointOf } from "./trace-values.js";

const TOUCH_DURATION = 4000; // ms that the crosshair stays after a touch
const MAX_ROWS = 12;
const DISTANCE = 16; // pixels between pointer and list
const MARGIN = 8; // pixels to the edge of the screen

/** @typedef {import("./trace-values.js").Point} Point */
/** @typedef {{clientX: number, clientY: number}} Pointer */

/** @type {HTMLElement | null} */
let tip = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * The plot of a chart as plotly.js has drawn it; null while it is not drawn or has no time axis.
 * @param {PlotElement} graph
 */
function plotOf(graph) {
  const { xaxis, yaxis, _size: area } = graph._fullLayout || {};
  return xaxis?.type === "date" && xaxis.p2d && area ? { xaxis, yaxis, area } : null;
}

/**
 * Where a pointer is in the plot of a chart: pixels from its left and top, and the time; null outside it.
 * @param {PlotElement} graph
 * @param {Pointer} pointer
 */
function locate(graph, { clientX, clientY }) {
  const plot = plotOf(graph);
  if (!plot) return null;
  const box = graph.getBoundingClientRect();
  const [x, y] = [clientX - box.left - plot.area.l, clientY - box.top - plot.area.t];
  if (x < 0 || x > plot.area.w) return null;
  return { ...plot, x, y, time: plot.xaxis.p2l(x) - charts.shiftOf(graph) };
}

/**
 * Move the crosshair of all charts to the pointer.
 * @param {PlotElement} graph
 * @param {PointerEvent} event
 */
export function move(graph, event) {
  if (!plotOf(graph)) return;
  const place = locate(graph, event);
  if (!place) return hide();
  clearTimeout(timer);
  for (const chart of selectAll(".js-plotly-plot")) drawLine(/** @type {PlotElement} */ (chart), place.time);
  showList(rowsAt(graph, place), event);
  if (event.pointerType !== "mouse") timer = setTimeout(hide, TOUCH_DURATION);
}

/**
 * @param {PlotElement} graph
 * @param {number} time epoch ms
 */
function drawLine(graph, time) {
  const plot = plotOf(graph);
  const line = select(":scope > .crosshair", graph) || graph.appendChild(create("div", { className: "crosshair" }));
  const x = plot ? plot.xaxis.l2p(time + charts.shiftOf(graph)) : -1;
  line.hidden = !plot || x < 0 || x > plot.area.w;
  if (!plot || line.hidden) return;
  const { l: left, t: top, h: height } = plot.area;
  Object.assign(line.style, { transform: `translateX(${left + x}px)`, top: `${top}px`, height: `${height}px` });
}

/**
 * @param {PlotElement} graph
 * @param {NonNullable<ReturnType<typeof locate>>} place
 */
function rowsAt(graph, { time, y, yaxis }) {
  const value = yaxis?.p2d?.(y) ?? 0;
  const visible = graph.data.filter((trace) => trace.visible !== false && trace.dx != null);
  const rows = visible.flatMap((trace) =>
    trace.type === "heatmap" ? heatmapRow(trace, time, value) : lineRows(trace, time),
  );
  return rows.sort((a, b) => b.value - a.value);
}

/**
 * The nearest series or the cell below the pointer; null outside the plot.
 * @param {PlotElement} graph
 * @param {Pointer} pointer
 * @returns {Point | null}
 */
export function pointAt(graph, pointer) {
  const place = locate(graph, pointer);
  if (!place?.yaxis || place.y < 0 || place.y > place.area.h) return null;
  return pointOf(graph.data, place.time, place.y, place.yaxis);
}

/**
 * @param {import("./trace-values.js").Row[]} rows
 * @param {Pointer} pointer
 */
function showList(rows, pointer) {
  tip ||= select(":scope > .tip", document.body) || document.body.appendChild(create("div", { className: "tip" }));
  tip.hidden = !rows.length;
  if (!rows.length) return;
  const head = create("div", { className: "tip-time" }, timeFormat.full(rows[0].time));
  tip.replaceChildren(head, ...rows.slice(0, MAX_ROWS).map(rowElement));
  placeList(tip, pointer);
}

/** @param {import("./trace-values.js").Row} row */
function rowElement({ name, text, colour }) {
  const mark = create("i");
  if (colour) mark.style.background = colour;
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
  for (const line of selectAll(".crosshair")) line.hidden = true;
  if (tip) tip.hidden = true;
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("scroll", hide, { passive: true });
}
