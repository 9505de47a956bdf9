/* Ranges that gestures on a chart stand for. Pure functions. */

import { valueAt } from "./scale.js";

/** @typedef {import("./scale.js").Scale} Scale */
/** @typedef {[number, number]} Range epoch seconds */

const MIN_RANGE = 60; // seconds that can be zoomed into

/**
 * The range between two places of the time axis; null where it is too short to show anything.
 * @param {Scale} scale from epoch ms to pixels
 * @param {number} first pixels
 * @param {number} second
 * @returns {Range | null}
 */
export function draggedRange(scale, first, second) {
  const [left, right] = [first, second].map((x) => Math.min(scale.end, Math.max(scale.start, x))).sort((a, b) => a - b);
  return longEnough([valueAt(scale, left), valueAt(scale, right)]);
}

/**
 * The range after two fingers have moved: the instants below them stay below them.
 * @param {Scale} scale
 * @param {[number, number]} before pixels of both fingers
 * @param {[number, number]} after
 * @returns {Range | null}
 */
export function pinchedRange(scale, before, after) {
  const [first, second] = before.map((x) => valueAt(scale, x));
  if (Math.abs(after[1] - after[0]) < 1) return null;
  const perPixel = (second - first) / (after[1] - after[0]);
  if (!(perPixel > 0)) return null; // the fingers have crossed
  const start = first - (after[0] - scale.start) * perPixel;
  return longEnough([start, start + (scale.end - scale.start) * perPixel]);
}

/** @param {[number, number]} range epoch ms @returns {Range | null} */
function longEnough([start, end]) {
  const [from, to] = [Math.round(start / 1000), Math.round(end / 1000)];
  return to - from < MIN_RANGE ? null : [from, to];
}

/**
 * Where the crosshair goes by a key; null for other keys.
 * @param {string} key
 * @param {{time: number, step: number, start: number, end: number}} place epoch ms
 * @param {boolean} isFar ten steps
 */
export function steppedTime(key, { time, step, start, end }, isFar) {
  const size = step * (isFar ? 10 : 1);
  if (key === "ArrowLeft") return Math.max(start, time - size);
  if (key === "ArrowRight") return Math.min(end, time + size);
  if (key === "Home") return start;
  return key === "End" ? end : null;
}
