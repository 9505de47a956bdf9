/* Numbers as people read them: three significant digits, fewer below one, the unit chosen by size. The same tables and the same rules as
   panels/units.py, which a test compares with this. */

import table from "../../panels/units.json" with { type: "json" };

/** @typedef {{size: number, name: string, from?: number}} ScaleUnit */
/** @typedef {{kind: string, suffix?: string, symbol?: string, factor?: number, least?: number}} Rule */

/** @type {Record<string, Rule>} */
const RULES = { ...table.units };

/**
 * Take over the rules of units that only some boards use, as an answer brings them.
 * @param {Record<string, Rule>} [rules]
 */
export function learn(rules = {}) {
  Object.assign(RULES, rules);
}

/**
 * A number with its unit, "–" for none: write(1240, "requests/s") is "1.24k req/s".
 * @param {number | null | undefined} value
 * @param {string | undefined} unit a value of panels.spec.Unit
 */
export function write(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return table.missing;
  const [number, name] = split(value, RULES[unit || "count"] || RULES.count);
  if (!name) return number;
  return number + (name.startsWith("/") ? "" : " ") + name;
}

/**
 * @param {number} number
 * @param {Rule} rule
 * @returns {[string, string]}
 */
function split(number, rule) {
  const { kind, suffix = "", symbol = "", factor = 1, least = 0 } = rule;
  const value = number * factor;
  if (!Number.isFinite(value)) return [value > 0 ? "∞" : "-∞", ""];
  if (kind === "duration") return duration(value);
  if (kind === "bytes") return bytes(value, suffix);
  if (kind === "si") return measure(value, suffix);
  if (kind === "money") return [money(value, symbol), suffix];
  if (kind === "percent") return [percent(value), "%"];
  if (!least) return [count(value, precisionOf(value)), suffix];
  return [count(Math.abs(value) < least * 1000 ? roundToEven(value / least) * least : value), suffix];
}

/**
 * The number in the largest unit it reaches; 999.7 is 1k, so that four digits are never shown.
 * @param {number} value
 * @param {ScaleUnit[]} scale
 * @returns {[string, string]}
 */
function scaled(value, scale, precision = table.digits) {
  let unit = scale[0];
  for (const larger of scale.slice(1)) {
    if (Math.abs(rounded(value / unit.size, precision)) >= 1000) unit = larger;
  }
  return [digits(value / unit.size, precision), unit.name];
}

/** @param {number} value */
const count = (value, precision = table.digits) => scaled(value, table.scales.counts, precision).join("");

/** Significant digits that a count or a percentage of this size needs. @param {number} value */
const precisionOf = (value) => table.fractions.find(({ below }) => Math.abs(value) < below)?.digits ?? table.digits;

/**
 * @param {number} value
 * @param {string} suffix
 * @returns {[string, string]}
 */
function bytes(value, suffix) {
  const [number, name] = scaled(value, table.scales.bytes);
  return [number, name + suffix];
}

/**
 * A duration in the unit that suits its size: 119 s, then 2 min.
 * @param {number} seconds
 * @returns {[string, string]}
 */
function duration(seconds) {
  const size = Math.abs(rounded(seconds));
  if (size === 0) return ["0", "ms"];
  const units = table.scales.seconds;
  const unit = [...units].reverse().find(({ from }) => size >= from) || units[0];
  return [digits(seconds / unit.size), unit.name];
}

/**
 * Close below 100 it is cut, never rounded up: 99.95 stays 99.9, not 100.
 * @param {number} value
 */
function percent(value) {
  if (value > 99 && value < 100) return fixed(Math.floor(value * 10 + 1e-9) / 10, 1).replace(/\.0$/, "");
  return digits(value, precisionOf(value));
}

/**
 * Money: cents below 100 ($12.40), three significant digits throughout.
 * @param {number} value
 * @param {string} symbol
 */
function money(value, symbol) {
  const sign = value < 0 ? "-" : "";
  const size = Math.abs(rounded(value));
  if (size === 0) return `${symbol}0`;
  if (size < 0.01) return `${sign}${symbol}${digits(size, 2)}`;
  return `${sign}${symbol}${size < 100 ? fixed(size, 2) : count(size)}`;
}

/**
 * A measure with the prefix that suits its size: 340 mW, then 1.24 kW.
 * @param {number} value
 * @param {string} suffix
 * @returns {[string, string]}
 */
function measure(value, suffix) {
  if (rounded(value) === 0) return ["0", suffix];
  const [number, prefix] = scaled(value, table.scales.si);
  return [number, prefix + suffix];
}

/**
 * At most so many significant digits, no exponent, no trailing zeros.
 * @param {number} value
 */
function digits(value, precision = table.digits) {
  const short = rounded(value, precision);
  if (short === 0) return "0";
  const decimals = Math.max(0, precision - 1 - exponentOf(short));
  const text = fixed(short, Math.min(decimals, 12));
  const trimmed = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return trimmed === "-0" ? "0" : trimmed;
}

/**
 * A number to so many significant digits, a tie to the even digit.
 * @param {number} value
 */
function rounded(value, precision = table.digits) {
  if (value === 0 || !Number.isFinite(value)) return value;
  const [head, exponent] = roundedDigits(value, precision);
  return Math.sign(value) * Number(`${head}e${exponent}`);
}

/**
 * A number with so many decimals, a tie to the even digit; Number.toFixed rounds a tie up, Python to the even digit.
 * @param {number} value
 * @param {number} decimals
 */
function fixed(value, decimals) {
  if (Math.abs(value) >= WHOLE) return String(BigInt(value));
  const places = exponentOf(value) + 1 + decimals;
  if (value === 0 || places < 0) return (0 * value).toFixed(decimals);
  const [head, exponent] = roundedDigits(value, places);
  return (Math.sign(value) * Number(`${head}e${exponent}`)).toFixed(decimals);
}

const WHOLE = 1e21; // from here on doubles are whole, and toFixed writes an exponent
const EXACT = 60; // digits after which no double goes on that is close to a tie

/** @param {number} value */
const exponentOf = (value) => Number(value.toExponential(EXACT).split("e")[1]);

/**
 * The first significant digits of a number as an integer, and the exponent of ten that it is to be multiplied by.
 * @param {number} value
 * @param {number} places
 * @returns {[string, number]}
 */
function roundedDigits(value, places) {
  const [mantissa, exponent] = Math.abs(value).toExponential(EXACT).split("e");
  const all = mantissa.replace(".", "");
  const head = BigInt(all.slice(0, places) || "0");
  const tie = `5${"0".repeat(all.length - places - 1)}`;
  const rest = all.slice(places);
  const up = rest > tie || (rest === tie && head % 2n === 1n);
  return [String(up ? head + 1n : head), Number(exponent) - places + 1];
}

/** @param {number} value */
const roundToEven = (value) => {
  const down = Math.floor(value);
  const part = value - down;
  if (part !== 0.5) return part < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
};
