/* Where values lie in a chart: linear maps between values and pixels. Pure functions. */

/**
 * A linear map from [low, high] to [start, end] in pixels.
 * @typedef {{low: number, high: number, start: number, end: number, factor: number}} Scale
 */

/**
 * The plot of a chart inside its picture, in pixels.
 * @typedef {{left: number, top: number, right: number, bottom: number}} Place
 */

/**
 * Both scales. On a logarithmic axis `y` takes the log10.
 * @typedef {{x: Scale, y: Scale, isLog: boolean, isTime: boolean, place: Place}} Canvas
 */

/**
 * @param {number} low
 * @param {number} high
 * @param {number} start
 * @param {number} end
 * @returns {Scale}
 */
export const scaleOf = (low, high, start, end) => ({
  low,
  high,
  start,
  end,
  factor: (end - start) / (high - low || 1),
});

/** The pixel of a value. @param {Scale} scale @param {number} value */
export const pixel = ({ low, start, factor }, value) => start + (value - low) * factor;

/** The value at a pixel. @param {Scale} scale @param {number} place */
export const valueAt = ({ low, start, factor }, place) => low + (place - start) / factor;

/** The height of a value in pixels; NaN where there is none. @param {Canvas} canvas @param {number} value */
export const heightOf = ({ y, isLog }, value) => pixel(y, isLog ? (value > 0 ? Math.log10(value) : Number.NaN) : value);

/**
 * The plot and the scales of a layout in a picture of that size.
 * @param {PlotLayout} layout
 * @param {number} width pixels
 * @param {number} height
 * @returns {Canvas}
 */
export function canvasOf({ margin = {}, xaxis = {}, yaxis = {} }, width, height) {
  const { l: left = 48, t: top = 8, r = 12, b = 24 } = margin;
  const place = { left, top, right: Math.max(width - r, left + 1), bottom: Math.max(height - b, top + 1) };
  const [low, high] = (xaxis.range || [0, 1]).map(Number);
  const [bottom, highest] = (yaxis.range || [0, 1]).map(Number);
  return {
    x: scaleOf(low, high, place.left, place.right),
    y: scaleOf(bottom, highest, place.bottom, place.top),
    isLog: yaxis.type === "log",
    isTime: xaxis.type === "date",
    place,
  };
}
