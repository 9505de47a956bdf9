/* The cells of a heatmap as SVG: cells of one shade are one path, neighbours in a row are merged. */

import { instants } from "./columns.js";
import { mix, paint, tenth } from "./paint.js";
import { pixel } from "./scale.js";

/** @typedef {import("./scale.js").Canvas} Canvas */
/** Rows of numbers, NaN for none; instants in epoch ms. @typedef {{times: ArrayLike<number>, cells: number[][]}} Grid */

const SHADES = 4; // shades between two colours of a scale
const CELL_PIXELS = 3;

/**
 * @param {PlotTrace} trace
 * @param {Canvas} canvas
 */
export function heatmap(trace, canvas) {
  const grid = coarser(gridOf(trace), Math.abs(canvas.x.end - canvas.x.start));
  if (!grid.cells.length || !grid.cells[0].length) return "";
  /** @type {Map<number, string>} */
  const paths = new Map();
  const edges = rowEdges(trace, grid.cells.length);
  const width = grid.times.length > 1 ? grid.times[1] - grid.times[0] : trace.dx || 1;
  for (const [row, cells] of grid.cells.entries()) {
    const [top, bottom] = [pixel(canvas.y, edges[row + 1]), pixel(canvas.y, edges[row])];
    const gap = Math.min(trace.ygap || 0, (bottom - top) / 3) / 2;
    for (const { first, last, shade } of runs(cells.map((cell) => shadeOf(cell, trace)))) {
      const left = pixel(canvas.x, grid.times[first] - width / 2);
      const right = pixel(canvas.x, grid.times[last] + width / 2);
      const size = `h${tenth(right - left)}v${tenth(bottom - top - 2 * gap)}h${tenth(left - right)}z`;
      paths.set(shade, `${paths.get(shade) || ""}M${tenth(left)} ${tenth(top + gap)}${size}`);
    }
  }
  return [...paths].map(([shade, path]) => `<path d="${path}" ${look(shade, trace.colorscale || [])}/>`).join("");
}

/** @param {PlotTrace} trace @returns {Grid} */
const gridOf = (trace) => ({
  times: instants(trace, trace.z?.[0]?.length || 0),
  cells: (trace.z || []).map((row) => Array.from(row, (cell) => cell ?? Number.NaN)),
});

/**
 * Columns of at least three pixels: the largest number of each group, so that peaks stay visible.
 * @param {Grid} grid
 * @param {number} pixels width of the plot
 * @returns {Grid}
 */
function coarser({ times, cells }, pixels) {
  const size = times.length ? Math.ceil(times.length / Math.max(1, Math.floor(pixels / CELL_PIXELS))) : 1;
  if (size <= 1) return { times, cells };
  const groups = Array.from({ length: Math.ceil(times.length / size) }, (_, index) => index * size);
  const shift = ((times[1] - times[0]) * (size - 1)) / 2;
  return {
    times: groups.map((first) => times[first] + shift),
    cells: cells.map((row) => groups.map((first) => largest(row.slice(first, first + size)))),
  };
}

/** The largest number; NaN without one. @param {number[]} values */
const largest = (values) =>
  values.reduce((most, value) => (Number.isNaN(most) || value > most ? value : most), Number.NaN);

/** @param {PlotTrace} trace @param {number} rows */
function rowEdges({ y = [] }, rows) {
  if (y.length === rows + 1) return y.map(Number);
  return Array.from({ length: rows + 1 }, (_, row) => row - 0.5);
}

/**
 * The position on the colour scale in quarters between neighbouring colours; -1 for no number.
 * @param {number} cell
 * @param {PlotTrace} trace
 */
function shadeOf(cell, { zmin = 0, zmax = 1, colorscale = [] }) {
  if (Number.isNaN(cell)) return -1;
  const share = Math.min(1, Math.max(0, (cell - zmin) / (zmax - zmin || 1)));
  // Two colours at the same position are separated by a tiny offset.
  const places = colorscale.map(([place], index) => place + index * 1e-9);
  const next = places.findIndex((place) => place > share);
  if (next === 0) return 0;
  if (next < 0) return (places.length - 1) * SHADES;
  const [low, high] = [places[next - 1], places[next]];
  return Math.round((next - 1 + (share - low) / (high - low)) * SHADES);
}

/**
 * Equal neighbours; cells without a number are left out.
 * @param {number[]} shades
 */
function runs(shades) {
  const found = [];
  for (let first = 0; first < shades.length; ) {
    let last = first;
    while (shades[last + 1] === shades[first]) last += 1;
    if (shades[first] >= 0) found.push({ first, last, shade: shades[first] });
    first = last + 1;
  }
  return found;
}

/** @param {number} shade @param {[number, string][]} scale */
function look(shade, scale) {
  const [index, part] = [Math.floor(shade / SHADES), shade % SHADES];
  const [low, high] = [scale[index][1], scale[Math.min(index + 1, scale.length - 1)][1]];
  return part === 0 || low === high ? paint("fill", low) : `fill="${mix(low, high, part / SHADES)}"`;
}
