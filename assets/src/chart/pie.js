/* A ring of parts, clockwise from the top, with its sum in the middle; the same as panels/svg_pie.py draws. */

import { numbers } from "./columns.js";
import { escapeText, paint, plainText, tenth } from "./paint.js";

/** @typedef {import("./scale.js").Canvas} Canvas */

const ROUND = 2 * Math.PI;
const SUM_SIZE = 16; // pixels of its text
const SUM_SHIFT = 5.5; // from the middle to the baseline
const ALMOST = 0.9999; // an arc of a whole circle has no end

/**
 * Where each part begins and ends, in turns from the top.
 * @param {PlotTrace} trace
 * @returns {[number, number][]}
 */
function turns({ values = [] }) {
  const parts = numbers(values);
  const whole = parts.reduce((sum, value) => sum + value, 0) || 1;
  let end = 0;
  return Array.from(parts, (value) => {
    const start = end;
    end += value / whole;
    return [start, end];
  });
}

/** @param {Canvas} canvas */
const centreOf = ({ place: { left, right, top, bottom } }) => ({
  x: (left + right) / 2,
  y: (top + bottom) / 2,
  radius: Math.min(right - left, bottom - top) / 2,
});

/**
 * The ring as SVG.
 * @param {PlotTrace} trace
 * @param {Canvas} canvas
 */
export function pie(trace, canvas) {
  const centre = centreOf(canvas);
  const { hole = 0, title } = trace;
  const edge = `${paint("stroke", "var(--surface)")} stroke-width="2"`;
  const parts = turns(trace).map(([start, end], index) => {
    if (end <= start) return "";
    return `<path d="${partPath(centre, hole, start, end)}" ${paint("fill", trace.marker?.colors?.[index] || "")} ${edge}/>`;
  });
  const look = `text-anchor="middle" font-size="${SUM_SIZE}" ${paint("fill", "var(--text)")}`;
  const text = escapeText(plainText(title?.text || ""));
  return `${parts.join("")}<text x="${tenth(centre.x)}" y="${tenth(centre.y + SUM_SHIFT)}" ${look}>${text}</text>`;
}

/**
 * @param {ReturnType<typeof centreOf>} centre
 * @param {number} hole
 * @param {number} start in turns
 * @param {number} stop
 */
function partPath({ x, y, radius }, hole, start, stop) {
  const end = Math.min(stop, start + ALMOST);
  const isLarge = Number(end - start > 0.5);
  const point = (/** @type {number} */ length, /** @type {number} */ turn) =>
    `${tenth(x + length * Math.sin(turn * ROUND))} ${tenth(y - length * Math.cos(turn * ROUND))}`;
  const [outer, inner] = [tenth(radius), tenth(radius * hole)];
  return (
    `M${point(radius, start)}A${outer} ${outer} 0 ${isLarge} 1 ${point(radius, end)}` +
    `L${point(radius * hole, end)}A${inner} ${inner} 0 ${isLarge} 0 ${point(radius * hole, start)}z`
  );
}

/**
 * The number of the part at a place of the picture; -1 in the hole and outside.
 * @param {PlotTrace} trace
 * @param {Canvas} canvas
 * @param {{x: number, y: number}} place pixels
 */
export function partAt(trace, canvas, place) {
  const { x, y, radius } = centreOf(canvas);
  const [across, down] = [place.x - x, place.y - y];
  const distance = Math.hypot(across, down);
  if (distance > radius || distance < radius * (trace.hole || 0)) return -1;
  const turn = (Math.atan2(across, -down) / ROUND + 1) % 1;
  return turns(trace).findIndex(([start, end]) => turn >= start && turn < end);
}
