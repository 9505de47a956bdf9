/* From the server's figure to what Plotly draws: theme, time zone, crosshair, zoom and clicks. */

import * as boardRefresh from "./board-refresh.js";
import * as crosshair from "./crosshair.js";
import * as pointMenu from "./point-menu.js";
import * as theme from "./theme.js";
import * as timeFormat from "./time-format.js";
import { timeTicks } from "./time-ticks.js";
import * as urlState from "./url-state.js";

export const CONFIG = {
  displayModeBar: false,
  responsive: true,
  doubleClick: false,
  showTips: false,
  scrollZoom: false,
};
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const NARROW = 480; // pixels; the same as in panels/svg.py
const MIN_RANGE = 60; // seconds that can be zoomed into
/** Parts of a figure that hold data and no colours. */
const DATA_KEYS = new Set(["y", "z", "meta", "customdata", "text"]);
const TICK_FORMATS = [
  { dtickrange: [null, 60000], value: "%H:%M:%S" },
  { dtickrange: [60000, 86400000], value: "%H:%M" },
  { dtickrange: [86400000, null], value: "%-d %b" },
];
const isTouch = () => matchMedia("(pointer: coarse)").matches;
/** @type {WeakSet<PlotElement>} */
const attached = new WeakSet();

/**
 * A copy with the colours of the theme in place of their names.
 * @template Value
 * @param {Value} value
 * @returns {Value}
 */
function withColours(value) {
  /** @type {unknown} */
  let copy = value;
  if (typeof value === "string") copy = value.startsWith("var(") ? theme.colour(value) : value;
  else if (Array.isArray(value)) copy = isNumeric(value) ? value : value.map(withColours);
  else if (value && typeof value === "object") {
    const pairs = Object.entries(value).map(([key, part]) => [key, DATA_KEYS.has(key) ? part : withColours(part)]);
    copy = Object.fromEntries(pairs);
  }
  return /** @type {Value} */ (copy);
}

/** Whether an array is a column of numbers, by its first two. @param {unknown[]} values */
const isNumeric = ([first, second]) => typeof first === "number" && typeof second !== "string";

/**
 * Numbers on a time axis Plotly would move into the browser's zone by itself; texts it takes as they are.
 * @param {number} ms
 */
const isoText = (ms) => new Date(ms).toISOString().slice(0, 23).replace("T", " ");

/**
 * A copy of the figure in the viewer's theme and zone.
 * @param {Figure} figure
 * @param {number} width in pixels, which decides how long row names may be
 * @returns {Figure}
 */
export function prepare(figure, width) {
  const { data, layout } = withColours(figure);
  for (const trace of data)
    if (trace.type !== "bar") {
      trace.hoverinfo = "none";
      delete trace.hovertemplate;
    }
  const isTime = layout.xaxis?.type === "date";
  if (isTime) moveToZone({ data, layout }, width);
  const { narrow } = layout.meta || {};
  if (narrow && width < NARROW) {
    layout.yaxis = { ...layout.yaxis, ticktext: narrow.ticktext };
    layout.margin = { ...layout.margin, l: narrow.l };
  }
  applyStyle(layout, isTime);
  return { data, layout };
}

/**
 * Write the instants of a figure as texts in the viewer's zone. There is one shift for the whole figure: a change of
 * daylight saving within it must not move some of its instants.
 * @param {Figure} figure
 * @param {number} width
 */
function moveToZone({ data, layout }, width) {
  const [start, end] = /** @type {number[]} */ (layout.xaxis?.range || [0, 0]);
  const shift = timeFormat.offset(end);
  const stamp = (/** @type {Coordinate} */ x) => (typeof x === "number" ? isoText(x + shift) : x);
  for (const trace of data) {
    if (typeof trace.x0 === "number") {
      trace.startMs = trace.x0;
      trace.x0 = stamp(trace.x0);
    }
    if (Array.isArray(trace.x)) trace.x = trace.x.map(stamp);
  }
  if (layout.xaxis?.range) {
    layout.xaxis.range = [start, end].map(stamp);
    layout.meta = { ...layout.meta, shift };
    if (timeFormat.offset(start) !== shift) Object.assign(layout.xaxis, tickOptions(start, end, width, stamp));
  }
  for (const shape of layout.shapes || []) {
    if (shape.xref === "paper") continue;
    if (shape.x0 !== undefined) shape.x0 = stamp(shape.x0);
    if (shape.x1 !== undefined) shape.x1 = stamp(shape.x1);
  }
}

