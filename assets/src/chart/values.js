/* The values of a chart at an instant. Traces lie on a regular grid: `startMs` is the first instant, `dx` the step. */

import * as units from "../units.js";
import { plainText } from "./paint.js";
import { heightOf, valueAt } from "./scale.js";

/** @typedef {import("./scale.js").Canvas} Canvas */

/**
 * A line of the list at the crosshair.
 * @typedef {{name: string, value: number, text: string, time: number, colour?: string, row?: number, exact?: number | string}} Row
 */

/**
 * What lies under the pointer of a chart.
 * @typedef {object} Point
 * @property {number} time epoch ms
 * @property {number} step ms
 * @property {Record<string, string>} labels of the nearest series or of the cell
 * @property {string} name
 * @property {boolean} [isCell] whether it is a cell of a heatmap
 * @property {string[][]} [links] titles and addresses, with the value of the point
 * @property {number[] | null} [bounds] lowest and highest value of the cell's row
 */

const DEFAULT_STEP = 60000;

/**
 * Index of the sample nearest to an instant; -1 outside the trace.
 * @param {PlotTrace} trace
 * @param {number} time epoch ms
 * @param {number} count of samples
 */
export function indexAt({ startMs = 0, dx = 1 }, time, count) {
  const index = Math.round((time - startMs) / dx);
  return index >= 0 && index < count ? index : -1;
}

/** @param {PlotTrace} trace @param {number} index */
const timeOf = ({ startMs = 0, dx = 1 }, index) => startMs + index * dx;

/**
 * The value of a line at an instant; empty where it has none.
 * @param {PlotTrace} trace
 * @param {number} time
 * @returns {Row[]}
 */
export function lineRows(trace, time) {
  const { y = [], meta, customdata } = trace;
  const index = indexAt(trace, time, y.length);
  const value = index < 0 ? null : y[index];
  if (value == null) return [];
  const exact = customdata ? /** @type {number} */ (customdata[index]) : value;
  const name = trace.name || meta?.name || "";
  const text = units.write(exact, meta?.unit);
  return [{ name, colour: trace.line?.color, value, text, time: timeOf(trace, index) }];
}

/**
 * The cell of a heatmap at an instant and a value of its vertical axis; empty where there is none.
 * @param {PlotTrace} trace
 * @param {number} time
 * @param {number} value
 * @returns {Row[]}
 */
export function heatmapRow(trace, time, value) {
  const { y, z = [], meta = {} } = trace;
  const column = indexAt(trace, time, z[0]?.length || 0);
  const row = hasEdges(trace) ? (y || []).filter((edge) => Number(edge) <= value).length - 1 : Math.round(value);
  const cell = z[row]?.[column];
  if (column < 0 || row < 0 || cell == null) return [];
  const exact = /** @type {number[][] | undefined} */ (trace.customdata)?.[row]?.[column];
  const word = plainText(String(trace.text?.[row]?.[column] || ""));
  const text = word || units.write(exact ?? cell, meta.unit);
  const place = { name: meta.names?.[row] || "", value: 0, row, time: timeOf(trace, column) };
  return [{ ...place, text, exact: word || (exact ?? cell) }];
}

/**
 * The bar at a height of the vertical axis; empty where there is none.
 * @param {PlotTrace} trace
 * @param {number} value
 * @returns {Row[]}
 */
export function barRow({ meta = {}, text = [] }, value) {
  const row = Math.round(value);
  const name = meta.names?.[row];
  return name === undefined ? [] : [{ name, value: 0, row, text: String(text[row] ?? ""), time: 0 }];
}

/**
 * A part of a ring; empty for -1.
 * @param {PlotTrace} trace
 * @param {number} row
 * @returns {Row[]}
 */
export function partRow({ meta = {}, text = [], marker }, row) {
  const name = meta.names?.[row];
  return name === undefined
    ? []
    : [{ name, value: 0, row, text: String(text[row] ?? ""), time: 0, colour: marker?.colors?.[row] }];
}

/** Whether the vertical axis holds the edges of the rows, not their names. @param {PlotTrace} trace */
const hasEdges = ({ y, z }) => y?.length === (z?.length || 0) + 1;

/**
 * The cell or the nearest line at a place of a chart; without labels where there is nothing.
 * @param {PlotTrace[]} traces
 * @param {number} time epoch ms
 * @param {number} y pixels of the picture
 * @param {Canvas} canvas
 * @returns {Point}
 */
