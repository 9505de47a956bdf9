/* One time under the pointer, shown on every chart of the page; the chart under it lists its values, sorted. */

import * as charts from "./charts.js";
import { selectAll } from "./dom.js";
import * as timeFormat from "./time-format.js";
import * as units from "./units.js";

let tip = null;
let hideTimer = 0;

function element(className, parent) {
  let found = parent.querySelector(`:scope > .${className}`);
  if (!found) {
    found = document.createElement("div");
    found.className = className;
    parent.appendChild(found);
  }
  return found;
}

const plotArea = (graph) => graph._fullLayout?._size;

function valueAxis(graph) {
  const axis = graph._fullLayout?.xaxis;
  return axis && axis.type === "date" && axis.p2d ? axis : null;
}

function move(graph, event) {
  const axis = valueAxis(graph);
  const area = plotArea(graph);
  if (!axis || !area) return;
  const box = graph.getBoundingClientRect();
  const x = event.clientX - box.left - area.l;
  if (x < 0 || x > area.w) return hide();
  const time = axis.p2l(x) - charts.shiftOf(graph);
  clearTimeout(hideTimer);
  for (const chart of selectAll(".js-plotly-plot")) line(chart, time);
  list(graph, time, event.clientX, event.clientY);
  if (event.pointerType !== "mouse") hideTimer = setTimeout(hide, 4000);
}

function line(graph, time) {
  const axis = valueAxis(graph);
  const area = plotArea(graph);
  const mark = element("crosshair", graph);
  const x = axis ? axis.l2p(time + charts.shiftOf(graph)) : -1;
  mark.hidden = !axis || x < 0 || x > area.w;
  if (mark.hidden) return;
  mark.style.transform = `translateX(${area.l + x}px)`;
  mark.style.top = `${area.t}px`;
  mark.style.height = `${area.h}px`;
}

/** Index of the sample nearest to an instant on a regular grid. */
function index(trace, time, count) {
  const at = Math.round((time - trace.startMs) / trace.dx);
  return at >= 0 && at < count ? at : -1;
}

/**
 * @typedef {{name: string, value: number, text: string, time: number, colour?: string, row?: number}} Row
 * @param {PlotElement} graph
 * @param {number} time epoch ms
 * @param {number} clientY
 * @returns {Row[]}
 */
function rows(graph, time, clientY) {
  /** @type {Row[]} */
  const found = [];
  for (const trace of graph.data) {
    if (trace.visible === false || trace.dx == null) continue;
    if (trace.type === "heatmap") {
      found.push(...heatRow(graph, trace, time, clientY));
      continue;
    }
    const at = index(trace, time, trace.y.length);
    const value = at < 0 ? null : trace.y[at];
    if (value == null) continue;
    found.push({
      name: trace.name || trace.meta?.name || "",
      colour: trace.line?.color,
      value,
      text: text(graph, trace, at, value),
      time: trace.startMs + at * trace.dx,
    });
  }
  return found.sort((a, b) => b.value - a.value);
}

function heatRow(graph, trace, time, clientY) {
  const box = graph.getBoundingClientRect();
  const axis = graph._fullLayout.yaxis;
  const pixel = clientY - box.top - plotArea(graph).t;
  const column = index(trace, time, trace.z[0] ? trace.z[0].length : 0);
  const at = axis.p2d(pixel);
  const edges = trace.y && trace.y.length === trace.z.length + 1;
  const row = edges ? trace.y.filter((edge) => edge <= at).length - 1 : Math.round(at);
  if (column < 0 || row < 0 || !trace.z[row] || trace.z[row][column] == null) return [];
  const meta = trace.meta || {};
  const cell = (cells) => cells?.[row]?.[column];
  const shown = cell(trace.text) || units.write(cell(trace.customdata) ?? trace.z[row][column], meta.unit);
  return [{ name: (meta.names || [])[row] || "", value: 0, row, text: shown, time: trace.startMs + column * trace.dx }];
}

