/* From the server's figure to what Plotly draws: theme, time zone, crosshair, zoom and clicks. */

import * as boardRefresh from "./board-refresh.js";
import * as crosshair from "./crosshair.js";
import * as pointMenu from "./point-menu.js";
import * as theme from "./theme.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false, scrollZoom: false };
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const isTouch = () => matchMedia("(pointer: coarse)").matches;
const known = new WeakSet();
const NARROW = 480; // the same as in panels/svg.py

function walk(value) {
  if (typeof value === "string") return value.startsWith("var(") ? theme.colour(value) : value;
  if (Array.isArray(value))
    return typeof value[0] === "number" && typeof value[1] !== "string" ? value : value.map(walk);
  if (value && typeof value === "object") {
    const copy = {};
    for (const [key, each] of Object.entries(value))
      copy[key] =
        key === "y" || key === "z" || key === "meta" || key === "customdata" || key === "text" ? each : walk(each);
    return copy;
  }
  return value;
}

/** Numbers on a time axis Plotly would move into the browser's zone by itself; texts it takes as they are. */
const text = (ms) => new Date(ms).toISOString().slice(0, 23).replace("T", " ");

/** A copy of the figure in the viewer's theme and zone; `width` in pixels decides how long row names may be. */
function prepare(figure, width) {
  const copy = walk(figure);
  const isTime = copy.layout.xaxis?.type === "date";
  const range = (isTime && copy.layout.xaxis.range) || [0, 0];
  // One shift for the whole figure: a change of daylight saving within it must not move some of its instants.
  const shift = timeFormat.offset(range[1]);
  const stamp = (x) => (typeof x === "number" ? text(x + shift) : x);
  for (const trace of copy.data) {
    if (isTime && typeof trace.x0 === "number") {
      trace.startMs = trace.x0;
      trace.x0 = stamp(trace.x0);
    }
    if (isTime && Array.isArray(trace.x)) trace.x = trace.x.map(stamp);
    if (trace.type !== "bar") {
      trace.hoverinfo = "none";
      delete trace.hovertemplate;
    }
  }
  const layout = copy.layout;
  const narrow = width < NARROW && layout.meta?.narrow;
  if (narrow) {
    layout.yaxis.ticktext = narrow.ticktext;
    layout.margin.l = narrow.l;
  }
  if (isTime && layout.xaxis.range) {
    layout.xaxis.range = range.map(stamp);
    layout.meta = { ...layout.meta, shift };
    if (timeFormat.offset(range[0]) !== shift) Object.assign(layout.xaxis, ticks(range, width, stamp));
  }
  for (const shape of layout.shapes || [])
    if (isTime && shape.xref !== "paper") {
      shape.x0 = stamp(shape.x0);
      shape.x1 = stamp(shape.x1);
    }
  layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
  layout.font = { family: FONT, size: 12, color: theme.token("--text-2") };
  layout.autosize = true;
  layout.dragmode = isTime && !isTouch() ? "zoom" : false;
  layout.hovermode = layout.hovermode === false ? false : "closest";
  for (const name of ["xaxis", "yaxis"]) {
    layout[name] ||= {};
    const axis = layout[name];
    axis.gridcolor = theme.token("--grid");
    axis.zerolinecolor = theme.token("--grid");
    axis.linecolor = theme.token("--border");
    axis.fixedrange = name === "yaxis" || !isTime || isTouch();
    if (isTime && name === "xaxis") axis.tickformatstops = STOPS;
  }
  return { data: copy.data, layout };
}

const MINUTE = 60000;
const SPACINGS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400].map(
  (minutes) => minutes * MINUTE,
);

/** Ticks at round local times, where the zone's offset changes within the range and no constant shift gives them. */
function ticks([start, end], width, stamp) {
  const most = Math.max(2, Math.min(8, Math.floor((width || 600) / 80)));
  const spacing = SPACINGS.find((each) => (end - start) / each <= most) || SPACINGS[SPACINGS.length - 1];
  const grain = Math.min(spacing, 15 * MINUTE); // zones change by quarters of an hour at least
  const found = [];
  for (let at = Math.ceil(start / grain) * grain; at <= end; at += grain)
    if ((at + timeFormat.offset(at)) % spacing === 0) found.push(at);
  return {
    tickmode: "array",
    tickvals: found.map(stamp),
    ticktext: found.map((at) => timeFormat.tick(at, spacing >= 1440 * MINUTE)),
  };
}

/** Milliseconds that a figure's time axis is ahead of UTC. */
const shiftOf = (graph) => graph.layout?.meta?.shift || 0;

const STOPS = [
  { dtickrange: [null, 60000], value: "%H:%M:%S" },
  { dtickrange: [60000, 86400000], value: "%H:%M" },
  { dtickrange: [86400000, null], value: "%-d %b" },
];

/**
 * The chart of a panel; null while it is not drawn.
 * @param {string} panelId
 * @returns {PlotElement | null}
 */
const graphOf = (panelId) => document.querySelector(`#body-${CSS.escape(panelId)} .js-plotly-plot`);

/** Listens once to a drawn graph: zoom by dragging, clicks that drill down, the crosshair. */
function attach(panelId, drill) {
  const graph = graphOf(panelId);
  if (!graph?.on) return false;
  graph.codeagentDrill = drill;
  if (known.has(graph)) return true;
  known.add(graph);
  graph.on("plotly_relayout", (change) => zoomed(graph, change));
  graph.on("plotly_click", (event) => clicked(graph, event));
  pointMenu.listen(graph);
  graph.addEventListener("pointermove", (event) => crosshair.move(graph, event));
  graph.addEventListener("pointerdown", (event) => crosshair.move(graph, event));
  graph.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") crosshair.hide();
  });
  return true;
}

function zoomed(graph, change) {
  const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
  if (!range[0] || graph.layout.xaxis.type !== "date") return;
  const [start, end] = range.map((text) => {
    const shifted = typeof text === "number" ? text : Date.parse(`${String(text).replace(" ", "T")}Z`);
    return Math.round((shifted - shiftOf(graph)) / 1000);
  });
  if (end - start < 60) return boardRefresh.redraw();
  urlState.set({ from: String(start), to: String(end) });
}

function clicked(graph, event) {
  const point = event.points?.[0];
  const drill = graph.codeagentDrill;
  if (!point || !drill?.label || graph.layout.xaxis.type === "date") return;
  const meta = point.data.meta || {};
  const row = Array.isArray(point.pointIndex) ? point.pointIndex[0] : point.pointIndex;
  const labels = meta.rows ? meta.rows[row] : meta.labels;
  if (labels?.[drill.label]) follow(drill, labels[drill.label]);
}

function follow(drill, value) {
  const name = drill.parameter || drill.label;
  const changes = value && name ? { [name]: value } : {};
  if (drill.page === location.pathname) return urlState.set(changes);
  const kept = drill.page === "/traces" || drill.page === "/logs" ? pointMenu.KEPT : ["environment", "instance"];
  urlState.go(urlState.link(drill.page, changes, kept));
}

export { attach, CONFIG, follow, graphOf, prepare, shiftOf };
