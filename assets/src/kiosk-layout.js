/* How the bands of panels of a wall stand on screens and in columns. Pure functions; nothing here knows the page. */

/** Pixels between panels. */
export const GAP = 12;
/** Pixels that twelve columns need: a table of four columns does not become a list. */
export const MIN_WIDTH = 1200;
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
 * Bands in `count` parts at most, in order, so that the highest part is as low as can be.
 * @template {Band} Item
 * @param {Item[]} bands
 * @param {number} count
 * @returns {Item[][]}
 */
export function split(bands, count) {
  const limits = bands.flatMap((_, start) => bands.slice(start).map((_, more) => sliceHeight(bands, start, more)));
  const byHeight = [...new Set(limits)].sort((left, right) => left - right);
  for (const limit of byHeight) {
    const parts = fill(bands, (part) => totalHeight(part) <= limit);
    if (parts.length <= count && maxHeight(parts) <= limit) return parts;
  }
  return [bands];
}

/**
 * @param {Band[]} bands
 * @param {number} start
 * @param {number} more bands after the first
 */
const sliceHeight = (bands, start, more) => totalHeight(bands.slice(start, start + more + 1));

/**
 * Parts of consecutive bands, each with as many as fit it, and one at least.
 * @template {Band} Item
 * @param {Item[]} bands
 * @param {(part: Item[]) => boolean} isFitting
 */
function fill(bands, isFitting) {
  /** @type {Item[][]} */
  const parts = [];
  for (const band of bands) {
    const last = parts[parts.length - 1];
    if (last && isFitting([...last, band])) last.push(band);
    else parts.push([band]);
  }
  return parts;
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

/**
 * The bands of each screen: as few screens as let every one of them have at least the smallest scale.
 * @template {Band} Item
 * @param {Item[]} bands at least one
 * @param {number} width of the screen in pixels
 * @param {number} height
 * @param {number} minScale
 * @returns {Item[][]}
 */
export function splitScreens(bands, width, height, minScale) {
  const isLegible = (/** @type {Item[]} */ screen) => bestColumns(screen, width, height).scale >= minScale;
  const filled = fill(bands, isLegible);
  const balanced = split(bands, filled.length);
  return balanced.every(isLegible) ? balanced : filled;
}
