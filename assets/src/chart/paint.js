/* Colours and numbers as SVG attributes. Colours stay `var(--token)`, so that a change of theme needs no drawing. */

const COLOUR = /^var\((--[\w-]+)\)(?:\/([\d.]+))?$/;
const ESCAPES = /** @type {Record<string, string>} */ ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" });

/** Text as HTML. @param {unknown} text */
export const escapeText = (text) => String(text).replace(/[&<>"]/g, (mark) => ESCAPES[mark]);

/** The names of rows are HTML in a figure. @param {string} html */
export const plainText = (html) => html.replace(/&(lt|gt|quot|#x27|amp);/g, (entity) => ENTITIES[entity]);
const ENTITIES = /** @type {Record<string, string>} */ ({
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
  "&amp;": "&",
});

/**
 * The token of a colour such as `var(--good)/0.5`, and its opacity.
 * @param {string} colour
 * @returns {[string, number]}
 */
function parse(colour) {
  const match = COLOUR.exec(colour);
  return match ? [`var(${match[1]})`, Number(match[2] || 1)] : [colour, 1];
}

/** The colour without its opacity. @param {string} colour */
export const opaque = (colour) => parse(colour)[0];

/**
 * `fill` or `stroke` in a token's colour, with its opacity.
 * @param {"fill" | "stroke"} attribute
 * @param {string} colour
 */
export function paint(attribute, colour) {
  const [value, alpha] = parse(colour);
  return `${attribute}="${value}"${alpha < 1 ? ` ${attribute}-opacity="${alpha}"` : ""}`;
}

/**
 * A mix of two colours; `share` (0 to 1) is the weight of `high`.
 * @param {string} low
 * @param {string} high
 * @param {number} share
 */
export function mix(low, high, share) {
  const [first, second] = [opaque(low), opaque(high)];
  if (share <= 0 || first === second) return first;
  return share >= 1 ? second : `color-mix(in srgb, ${second} ${Math.round(share * 100)}%, ${first})`;
}

/** Pixels with one decimal. @param {number} value */
export const tenth = (value) => value.toFixed(1);