/**
 * Ticks at round local times, where the zone's offset changes within the range and no constant shift gives them.
 * @param {number} start epoch ms
 * @param {number} end
 * @param {number} width pixels
 * @param {(ms: number) => Coordinate} stamp
 */
function tickOptions(start, end, width, stamp) {
  const { instants, isDaily } = timeTicks(start, end, width, timeFormat.offset);
  const ticktext = instants.map((ms) => timeFormat.tick(ms, isDaily));
  return { tickmode: "array", tickvals: instants.map(stamp), ticktext };
}

/**
 * @param {PlotLayout} layout
 * @param {boolean} isTime
 */
function applyStyle(layout, isTime) {
  layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
  layout.font = { family: FONT, size: 12, color: theme.token("--text-2") };
  layout.autosize = true;
  layout.dragmode = isTime && !isTouch() ? "zoom" : false;
  layout.hovermode = layout.hovermode === false ? false : "closest";
  layout.xaxis = { ...layout.xaxis, ...axisStyle(), fixedrange: !isTime || isTouch() };
  layout.yaxis = { ...layout.yaxis, ...axisStyle(), fixedrange: true };
  if (isTime) layout.xaxis.tickformatstops = TICK_FORMATS;
}

function axisStyle() {
  const grid = theme.token("--grid");
  return { gridcolor: grid, zerolinecolor: grid, linecolor: theme.token("--border") };
}

/** Milliseconds that a figure's time axis is ahead of UTC. @param {PlotElement} graph */
export const shiftOf = (graph) => graph.layout?.meta?.shift || 0;

/**
 * The chart of a panel; null while it is not drawn.
 * @param {string} panelId
 * @returns {PlotElement | null}
 */
export const graphOf = (panelId) => document.querySelector(`#body-${CSS.escape(panelId)} .js-plotly-plot`);

/**
 * Listen to a drawn graph, once: zoom by dragging, clicks that drill down, the crosshair. False while it is not drawn.
 * @param {string} panelId
 * @param {Drill | null} drill
 */
export function attach(panelId, drill) {
  const graph = graphOf(panelId);
  if (!graph?.on) return false;
  graph.codeagentDrill = drill;
  if (attached.has(graph)) return true;
  attached.add(graph);
  graph.on("plotly_relayout", (change) => handleZoom(graph, change));
  graph.on("plotly_click", (event) => handleClick(graph, event));
  pointMenu.listen(graph);
  graph.addEventListener("pointermove", (event) => crosshair.move(graph, event));
  graph.addEventListener("pointerdown", (event) => crosshair.move(graph, event));
  graph.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") crosshair.hide();
  });
  return true;
}

/**
 * @param {PlotElement} graph
 * @param {PlotRelayout} change
 */
function handleZoom(graph, change) {
  /** @type {Coordinate[]} */
  const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
  if (!range[0] || graph.layout.xaxis?.type !== "date") return;
  const [start, end] = range.map((text) => {
    const shifted = typeof text === "number" ? text : Date.parse(`${text.replace(" ", "T")}Z`);
    return Math.round((shifted - shiftOf(graph)) / 1000);
  });
  if (end - start < MIN_RANGE) boardRefresh.redraw();
  else urlState.set({ from: String(start), to: String(end) });
}

/**
 * @param {PlotElement} graph
 * @param {PlotClick} event
 */
function handleClick(graph, event) {
  const point = event.points?.[0];
  const drill = graph.codeagentDrill;
  if (!point || !drill?.label || graph.layout.xaxis?.type === "date") return;
  const { meta = {} } = point.data;
  const row = [point.pointIndex].flat()[0];
  const value = (meta.rows ? meta.rows[row] : meta.labels)?.[drill.label];
  if (value) follow(drill, value);
}

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
  const filters = isSearch ? pointMenu.FILTERS_OF_SEARCHES : ["environment", "instance"];
  urlState.go(urlState.link(drill.page, changes, filters));
}
