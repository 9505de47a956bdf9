/* How the bands of panels of a wall stand in columns. Pure functions; nothing here knows the page. */

/** Pixels between panels. */
export const GAP = 12;
/** Pixels that twelve columns need. */
export const MIN_WIDTH = 960;
const MAX_COLUMNS = 3;
const MIN_GAIN = 1.02; // by which the scale must grow to be worth another column

/** A row of panels as far as its place matters. @typedef {{height: number}} Band */

/**
 * The height of bands below each other.
 * @param {Band[]} bands
 */
export const totalHeight = (bands) => bands.reduce((sum, band) => sum + band.height + GAP, -GAP);

/**
 * The height of the highest column.
 * @param {Band[][]} columns
 */
const maxHeight = (columns) => Math.max(...columns.map(totalHeight));

/**
 * Bands in `count` columns, in order, so that the highest column is as low as can be.
 * @template {Band} Item
 * @param {Item[]} bands
 * @param {number} count
 * @returns {Item[][]}
 */
export function split(bands, count) {
  if (count === 1 || bands.length === 1) return [bands];
  const candidates = bands
    .slice(1)
    .map((_, index) => [bands.slice(0, index + 1), ...split(bands.slice(index + 1), count - 1)]);
  return candidates.reduce((best, columns) => (maxHeight(columns) < maxHeight(best) ? columns : best));
}

/**
 * The columns that fill a screen at the largest scale.
 * @template {Band} Item
 * @param {Item[]} bands at least one
 * @param {number} width of the screen in pixels
 * @param {number} height
 */
export function bestColumns(bands, width, height) {
  const scaleOf = (/** @type {Item[][]} */ columns) =>
    Math.min(height / maxHeight(columns), width / (columns.length * (MIN_WIDTH + GAP) - GAP));
  let best = { columns: [bands], scale: scaleOf([bands]) };
  for (let count = 2; count <= Math.min(MAX_COLUMNS, bands.length); count += 1) {
    const columns = split(bands, count);
    const scale = scaleOf(columns);
    if (scale > best.scale * MIN_GAIN) best = { columns, scale };
  }
  return best;
}
