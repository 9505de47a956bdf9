/* A figure as SVG, the same as panels/svg.py draws on the server, so that the first picture stays when data come. */

import { annotation, firingArea, firingFrame, markLine, thresholdLine, timeAxis, valueAxis } from "./axes.js";
import { barTexts, marks, stack } from "./marks.js";
import { canvasOf } from "./scale.js";

/** @typedef {import("./axes.js").Clock} Clock */
/** @typedef {import("./scale.js").Canvas} Canvas */

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const NARROW = 480; // pixels; the same as in panels/svg.py

/**
 * The layout with shorter row names if the long names would leave too little space for the data.
 * @param {PlotLayout} layout
 * @param {number} width pixels
 * @returns {PlotLayout}
 */
export function fitted(layout, width) {
  const narrow = layout.meta?.narrow;
  if (!narrow || width >= NARROW) return layout;
  return {
    ...layout,
    yaxis: { ...layout.yaxis, ticktext: narrow.ticktext },
    margin: { ...layout.margin, l: narrow.l },
  };
}

/**
 * The picture of a figure, and where its values lie in it.
 * @param {Figure} figure
 * @param {{width: number, height: number}} size pixels
 * @param {Clock} clock
 * @returns {{svg: string, canvas: Canvas}}
 */
export function draw({ data, layout: given }, { width, height }, clock) {
  const layout = fitted(given, width);
  const canvas = canvasOf(layout, width, height);
  const shapes = layout.shapes || [];
  const areas = shapes.filter(({ type }) => type === "rect");
  const inner = [
    valueAxis(layout.yaxis || {}, canvas),
    timeAxis(layout.xaxis || {}, canvas, clock),
    ...areas.filter(({ layer }) => layer !== "above").map((shape) => firingArea(shape, canvas)),
    clip(
      stack(data).map((trace) => marks(trace, canvas)),
      canvas,
    ),
    ...areas.filter(({ layer }) => layer === "above").map((shape) => firingFrame(shape, canvas)),
    ...shapes
      .filter(({ type }) => type !== "rect")
      .map((shape) => (shape.xref === "x" ? markLine : thresholdLine)(shape, canvas)),
    ...data.filter(({ type }) => type === "bar").map((trace) => barTexts(trace, canvas)),
    ...(layout.annotations || []).map((note) => annotation(note, canvas)),
  ].join("");
  const frame = `class="figure" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${frame} font-family="${FONT}" font-size="12">${inner}</svg>`;
  return { svg, canvas };
}

/**
 * Clip marks to the plot. A nested <svg> clips without an id, which would have to be unique on the page.
 * @param {string[]} drawn
 * @param {Canvas} canvas
 */
function clip(drawn, { place: { left, top, right, bottom } }) {
  const box = `x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"`;
  const view = `viewBox="${left} ${top} ${right - left} ${bottom - top}"`;
  return `<svg ${box} ${view} fill="none" stroke-linejoin="round">${drawn.join("")}</svg>`;
}
