/* A tap on a chart: a cell of a heatmap narrows time and duration to itself, a point of a line offers the traces and
   the log lines around it, or the page of what it shows. */

import * as charts from "./charts.js";
import * as serverClock from "./clock.js";
import * as crosshair from "./crosshair.js";
import * as panelMenu from "./panel-menu.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

/** @typedef {import("./trace-values.js").Point} Point */

const TAP_DISTANCE = 5; // pixels a tap may move
const MIN_RANGE = 300; // seconds that a board must show to say something
const MAX_STEP = 60000; // ms after a point that still belong to it
/** Filters that a search for traces or log lines keeps. */
export const FILTERS_OF_SEARCHES = ["environment", "endpoint", "provider", "model"];
/** Names of parameters by the label they take. @type {Record<string, string>} */
const PARAMETERS = { endpoint: "endpoint", provider: "provider", model: "model", status: "code" };

/**
 * Plotly covers the page while a button is down: the end of a tap is heard on the window.
 * @param {PlotElement} graph
 */
export function listen(graph) {
  graph.addEventListener(
    "pointerdown",
    ({ button, clientX, clientY }) => {
      if (button !== 0) return;
      const handleEnd = (/** @type {PointerEvent} */ end) => {
        if (Math.hypot(end.clientX - clientX, end.clientY - clientY) < TAP_DISTANCE)
          setTimeout(() => handleTap(graph, { clientX, clientY }), 0);
      };
      addEventListener("pointerup", handleEnd, { capture: true, once: true });
    },
    true,
  );
}

/**
 * @param {PlotElement} graph
 * @param {{clientX: number, clientY: number}} pointer
 */
function handleTap(graph, pointer) {
  const point = crosshair.pointAt(graph, pointer);
  if (!point) return;
  const drill = graph.codeagentDrill;
  if (point.isCell && drill) openCell(point, drill);
  else offer(point, point.isCell ? null : drill, pointer);
}

/**
 * @param {Point} point
 * @param {Drill} drill
 */
function openCell(point, drill) {
  const [from, to] = [point.time - point.step, point.time].map((ms) => Math.round(ms / 1000));
  if (drill.page === "/traces") {
    const [min, max] = (point.bounds || []).map(durationText);
    const changes = { from: String(from), to: String(to), min, max };
    return urlState.go(urlState.link(drill.page, changes, FILTERS_OF_SEARCHES));
  }
  const value = drill.label && point.labels[drill.label];
  if (!value) return;
  const range = widen({ from, to }, Math.round(serverClock.now() / 1000));
  const changes = { ...range, [drill.parameter || drill.label || ""]: value };
  urlState.go(urlState.link(drill.page, changes, ["environment", "instance"]));
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
 * @param {Point} point
 * @param {Drill | null | undefined} drill
 * @param {{clientX: number, clientY: number}} pointer
 */
function offer(point, drill, { clientX, clientY }) {
  const edges = [point.time - Math.max(point.step, MAX_STEP), point.time + Math.min(point.step, MAX_STEP)];
  const [from, to] = edges.map((ms) => String(Math.round(ms / 1000)));
  const changes = { from, to, ...filtersOf(point) };
  const search = (/** @type {string} */ page) => urlState.go(urlState.link(page, changes, FILTERS_OF_SEARCHES));
  const clock = timeFormat.clock(point.time);
  const value = drill?.label && point.labels[drill.label];
  /** @type {import("./popover.js").Entries} */
  const entries = [
    [`Traces around ${clock}`, () => search("/traces")],
    [`Log lines around ${clock}`, () => search("/logs")],
  ];
  if (drill && value) entries.unshift([`Open ${visibleName(value)}`, () => charts.follow(drill, value)]);
  crosshair.hide();
  panelMenu.choose(entries, clientX, clientY, point.name);
}
