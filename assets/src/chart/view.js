/* The charts of the page: SVG in the bodies of panels, drawn anew when their data or their size change. */

import { create, select, selectAll } from "../dom.js";
import * as timeFormat from "../time-format.js";
import { draw } from "./draw.js";

/**
 * A chart on the page. `isolated` is the number of the series that is shown alone; undefined shows all.
 * @typedef {object} Chart
 * @property {string} id of the panel
 * @property {HTMLElement} element that holds the picture
 * @property {Figure} figure
 * @property {Drill | null} drill
 * @property {string} name read to those who cannot see it
 * @property {PlotTrace[]} traces that are drawn
 * @property {import("./scale.js").Canvas} canvas
 * @property {{width: number, height: number}} size pixels
 * @property {number} [isolated]
 */

const NOTE_HEIGHT = 18; // pixels; the same as in panels/limits.py

/** @type {import("./axes.js").Clock} */
const CLOCK = { offsetAt: timeFormat.offset, text: timeFormat.tickText };

/** @type {ResizeObserver | null} */
let observer = null;

/** @param {string} id of the panel */
const bodyOf = (id) => document.getElementById(`body-${id}`);

/** The chart of an element; undefined for other elements. @param {Element | null} element */
export const chartOf = (element) => /** @type {HTMLElement | null} */ (element)?.codeagentChart;

/** The chart of a panel; undefined while it has none. @param {string} id */
export const chartOfPanel = (id) => chartOf(select(".chart-view", bodyOf(id) || document.createElement("div")));

/** All charts of the page. */
export const allCharts = () => selectAll(".chart-view").flatMap((element) => chartOf(element) || []);

/**
 * Show the figure of a panel. A series that is shown alone stays alone.
 * @param {PanelAnswer} panel
 */
export function show({ id, figure, drill, alt }) {
  const body = bodyOf(id);
  if (!body || !figure) return;
  const existing = select(":scope > .chart-view", body);
  const element = existing || create("div", { className: "chart-view" });
  const isolated = chartOf(element)?.isolated;
  const dated = { ...figure, data: figure.data.map(withStart) };
  // A picture of the server stays in its place until this one is drawn. The size of a chart is observed: to ask for it
  // makes the browser lay out the page again for every chart of a refresh.
  const size = chartOf(existing)?.size || sizeOf(existing || body);
  element.codeagentChart = { ...drawn(dated, size, isolated), id, element, figure: dated, drill, name: alt, isolated };
  if (!existing) {
    body.replaceChildren(element);
    observer?.observe(element);
  }
  paint(element.codeagentChart);
}

/** @param {PlotTrace} trace */
const withStart = (trace) => (typeof trace.x0 === "number" ? { ...trace, startMs: trace.x0 } : trace);

/** The pixels inside an element, without its padding. @param {HTMLElement} element */
function sizeOf(element) {
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(element);
  const [left, right, top, bottom] = [paddingLeft, paddingRight, paddingTop, paddingBottom].map(parseFloat);
  return { width: element.clientWidth - left - right, height: element.clientHeight - top - bottom };
}

/**
 * @param {Figure} figure
 * @param {Chart["size"]} size
 * @param {number | undefined} isolated
 */
function drawn(figure, size, isolated) {
  const { data, layout } = isolated === undefined ? figure : alone(figure, isolated);
  return { ...draw({ data, layout }, size, CLOCK), traces: data, size };
}

/**
 * A figure with one series, on the axis that fits it.
 * @param {Figure} figure
 * @param {number} series
 * @returns {Figure}
 */
export function alone({ data, layout }, series) {
  const own = data.filter(({ meta }) => meta?.series === series || meta?.compareOf === series);
  const axis = own.find(({ meta }) => meta?.series === series && meta.axis)?.meta?.axis || {};
  return { data: own, layout: withNotes({ ...layout, yaxis: { ...layout.yaxis, ...axis } }) };
}

/**
 * A layout whose limits above the axis are noted at its upper edge.
 * @param {PlotLayout} layout
 * @returns {PlotLayout}
 */
function withNotes(layout) {
  const top = Number(layout.yaxis?.range?.[1] ?? Infinity);
  const all = layout.annotations || [];
  const above = all.filter(({ y, yref }) => yref === "y" && Number(y) > top).sort((a, b) => Number(a.y) - Number(b.y));
  if (!above.length) return layout;
  const inside = all.filter(({ y, yref }) => yref === "y" && Number(y) <= top);
  const { text, font } = above[0];
  const note = { xref: "paper", x: 1, xanchor: "right", yref: "paper", y: 1, yanchor: "bottom", font };
  const annotations = [...inside, { ...note, text: `limit ${text} ↑` }];
  return { ...layout, annotations, margin: { ...layout.margin, t: NOTE_HEIGHT } };
}

/** @param {Chart & {svg?: string}} chart */
function paint(chart) {
  if (chart.svg === undefined || chart.size.width <= 0 || chart.size.height <= 0) return;
  const picture = select(":scope > .chart-picture", chart.element);
  if (picture) picture.innerHTML = chart.svg;
  else chart.element.prepend(create("div", { className: "chart-picture", innerHTML: chart.svg }));
  delete chart.svg;
}

/** @param {Chart} chart */
function redraw(chart) {
  Object.assign(chart, drawn(chart.figure, sizeOf(chart.element), chart.isolated));
  paint(chart);
}

/** Draw all charts again, in another zone. */
export function redrawAll() {
  for (const chart of allCharts()) redraw(chart);
}

/**
 * Show a series alone, or all again.
 * @param {string} id of the panel
 * @param {number | undefined} series
 */
export function isolate(id, series) {
  const chart = chartOfPanel(id);
  if (!chart || chart.isolated === series) return;
  chart.isolated = series;
  redraw(chart);
}

/** @param {ResizeObserverEntry[]} entries */
function handleResize(entries) {
  for (const { target } of entries) {
    const chart = chartOf(target);
    if (!chart || !target.isConnected) continue;
    const { width, height } = sizeOf(chart.element);
    if (width !== chart.size.width || height !== chart.size.height) redraw(chart);
  }
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  observer = new ResizeObserver(handleResize);
}
