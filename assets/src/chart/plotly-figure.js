/* From the server's figure to what plotly.js draws: the theme's colours, instants in the viewer's zone, the ticks of
   the SVG view. */

import * as theme from "../theme.js";
import * as timeFormat from "../time-format.js";
import { fitted } from "./draw.js";
import { canvasOf } from "./scale.js";
import { timeTicks } from "./ticks.js";

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
/** Parts of a figure that hold data and no colours. */
const DATA_KEYS = new Set(["y", "z", "meta", "customdata", "text"]);

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
 * @param {{width: number, height: number}} size pixels
 * @returns {Figure}
 */
export function prepare(figure, size) {
  const coloured = withColours(figure);
  const { data, layout } = { data: coloured.data, layout: fitted(coloured.layout, size.width) };
  if (layout.xaxis?.type === "date") moveToZone({ data, layout }, size);
  Object.assign(layout, {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: FONT, size: 12, color: theme.token("--text-2") },
    xaxis: { ...layout.xaxis, ...axisStyle() },
    yaxis: { ...layout.yaxis, ...axisStyle() },
  });
  return { data, layout };
}

/**
 * Write the instants of a figure as texts in the viewer's zone. There is one shift for the whole figure: a change of
 * daylight saving within it must not move some of its instants.
 * @param {Figure} figure
 * @param {{width: number, height: number}} size
 */
function moveToZone({ data, layout }, { width, height }) {
  const { x, place } = canvasOf(layout, width, height);
  const shift = timeFormat.offset(x.high);
  const stamp = (/** @type {Coordinate} */ instant) =>
    typeof instant === "number" ? isoText(instant + shift) : instant;
  for (const trace of data) {
    if (typeof trace.x0 === "number") trace.x0 = stamp(trace.x0);
    if (Array.isArray(trace.x)) trace.x = trace.x.map(stamp);
  }
  layout.shapes = layout.shapes?.map((shape) => (shape.xref === "x" ? movedShape(shape, stamp) : shape));
  const { instants, form } = timeTicks(x.low, x.high, place.right - place.left, timeFormat.offset);
  const ticktext = instants.map((instant) => timeFormat.tickText(instant, form));
  const ticks = { tickmode: "array", tickvals: instants.map(stamp), ticktext };
  layout.xaxis = { ...layout.xaxis, range: [stamp(x.low), stamp(x.high)], ...ticks };
  layout.meta = { ...layout.meta, shift };
}

/**
 * A mark or the span of a firing in the viewer's zone, with its name in the chart: plotly.js shows no title of a shape.
 * @param {PlotShape} shape
 * @param {(instant: Coordinate) => Coordinate} stamp
 * @returns {PlotShape}
 */
const movedShape = (shape, stamp) => ({
  ...shape,
  x0: stamp(shape.x0 ?? 0),
  x1: stamp(shape.x1 ?? 0),
  label: { text: shape.name || "", textposition: shape.type === "rect" ? "top left" : "end", font: { size: 11 } },
});

function axisStyle() {
  const grid = theme.token("--grid");
  return { gridcolor: grid, zerolinecolor: grid, linecolor: theme.token("--border") };
}
