/* Times as people read them, in the zone the viewer chose; numbers come formatted from the server. */

import * as serverClock from "./clock.js";
import { selectAll } from "./dom.js";
import * as urlState from "./url-state.js";

const DAY = 86400000;
/** @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map();
/** Names of zones by what an address has written; undefined for those that the browser does not know.
 * @type {Map<string, string | undefined>} */
const zones = new Map([["utc", "UTC"]]);

/** The zone that the address names, `utc` or one of the IANA list; undefined for that of the browser. */
function zone() {
  const text = urlState.params().get("tz");
  if (!text) return undefined;
  if (!zones.has(text)) zones.set(text, knownZone(text));
  return zones.get(text);
}

/** @param {string} text */
function knownZone(text) {
  try {
    return new Intl.DateTimeFormat(undefined, { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds to add to UTC at an instant so that a UTC axis shows the viewer's clock.
 * @param {number} ms epoch
 */
export function offset(ms) {
  const name = zone();
  if (name === "UTC") return 0;
  return name ? zoneOffset(ms) : -new Date(ms).getTimezoneOffset() * 60000;
}

/** The same for a zone by name, whose clock only its texts tell. @param {number} ms */
function zoneOffset(ms) {
  const whole = Math.floor(ms / 1000) * 1000;
  /** @type {Record<string, number>} */
  const fields = {};
  for (const { type, value } of formatter(ALL_FIELDS, "en-US").formatToParts(whole)) fields[type] = Number(value);
  const { year, month, day: date, hour, minute, second } = fields;
  return Date.UTC(year, month - 1, date, hour, minute, second) - whole;
}

/**
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} [locale]
 */
function formatter(options, locale) {
  const timeZone = zone();
  const key = `${timeZone || ""}${locale || ""}${JSON.stringify(options)}`;
  const known = formatters.get(key) || new Intl.DateTimeFormat(locale, { hourCycle: "h23", timeZone, ...options });
  formatters.set(key, known);
  return known;
}

/**
 * @param {number} ms
 * @param {Intl.DateTimeFormatOptions} options
 */
const format = (ms, options) => formatter(options).format(new Date(ms));

/** @type {Intl.DateTimeFormatOptions} */
const HOUR = { hour: "2-digit", minute: "2-digit" };
/** @type {Intl.DateTimeFormatOptions} */
const DATE = { day: "numeric", month: "short" };

/** @type {Intl.DateTimeFormatOptions} */
const ALL_FIELDS = { year: "numeric", month: "numeric", day: "numeric", ...HOUR, second: "numeric" };

/** Time to the second. @param {number} ms */
export const clock = (ms) => format(ms, { ...HOUR, second: "2-digit" });
/** Weekday, day and time. @param {number} ms */
export const full = (ms) => format(ms, { weekday: "short", ...DATE, ...HOUR, second: "2-digit" });
/** Day and month. @param {number} ms */
export const day = (ms) => withoutWeekday(full(ms)).replace(/,?\s*\d\d:\d\d:\d\d.*$/, "");
/** Time, with the day when it is not recent. @param {number} ms */
export const short = (ms) => format(ms, isRecent(ms) ? HOUR : { ...DATE, ...HOUR });
/** @type {Record<import("./chart/ticks.js").TickForm, Intl.DateTimeFormatOptions>} */
const TICKS = { second: { ...HOUR, second: "2-digit" }, minute: HOUR, "day-minute": { ...DATE, ...HOUR }, day: DATE };
/** A tick of a time axis. @param {number} ms @param {import("./chart/ticks.js").TickForm} form */
export const tickText = (ms, form) => format(ms, TICKS[form]);

/** @param {number} ms */
const isRecent = (ms) => serverClock.now() - ms < DAY * 0.9;
/** @param {string} text */
const withoutWeekday = (text) => text.replace(/^\S+\s/, "");

/**
 * The viewer's zone by its offset: "UTC+1", "UTC-3:30". Names such as CST or IST stand for several zones, and
 * `Intl.DateTimeFormat` needs 60 ms of processor time to load them.
 * @param {number} [ms] epoch; the offset depends on daylight saving time
 */
export function zoneName(ms = Date.now()) {
  const minutes = offset(ms) / 60000;
  if (!minutes) return "UTC";
  const rest = Math.abs(minutes) % 60;
  const hours = Math.floor(Math.abs(minutes) / 60);
  return `UTC${minutes < 0 ? "-" : "+"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

/** A duration in one unit. @param {number} seconds */
export function age(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/**
 * Rewrites every element that carries an instant (data-t) or an age (data-age, the instant that it counts from) below
 * `root`; both in epoch milliseconds.
 * @param {ParentNode} root
 */
export function times(root) {
  for (const element of selectAll("[data-t]", root)) {
    const ms = Number(element.dataset.t);
    const precise = isRecent(ms) ? clock(ms) : withoutWeekday(full(ms));
    element.textContent = "clock" in element.dataset ? precise : short(ms);
    element.title = `${full(ms)} ${zoneName(ms)}`;
  }
  for (const element of selectAll("[data-age]", root)) {
    const ms = Number(element.dataset.age);
    element.textContent = `${age(Math.max(0, serverClock.now() - ms) / 1000)} ago`;
    element.title = `${full(ms)} ${zoneName(ms)}`;
  }
}

/** @type {Record<string, number>} */
const UNITS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
/** Seconds of a duration such as 5m; 0 when it is not valid. @param {string} text */
export const seconds = (text) => {
  const match = /^(\d+)([smhdw])$/.exec(text || "");
  return match ? Number(match[1]) * UNITS[match[2]] : 0;
};

/** One end of a range in epoch milliseconds. @param {string} text @param {number} now epoch milliseconds */
export function instant(text, now = serverClock.now()) {
  if (text === "now") return now;
  if (text.startsWith("now-")) return now - 1000 * seconds(text.slice(4));
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

/** "2026-01-31 14:05" in the viewer's zone as epoch seconds; NaN when it is not valid. @param {string} text */
export function parse(text) {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text.trim());
  if (!match) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part || 0));
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (!isDay || hour > 23 || minute > 59 || second > 59) return NaN;
  if (!zone()) return new Date(year, month - 1, day, hour, minute, second).getTime() / 1000;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return (local - offset(local - offset(local))) / 1000; // the offset holds at the instant and not at the local time
}

/** An instant as `parse` reads it. @param {number} ms */
export function fieldText(ms) {
  return new Date(ms + offset(ms)).toISOString().slice(0, 16).replace("T", " ");
}
