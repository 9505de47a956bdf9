/* The axes of a chart, its threshold lines and its texts as SVG. */

import { escapeText, paint, plainText, tenth } from "./paint.js";
import { pixel } from "./scale.js";
import { timeTicks } from "./ticks.js";

/** @typedef {import("./scale.js").Canvas} Canvas */
/** How instants are written, and how far the viewer's zone is ahead of UTC at one, in ms.
 * @typedef {{offsetAt: (ms: number) => number, text: (ms: number, form: import("./ticks.js").TickForm) => string}} Clock */

const TEXT_GAP = 6; // pixels between the plot and the texts of its axis
const HALF_TEXT = 4;
const HALF_CHARACTER = 3.2;
const BELOW = 17;
/** Pixels from a value to the baseline of its text. */
const SHIFTS = /** @type {Record<string, number>} */ ({ middle: HALF_TEXT, top: 12 });

/**
 * Ticks on the left, with a grid line at each unless the figure disables them.
 * @param {PlotAxis} axis
 * @param {Canvas} canvas
 */
export function valueAxis({ tickvals = [], ticktext = [], showgrid = true }, { y, isLog, place }) {
  const ticks = tickvals.slice(0, ticktext.length).map((value, index) => {
    const top = pixel(y, isLog ? Math.log10(Number(value)) : Number(value));
    return { top, text: plainText(String(ticktext[index])) };
  });
  const inside = ticks.filter(({ top }) => top >= place.top - 1 && top <= place.bottom + 1);
  const lines = inside.map(({ top }) => `M${place.left} ${tenth(top)}H${place.right}`);
  const texts = inside.map(
    ({ top, text }) => `<text x="${place.left - TEXT_GAP}" y="${tenth(top + HALF_TEXT)}">${escapeText(text)}</text>`,
  );
  const grid = `<path d="${lines.join("")}" ${paint("stroke", "var(--grid)")}/>`;
  const names = `<g text-anchor="end" ${paint("fill", "var(--text-2)")}>${texts.join("")}</g>`;
  return (showgrid && lines.length ? grid : "") + names;
}

/**
 * @param {PlotAxis} axis
 * @param {Canvas} canvas
 * @param {Clock} clock
 */
export function timeAxis(axis, { x, isTime, place }, clock) {
  if (!isTime || axis.visible === false) return "";
  const { instants, form } = timeTicks(x.low, x.high, place.right - place.left, clock.offsetAt);
  const texts = instants.map((instant, index) => {
    const text = clock.text(instant, form);
    const [half, middle] = [HALF_CHARACTER * text.length, pixel(x, instant)];
    const left = index
      ? Math.min(Math.max(middle, place.left + half), place.right + 10 - half)
      : Math.max(middle, place.left);
    return `<text x="${tenth(left)}" y="${place.bottom + BELOW}" data-t="${instant}">${escapeText(text)}</text>`;
  });
  return `<g text-anchor="middle" ${paint("fill", "var(--text-2)")}>${texts.join("")}</g>`;
}

/**
 * A threshold line across the plot.
 * @param {PlotShape} shape
 * @param {Canvas} canvas
 */
export function thresholdLine({ y0 = 0, line }, { y, isLog, place }) {
  const top = pixel(y, isLog ? Math.log10(y0) : y0);
  if (top < place.top || top > place.bottom) return "";
  return `<path d="M${place.left} ${tenth(top)}H${place.right}" ${paint("stroke", line?.color || "")} stroke-dasharray="5 4"/>`;
}

/**
 * The shaded span of a firing, which tells its title.
 * @param {PlotShape} shape
 * @param {Canvas} canvas
 */
export function firingArea({ x0 = 0, x1 = 0, fillcolor = "", opacity = 1, name = "" }, { x, place }) {
  const [left, right] = [tenth(pixel(x, Number(x0))), tenth(pixel(x, Number(x1)))];
  const look = `${paint("fill", fillcolor)} fill-opacity="${opacity}"`;
  const path = `<path d="M${left} ${place.top}H${right}V${place.bottom}H${left}Z" ${look}/>`;
  return `<g class="firing"><title>${escapeText(name)}</title>${path}</g>`;
}

/**
 * The span of a firing over the cells of a heatmap, as a frame inside of the plot.
 * @param {PlotShape} shape
 * @param {Canvas} canvas
 */
export function firingFrame({ x0 = 0, x1 = 0, line, name = "" }, { x, place }) {
  const width = line?.width || 0;
  const half = width / 2;
  const [left, right] = [tenth(pixel(x, Number(x0)) + half), tenth(pixel(x, Number(x1)) - half)];
  const look = `${paint("stroke", line?.color || "")} stroke-width="${width}" fill="none"`;
  const path = `<path d="M${left} ${place.top + half}H${right}V${place.bottom - half}H${left}Z" ${look}/>`;
  return `<g class="firing"><title>${escapeText(name)}</title>${path}</g>`;
}

/**
 * The vertical line of a mark, such as a deployment, which tells its title.
 * @param {PlotShape} shape
 * @param {Canvas} canvas
 */
export function markLine({ x0 = 0, line, name = "" }, { x, place }) {
  const left = tenth(pixel(x, Number(x0)));
  const path = `<path d="M${left} ${place.top}V${place.bottom}" ${paint("stroke", line?.color || "")} stroke-dasharray="2 3"/>`;
  return `<g><title>${escapeText(name)}</title>${path}</g>`;
}

/**
 * A text beside or above a value at the plot's right end, or above the plot.
 * @param {PlotAnnotation} note
 * @param {Canvas} canvas
 */
export function annotation({ y: value, yref, yanchor, xanchor, xshift = 0, font = {}, text }, { y, place }) {
  const middle = yref === "paper" ? place.top : pixel(y, Number(value));
  if (middle < place.top - 1 || middle > place.bottom + 1) return "";
  const top = middle + (SHIFTS[yanchor || ""] ?? -3);
  const isInside = xanchor === "right";
  const left = isInside ? place.right - 2 : place.right + xshift;
  const look = paint("fill", font.color || "var(--text-2)");
  return (
    `<text x="${left}" y="${tenth(top)}" text-anchor="${isInside ? "end" : "start"}" ` +
    `font-size="${font.size || 12}" ${look}>${escapeText(plainText(String(text)))}</text>`
  );
}