export function pointOf(traces, time, y, canvas) {
  const heatmap = traces.find((trace) => trace.type === "heatmap");
  const point = heatmap ? cellAt(heatmap, time, valueAt(canvas.y, y)) : nearestLine(traces, time, y, canvas);
  return point || { time, step: DEFAULT_STEP, labels: {}, name: "" };
}

/**
 * @param {PlotTrace} trace
 * @param {number} time
 * @param {number} value
 * @returns {Point | null}
 */
function cellAt(trace, time, value) {
  const [cell] = heatmapRow(trace, time, value);
  if (!cell) return null;
  const row = cell.row || 0;
  const labels = trace.meta?.rows?.[row] || {};
  const place = { isCell: true, time: cell.time, step: trace.dx || 0, labels, name: cell.name };
  return { ...place, bounds: boundsOf(trace, row), ...linksOf(trace.meta?.row_links?.[row], cell.exact) };
}

/**
 * Links with the value of a point in their addresses; none without links.
 * @param {string[][] | undefined} links titles and templates of addresses
 * @param {unknown} value
 * @returns {{links?: string[][]}}
 */
function linksOf(links, value) {
  if (!links?.length) return {};
  const text = encodeURIComponent(String(value ?? ""));
  return { links: links.map(([title, url]) => [title, url.replaceAll("{{__value}}", () => text)]) };
}

/**
 * What a bar or a part of a ring stands for; null where there is none.
 * @param {PlotTrace} trace
 * @param {number} row
 * @returns {Point | null}
 */
export function rowPoint(trace, row) {
  const { meta = {}, x, values } = trace;
  const name = meta.names?.[row];
  if (name === undefined) return null;
  const place = { time: 0, step: 0, labels: meta.rows?.[row] || {}, name };
  return { ...place, ...linksOf(meta.row_links?.[row], (values || x)?.[row]) };
}

/**
 * The values that a row of a heatmap stands for; the axis is their logarithm. Null without edges.
 * @param {PlotTrace} trace
 * @param {number} row
 */
function boundsOf(trace, row) {
  if (!hasEdges(trace)) return null;
  const [low, high] = [row, row + 1].map((index) => 10 ** Number(trace.y?.[index]));
  const isOpen = row === (trace.z?.length || 0) - 1 && trace.meta?.rows?.[row]?.le === "+Inf";
  return [row ? low : 0, isOpen ? Infinity : high];
}

/**
 * The line whose drawn value is closest to the pointer.
 * @param {PlotTrace[]} traces
 * @param {number} time
 * @param {number} y
 * @param {Canvas} canvas
 * @returns {Point | null}
 */
function nearestLine(traces, time, y, canvas) {
  let nearest = null;
  let least = Infinity;
  for (const trace of traces) {
    if (trace.dx == null || trace.meta?.compareOf !== undefined) continue;
    const index = indexAt(trace, time, trace.y?.length || 0);
    const value = trace.y?.[index];
    if (value == null) continue;
    const distance = trace.stackgroup ? 0 : Math.abs(heightOf(canvas, value) - y);
    if (nearest && distance >= least) continue;
    least = distance;
    nearest = linePoint(trace, index);
  }
  return nearest;
}

/**
 * The pointer names no single series of a stack.
 * @param {PlotTrace} trace
 * @param {number} index
 * @returns {Point}
 */
function linePoint(trace, index) {
  const place = { time: timeOf(trace, index), step: trace.dx || DEFAULT_STEP };
  if (trace.stackgroup) return { ...place, labels: {}, name: "" };
  const links = linksOf(trace.meta?.links, trace.y?.[index]);
  return { ...place, labels: trace.meta?.labels || {}, name: trace.name || "", ...links };
}

/**
 * The alerts that fired at a time.
 * @param {Figure} figure
 * @param {number} time epoch ms
 * @returns {Row[]}
 */
export const firingsAt = ({ layout }, time) =>
  (layout.shapes || [])
    .filter(({ type, x0, x1 }) => type === "rect" && Number(x0) <= time && time <= Number(x1))
    .map(({ name = "", layer, line, fillcolor }) => {
      const colour = (layer === "above" ? line?.color : fillcolor) || "";
      return { name, text: "fires", colour, value: 0, time };
    });
