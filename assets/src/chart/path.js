/* Lines and areas as SVG paths, the same as panels/svg_marks.py writes. Pure functions. */

/** @typedef {{x: Float64Array, y: Float64Array}} Points pixels; NaN in `y` is a gap */

const PIXELS_PER_SAMPLE = 4;

/**
 * First index and one past the last of each part without a gap.
 * @param {Float64Array} y
 * @returns {[number, number][]}
 */
export function parts(y) {
  /** @type {[number, number][]} */
  const found = [];
  let first = -1;
  for (let index = 0; index <= y.length; index += 1) {
    const isHere = index < y.length && !Number.isNaN(y[index]);
    if (isHere && first < 0) first = index;
    if (isHere || first < 0) continue;
    found.push([first, index]);
    first = -1;
  }
  return found;
}

/** A line with its gaps. @param {Points} points */
export const linePath = ({ x, y }) =>
  parts(y)
    .map(([first, last]) => stroke(x.subarray(first, last), y.subarray(first, last)))
    .join("");

/**
 * Each part without a gap, closed along the floor.
 * @param {Points} points
 * @param {Float64Array} floor pixels
 */
export const areaPath = ({ x, y }, floor) =>
  parts(y)
    .map(([first, last]) => {
      const across = x.slice(first, last);
      const line = stroke(
        joined(across, across.slice().reverse()),
        joined(y.slice(first, last), back(floor, first, last)),
      );
      return `${line}z`;
    })
    .join("");

/** @param {Float64Array} floor @param {number} first @param {number} last */
const back = (floor, first, last) => floor.slice(first, last).reverse();

/** @param {Float64Array} head @param {Float64Array} tail */
function joined(head, tail) {
  const both = new Float64Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both;
}

/**
 * Relative steps of a tenth of a pixel: a third shorter than absolute coordinates.
 * @param {Float64Array} x
 * @param {Float64Array} y
 */
function stroke(x, y) {
  let [left, top] = [Math.round(x[0] * 10), Math.round(y[0] * 10)];
  let moves = "";
  for (let index = 1; index < x.length; index += 1) {
    const [right, bottom] = [Math.round(x[index] * 10), Math.round(y[index] * 10)];
    moves += step(right - left) + step(bottom - top);
    [left, top] = [right, bottom];
  }
  const start = `M${Math.round(x[0] * 10) / 10} ${Math.round(y[0] * 10) / 10}`;
  return moves ? `${start}l${moves.trimStart()}` : start;
}

/** Tenths as a number; a minus sign replaces the separator. @param {number} tenths */
const step = (tenths) => (tenths < 0 ? `${tenths / 10}` : ` ${tenths / 10}`);

/**
 * The lowest and the highest sample of each four pixels, if there are more samples than pixels can show.
 * @param {Points} points
 * @param {number} pixels width of the plot
 * @returns {Points}
 */
export function thin({ x, y }, pixels) {
  const size = Math.floor(x.length / Math.max(pixels / PIXELS_PER_SAMPLE, 1));
  if (size <= 2) return { x, y };
  const count = Math.ceil(x.length / size);
  const [base, longer] = [Math.floor(x.length / count), x.length % count];
  const kept = new Set([0, x.length - 1]);
  for (let part = 0, first = 0; part < count; part += 1) {
    const last = first + base + (part < longer ? 1 : 0);
    for (const index of extremes(y, first, last)) kept.add(index);
    first = last;
  }
  const order = [...kept].sort((a, b) => a - b);
  return { x: Float64Array.from(order, (index) => x[index]), y: Float64Array.from(order, (index) => y[index]) };
}

/**
 * Indices of the lowest and the highest sample, and of the first gap.
 * @param {Float64Array} y
 * @param {number} first
 * @param {number} last
 */
function extremes(y, first, last) {
  let [low, high, gap] = [-1, -1, -1];
  for (let index = first; index < last; index += 1) {
    if (Number.isNaN(y[index])) {
      if (gap < 0) gap = index;
      continue;
    }
    if (low < 0 || y[index] < y[low]) low = index;
    if (high < 0 || y[index] > y[high]) high = index;
  }
  return [low, high, gap].filter((index) => index >= 0);
}
