/* A tap on a chart: a cell of a heatmap narrows time and duration to itself, a point of a line offers the traces and
   the log lines around it, or the page of what it shows. */

import * as crosshair from "./chart/crosshair.js";
import { partAt } from "./chart/pie.js";
import { valueAt } from "./chart/scale.js";
import { rowPoint } from "./chart/values.js";
import * as serverClock from "./clock.js";
import * as drill from "./drill.js";
import * as panelMenu from "./panel-menu.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

/** @typedef {import("./chart/values.js").Point} Point */
/** @typedef {import("./chart/view.js").Chart} Chart */
/** @typedef {[string, () => unknown]} Entry */

const MIN_RANGE = 300; // seconds that a board must show to say something
const MAX_STEP = 60000; // ms after a point that still belong to it
/** Names of parameters by the label they take. @type {Record<string, string>} */
const PARAMETERS = { endpoint: "endpoint", provider: "provider", model: "model", status: "code" };

/**
 * A tap on a chart.
 * @param {Chart} chart
 * @param {{clientX: number, clientY: number}} pointer
 */
export function handleTap(chart, pointer) {
  if (!chart.canvas.isTime) return void openBar(chart, pointer);
  const point = crosshair.pointAt(chart, pointer);
  if (!point) return;
  if (point.isCell && chart.drill && !point.links) openCell(point, chart.drill);
  else offer(point, chart.drill, pointer);
}

/**
 * The bar or the part below the pointer leads to what it stands for; where that are several things, a menu has them.
 * @param {Chart} chart
 * @param {{clientX: number, clientY: number}} pointer
 */
function openBar(chart, pointer) {
  const place = crosshair.locate(chart, pointer);
  const trace = chart.traces[0];
  if (!place || !trace) return;
  const isRing = trace.type === "pie";
  const row = isRing ? partAt(trace, chart.canvas, place) : Math.round(valueAt(chart.canvas.y, place.y));
  const point = rowPoint(trace, row);
  if (!point) return;
  const entries = [...drillEntries(point, chart.drill), ...linkEntries(point)];
  if (entries.length === 1 && !point.links) return void entries[0][1]();
  crosshair.hide();
  if (entries.length) panelMenu.choose(entries, pointer.clientX, pointer.clientY, point.name);
}

/**
 * Where the labels of a point lead.
 * @param {Point} point
 * @param {Drill | null | undefined} target
 * @returns {Entry[]}
 */
function drillEntries(point, target) {
  if (!target) return [];
  if (point.isCell) return [["Open this cell", () => openCell(point, target)]];
  const value = target.label && point.labels[target.label];
  return value ? [[`Open ${visibleName(value)}`, () => drill.follow(target, value)]] : [];
}

/** @param {Point} point @returns {Entry[]} */
const linkEntries = ({ links = [] }) => links.map(([title, url]) => [`${title} ↗`, () => follow(url)]);

/**
 * @param {Point} point
 * @param {Drill} target
 */
function openCell(point, target) {
  const [from, to] = [point.time - point.step, point.time].map((ms) => Math.round(ms / 1000));
  if (target.page === "/traces") {
    const [min, max] = (point.bounds || []).map(durationText);
    const changes = { from: String(from), to: String(to), min, max };
    return urlState.go(urlState.link(target.page, changes, drill.FILTERS_OF_SEARCHES));
  }
  const value = target.label && point.labels[target.label];
  if (!value) return;
  const range = widen({ from, to }, Math.round(serverClock.now() / 1000));
  const changes = { ...range, [target.parameter || target.label || ""]: value };
  urlState.go(urlState.link(target.page, changes, ["environment", "instance"]));
}

/** @param {number} ms */
const durationText = (ms) => (Number.isFinite(ms) ? String(Number(ms.toPrecision(4))) : "");

/**
 * The range of a cell, widened to what a board needs, with the cell in its middle.
 * @param {{from: number, to: number}} range epoch seconds
 * @param {number} now
 */
export function widen({ from, to }, now) {
  const missing = MIN_RANGE - (to - from);
  if (missing <= 0) return { from: String(from), to: String(to) };
  const end = Math.min(to + Math.round(missing / 2), now);
  return { from: String(Math.min(from, end - MIN_RANGE)), to: String(end) };
}

/**
 * What a search can filter by at a point.
 * @param {Point} point
 */
export function filtersOf({ labels, name }) {
  const pairs = Object.entries(PARAMETERS).flatMap(([label, parameter]) =>
    labels[label] ? [[parameter, labels[label]]] : [],
  );
  const filters = Object.fromEntries(pairs);
  if (!filters.code && /^[1-5]xx$/.test(name)) filters.code = name; // a series that is a class of codes
  return filters;
}

/**
 * Own pages replace this one, other sites open beside it.
 * @param {string} url
 */
function follow(url) {
  if (url.startsWith("/")) location.assign(url);
  else open(url, "_blank", "noopener,noreferrer");
}

/**
 * @param {Point} point
 * @param {Drill | null | undefined} target
 * @param {{clientX: number, clientY: number}} pointer
 */
function offer(point, target, { clientX, clientY }) {
  const edges = [point.time - Math.max(point.step, MAX_STEP), point.time + Math.min(point.step, MAX_STEP)];
  const [from, to] = edges.map((ms) => String(Math.round(ms / 1000)));
  const changes = { from, to, ...filtersOf(point) };
  const search = (/** @type {string} */ page) => urlState.go(urlState.link(page, changes, drill.FILTERS_OF_SEARCHES));
  const clock = timeFormat.clock(point.time);
  /** @type {Entry[]} */
  const entries = [
    ...drillEntries(point, target),
    ...linkEntries(point),
    [`Traces around ${clock}`, () => search("/traces")],
    [`Log lines around ${clock}`, () => search("/logs")],
  ];
  crosshair.hide();
  panelMenu.choose(entries, clientX, clientY, point.name);
}