/**
 * What lies under the pointer of a chart.
 * @typedef {object} Point
 * @property {number} time epoch ms
 * @property {number} step ms
 * @property {Record<string, string>} labels of the nearest series or of the cell
 * @property {string} name
 * @property {number} [far] pixels to the drawn value
 * @property {boolean} [heat] whether it is a cell of a heatmap
 * @property {number[] | null} [bounds] of the cell's row
 * @property {number} [x] of the pointer, in the window
 * @property {number} [y]
 */

/**
 * The nearest series or the cell below the pointer; null outside the plot.
 * @param {PlotElement} graph
 * @param {{clientX: number, clientY: number}} event
 * @returns {Point | null}
 */
function at(graph, event) {
  const axis = valueAxis(graph);
  const area = plotArea(graph);
  if (!axis || !area) return null;
  const box = graph.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left - area.l, event.clientY - box.top - area.t];
  if (x < 0 || x > area.w || y < 0 || y > area.h) return null;
  const time = axis.p2l(x) - charts.shiftOf(graph);
  const heat = graph.data.find((trace) => trace.type === "heatmap");
  const found = heat ? cellAt(graph, heat, time, event) : nearest(graph, time, y);
  return found || { time, step: 60000, labels: {}, name: "" }; // nothing was there then
}

function cellAt(graph, trace, instant, event) {
  const [row] = heatRow(graph, trace, instant, event.clientY);
  if (!row) return null;
  const edges =
    trace.y.length === trace.z.length + 1 && [trace.y[row.row], trace.y[row.row + 1]].map((edge) => 10 ** edge);
  const top = row.row === trace.z.length - 1 && (trace.meta.rows || [])[row.row]?.le === "+Inf";
  return {
    heat: true,
    time: row.time,
    step: trace.dx,
    labels: (trace.meta.rows || [])[row.row] || {},
    name: row.name,
    bounds: edges ? [row.row ? edges[0] : 0, top ? Infinity : edges[1]] : null,
    x: event.clientX,
    y: event.clientY,
  };
}

/** The line whose drawn value is closest to the pointer. */
function nearest(graph, instant, y) {
  const scale = graph._fullLayout.yaxis;
  let best = null;
  for (const trace of graph.data) {
    if (trace.visible === false || trace.dx == null || !trace.y || trace.meta?.compareOf !== undefined) continue;
    const place = index(trace, instant, trace.y.length);
    if (place < 0 || trace.y[place] == null) continue;
    const far = trace.stackgroup ? 0 : Math.abs(scale.l2p(scale.d2l ? scale.d2l(trace.y[place]) : trace.y[place]) - y);
    if (best && far >= best.far) continue;
    const time = trace.startMs + place * trace.dx;
    best = {
      far,
      time,
      step: trace.dx,
      labels: trace.stackgroup ? {} : trace.meta?.labels || {},
      name: trace.stackgroup ? "" : trace.name || "",
    };
  }
  return best;
}

const text = (_graph, trace, at, value) =>
  units.write(trace.customdata ? trace.customdata[at] : value, trace.meta?.unit);

function list(graph, time, x, y) {
  const found = rows(graph, time, y);
  tip = tip || element("tip", document.body);
  tip.hidden = !found.length;
  if (!found.length) return;
  tip.replaceChildren();
  const head = tip.appendChild(document.createElement("div"));
  head.className = "tip-time";
  head.textContent = timeFormat.full(found[0].time);
  for (const row of found.slice(0, 12)) {
    const entry = tip.appendChild(document.createElement("div"));
    entry.className = "tip-row";
    const mark = entry.appendChild(document.createElement("i"));
    if (row.colour) mark.style.background = row.colour;
    else mark.hidden = true;
    entry.appendChild(document.createElement("span")).textContent = row.name;
    entry.appendChild(document.createElement("b")).textContent = row.text;
  }
  place(x, y);
}

function place(x, y) {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = x + 16 + width > innerWidth ? x - width - 16 : x + 16;
  const top = Math.min(Math.max(8, y - height / 2), innerHeight - height - 8);
  tip.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
}

function hide() {
  selectAll(".crosshair").forEach((mark) => {
    mark.hidden = true;
  });
  if (tip) tip.hidden = true;
}

export { at, hide, move };

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("scroll", hide, { passive: true });
}
