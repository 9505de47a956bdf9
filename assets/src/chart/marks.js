/* The marks of a figure as SVG: lines, areas, dots, bars. */

import { instants, numbers } from "./columns.js";
import { heatmap } from "./heatmap.js";
import { escapeText, paint, tenth } from "./paint.js";
import { areaPath, linePath, thin } from "./path.js";
import { pie } from "./pie.js";
import { heightOf, pixel } from "./scale.js";

/** @typedef {import("./scale.js").Canvas} Canvas */
/** @typedef {PlotTrace & {floor?: Float64Array}} StackedTrace `floor` is the lower edge of a stacked area, in values */

const DASHES = /** @type {Record<string, string>} */ ({ dot: "1.5 3", dash: "5 4" });
const BAR_TEXT_GAP = 5; // pixels
const HALF_TEXT = 4;

/**
 * Traces with cumulative stacks: `y` is the upper edge of a stacked trace and `floor` its lower one.
 * @param {PlotTrace[]} traces
 * @returns {StackedTrace[]}
 */
export function stack(traces) {
  /** @type {Map<string, Float64Array>} */
  const floors = new Map();
  return traces.map((trace) => {
    if (!trace.stackgroup) return trace;
    const heights = Float64Array.from(trace.y || [], (value) => value ?? 0);
    const floor = floors.get(trace.stackgroup) || new Float64Array(heights.length);
    const upper = heights.map((height, index) => height + floor[index]);
    floors.set(trace.stackgroup, upper);
    return { ...trace, y: Array.from(upper), floor };
  });
}

/**
 * The marks of one trace.
 * @param {StackedTrace} trace
 * @param {Canvas} canvas
 */
export function marks(trace, canvas) {
  if (trace.type === "heatmap") return heatmap(trace, canvas);
  if (trace.type === "bar") return bars(trace, canvas);
  if (trace.type === "pie") return pie(trace, canvas);
  return trace.mode === "markers" ? dots(trace, canvas) : line(trace, canvas);
}

/**
 * @param {StackedTrace} trace
 * @param {Canvas} canvas
 */
function line(trace, canvas) {
  const { color = "", width = 0, dash = "" } = trace.line || {};
  const all = {
    x: instants(trace, trace.y?.length || 0).map((instant) => pixel(canvas.x, instant)),
    y: numbers(trace.y || []).map((value) => heightOf(canvas, value)),
  };
  if (trace.fill === "toself") return `<path d="${linePath(all)}z" ${paint("fill", trace.fillcolor || "")}/>`;
  const points = trace.fillcolor ? all : thin(all, Math.abs(canvas.x.end - canvas.x.start));
  const dashes = DASHES[dash] ? ` stroke-dasharray="${DASHES[dash]}"` : "";
  const drawn = width
    ? `<path d="${linePath(points)}" ${paint("stroke", color)} stroke-width="${width}"${dashes}/>`
    : "";
  if (!trace.fillcolor) return drawn;
  const floor = trace.floor
    ? trace.floor.map((value) => heightOf(canvas, value))
    : points.y.map(() => pixel(canvas.y, Math.max(0, canvas.y.low)));
  return `<path d="${areaPath(points, floor)}" ${paint("fill", trace.fillcolor)}/>${drawn}`;
}

/**
 * @param {PlotTrace} trace
 * @param {Canvas} canvas
 */
function dots(trace, canvas) {
  const heights = numbers(trace.y || []).map((value) => heightOf(canvas, value));
  const places = instants(trace, heights.length);
  const path = Array.from(heights, (top, index) => `M${tenth(pixel(canvas.x, places[index]))} ${tenth(top)}h0`).join(
    "",
  );
  const { color, size } = trace.marker || {};
  return `<path d="${path}" ${paint("stroke", String(color))} stroke-width="${size}" stroke-linecap="round"/>`;
}

/**
 * @param {PlotTrace} trace
 * @param {Canvas} canvas
 */
function bars(trace, canvas) {
  const thick = Math.abs(canvas.y.factor) * Number(trace.width);
  const left = pixel(canvas.x, 0);
  const colours = trace.marker?.color || [];
  return Array.from(numbers(trace.x || []), (value, index) => {
    if (Number.isNaN(value)) return "";
    const top = pixel(canvas.y, Number(trace.y?.[index])) - thick / 2;
    const width = Math.max(pixel(canvas.x, value) - left, 0);
    const box = `x="${tenth(left)}" y="${tenth(top)}" width="${tenth(width)}" height="${tenth(thick)}"`;
    return `<rect ${box} ${paint("fill", colours[index])}/>`;
  }).join("");
}

/**
 * The number at the end of each bar.
 * @param {PlotTrace} trace
 * @param {Canvas} canvas
 */
export function barTexts(trace, canvas) {
  const texts = Array.from(numbers(trace.x || []), (value, index) => {
    if (Number.isNaN(value)) return "";
    const x = pixel(canvas.x, Math.max(value, 0)) + BAR_TEXT_GAP;
    const y = pixel(canvas.y, Number(trace.y?.[index])) + HALF_TEXT;
    return `<text x="${tenth(x)}" y="${tenth(y)}">${escapeText(trace.text?.[index])}</text>`;
  });
  return `<g ${paint("fill", "var(--text)")}>${texts.join("")}</g>`;
}
