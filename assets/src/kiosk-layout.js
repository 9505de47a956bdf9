/* How the bands of panels of a wall stand on screens and in columns. Pure functions; nothing here knows the page. */

/** Pixels between panels. */
export const GAP = 12;
/** Pixels that twelve columns need: a table of four columns does not become a list. */
export const MIN_WIDTH = 1200;
/** Columns of the grid. */
export const COLUMNS = 12;
const MAX_COLUMNS = 3;
const CHART_SPAN = 4; // of the grid: three charts beside each other are as wide as their legends
const TABLE_SPAN = 6;
const NARROW_TABLE = 5; // columns of a table that half a screen holds
const LOOK_AHEAD = 3; // panels that may pass one that does not fit the rest of a row
const MIN_GAIN = 1.02; // by which the scale must grow to be worth another column

/** A row of panels as far as its place matters. @typedef {{height: number}} Band */

/**
 * A panel as far as its place matters: its `span` in columns of the grid, the columns of its table, the height that it
 * needs, and whether something about it is wrong.
 * @typedef {object} Item
 * @property {"tile" | "chart" | "table" | "list"} kind
 * @property {number} span
 * @property {number} columns
 * @property {number} height
 * @property {boolean} isWorrying
 */

/**
 * The span of a panel on a wall that has to hold many.
 * @param {Item} item
 */
function denseSpan({ kind, span, columns }) {
  if (kind === "chart") return Math.min(span, CHART_SPAN);
  return kind === "table" && columns <= NARROW_TABLE ? Math.min(span, TABLE_SPAN) : span;
}

/**
 * Rows of panels as the grid would place them.
 * @template {Item} Panel
 * @param {Panel[]} items
 * @returns {Panel[][]}
 */
export function gridRows(items) {
  /** @type {Panel[][]} */
  const rows = [];
  let left = 0;
  for (const item of items) {
    if (!rows.length || left + item.span > COLUMNS) {
      rows.push([]);
      left = 0;
    }
    rows[rows.length - 1].push(item);
    left += item.span;
  }
  return rows;
}

/**
 * Rows of panels that are as narrow as is legible. A panel may pass a few that do not fit, and a row is filled.
 * @template {Item} Panel
 * @param {Panel[]} items
 * @returns {Panel[][]}
 */
export function denseRows(items) {
  const rest = items.map((item) => ({ ...item, span: denseSpan(item) }));
  const rows = [];
  while (rest.length) {
    const row = rest.splice(0, 1);
    let left = COLUMNS - row[0].span;
    for (let index = 0; index < Math.min(rest.length, LOOK_AHEAD) && left > 0; ) {
      if (rest[index].span > left) index += 1;
      else {
        const [next] = rest.splice(index, 1);
        row.push(next);
        left -= next.span;
      }
    }
    const stretch = COLUMNS / (COLUMNS - left);
    rows.push(row.map((item) => ({ ...item, span: item.span * stretch })));
  }
  return rows;
}

/**
 * As many panels as fit, in their order: those with something wrong come first, then those at the top of the board.
 * @template {Item} Panel
 * @param {Panel[]} items
 * @param {(chosen: Panel[]) => boolean} isFitting
 * @returns {Panel[]}
 */
export function mostImportant(items, isFitting) {
  const ranked = [...items.filter((item) => item.isWorrying), ...items.filter((item) => !item.isWorrying)];
  const first = (/** @type {number} */ count) => {
    const chosen = new Set(ranked.slice(0, count));
    return items.filter((item) => chosen.has(item));
  };
  let [fitting, tooMany] = [1, items.length + 1];
  while (tooMany - fitting > 1) {
    const count = Math.floor((fitting + tooMany) / 2);
    if (isFitting(first(count))) fitting = count;
    else tooMany = count;
  }
  return first(fitting);
}

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
