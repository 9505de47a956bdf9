/* Times as people read them, in the zone the viewer chose; numbers come formatted from the server. */

import * as serverClock from "./clock.js";
import * as urlState from "./url-state.js";

const zone = () => (urlState.params().get("tz") === "utc" ? "UTC" : undefined);

/** Milliseconds to add to UTC at an instant so that a UTC axis shows the viewer's clock. */
function offset(ms) {
  return zone() ? 0 : -new Date(ms).getTimezoneOffset() * 60000;
}

const formatters = new Map();
function format(ms, options) {
  const key = (zone() || "") + JSON.stringify(options);
  if (!formatters.has(key))
    formatters.set(key, new Intl.DateTimeFormat(undefined, { hourCycle: "h23", timeZone: zone(), ...options }));
  return formatters.get(key).format(new Date(ms));
}

const HOUR = { hour: "2-digit", minute: "2-digit" };
const clock = (ms) => format(ms, { ...HOUR, second: "2-digit" });
const full = (ms) => format(ms, { weekday: "short", day: "numeric", month: "short", ...HOUR, second: "2-digit" });
const short = (ms) =>
  format(ms, serverClock.now() - ms < 86400000 * 0.9 ? HOUR : { day: "numeric", month: "short", ...HOUR });

/** A tick of a time axis: the time, or the day. */
const tick = (ms, isDay) => format(ms, isDay ? { day: "numeric", month: "short" } : HOUR);

function zoneName() {
  if (zone()) return "UTC";
  const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" }).formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName").value;
}

function age(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** Rewrites every element that carries an instant (data-t, epoch milliseconds) below `root`. */
function times(root) {
  for (const element of root.querySelectorAll("[data-t]")) {
    const ms = Number(element.dataset.t);
    element.textContent =
      "clock" in element.dataset
        ? serverClock.now() - ms < 86400000 * 0.9
          ? clock(ms)
          : full(ms).replace(/^\S+\s/, "")
        : short(ms);
    element.setAttribute("title", `${full(ms)} ${zoneName()}`);
  }
}

/** @type {Record<string, number>} */
const UNITS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
const seconds = (text) => {
  const match = /^(\d+)([smhdw])$/.exec(text || "");
  return match ? Number(match[1]) * UNITS[match[2]] : 0;
};

/** One end of a range in epoch milliseconds. */
function instant(text) {
  if (text === "now") return serverClock.now();
  if (text.startsWith("now-")) return serverClock.now() - 1000 * seconds(text.slice(4));
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

/** "2026-01-31 14:05" in the viewer's zone to epoch seconds; NaN when it is no time. */
function parse(text) {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text.trim());
  if (!match) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part || 0));
  const ms = zone()
    ? Date.UTC(year, month - 1, day, hour, minute, second)
    : new Date(year, month - 1, day, hour, minute, second).getTime();
  return ms / 1000;
}

function written(ms) {
  const date = new Date(ms + offset(ms));
  return date.toISOString().slice(0, 16).replace("T", " ");
}

export { age, clock, full, instant, offset, parse, seconds, short, tick, times, written, zoneName };
