/* What pointers and keys do on a chart. A mouse shows values where it is, zooms by dragging, and opens a menu by a
   click. A finger shows the values first: a second tap opens the menu, two fingers zoom. A double click or tap shows
   the range before the zoom again. Arrow keys move the crosshair. */

import * as serverClock from "../clock.js";
import { closestTarget, create, select } from "../dom.js";
import * as popover from "../popover.js";
import * as urlState from "../url-state.js";
import * as crosshair from "./crosshair.js";
import { pixel } from "./scale.js";
import { chartOf } from "./view.js";
import { draggedRange, pinchedRange, steppedTime } from "./zoom.js";

/** @typedef {import("./view.js").Chart} Chart */
/** @typedef {{x: number, y: number}} Spot pixels of the picture */
/** @typedef {{chart: Chart, pointers: Map<number, {start: PointerEvent, last: PointerEvent}>, moved: boolean,
 *   wasShown: boolean, mark: HTMLElement | null}} Gesture */

const TAP_DISTANCE = 5; // pixels a tap may move
const TOUCH_DISTANCE = 10;
const DOUBLE_TAP = 350; // ms
const SAME_PLACE = 24; // pixels within which a second tap means the values that are shown

/** @type {Gesture | null} */
let gesture = null;
/** What a tap on values does. @type {(chart: Chart, pointer: {clientX: number, clientY: number}) => void} */
let handlePoint = () => {};
/** @type {{chart: string, at: number} | null} */
let lastTap = null;
/** Ranges before the zooms of this page, as the address had them. @type {{from: string, to: string}[]} */
const zooms = [];

/** @param {Event} event */
const chartAt = (event) => chartOf(closestTarget(event, ".chart-view"));

/** @param {PointerEvent} event */
function handleDown(event) {
  const chart = chartAt(event);
  if (!chart || (event.pointerType === "mouse" && event.button !== 0)) return;
  if (gesture && gesture.chart.element !== chart.element) gesture = null;
  const place = crosshair.currentPlace();
  const isSame = place?.chart.element === chart.element;
  const isNear = !!place && isSame && Math.abs(xOf(chart, event) - pixel(chart.canvas.x, place.time)) < SAME_PLACE;
  gesture ||= { chart, pointers: new Map(), moved: false, wasShown: isNear, mark: null };
  gesture.pointers.set(event.pointerId, { start: event, last: event });
  if (gesture.pointers.size > 1) gesture.moved = true;
}

/**
 * Pixels from the left of the picture, on the time axis or beside it.
 * @param {Chart} chart
 * @param {PointerEvent} event
 */
function xOf({ element, size }, { clientX }) {
  const box = element.getBoundingClientRect();
  return (clientX - box.left) / (box.width / size.width || 1);
}

/** @param {PointerEvent} event */
function handleMove(event) {
  const pointer = gesture?.pointers.get(event.pointerId);
  if (!gesture || !pointer) {
    const chart = event.pointerType === "mouse" ? chartAt(event) : null;
    if (chart) crosshair.move(chart, event);
    return;
  }
  pointer.last = event;
  const { clientX, clientY } = pointer.start;
  const most = event.pointerType === "mouse" ? TAP_DISTANCE : TOUCH_DISTANCE;
  gesture.moved ||= Math.hypot(event.clientX - clientX, event.clientY - clientY) >= most;
  if (!gesture.moved) return;
  if (event.pointerType === "mouse") drawMark(gesture, pointer);
  else if (gesture.pointers.size === 1) crosshair.move(gesture.chart, event, { isTouch: true });
  else previewPinch(gesture);
}

/**
 * The band that a drag has covered.
 * @param {Gesture} current
 * @param {{start: PointerEvent, last: PointerEvent}} pointer
 */
function drawMark(current, { start, last }) {
  const { canvas, element } = current.chart;
  if (!canvas.isTime) return;
  crosshair.hide();
  current.mark ||= element.appendChild(create("div", { className: "brush" }));
  const edges = [start, last].map((event) =>
    Math.min(canvas.place.right, Math.max(canvas.place.left, xOf(current.chart, event))),
  );
  const [left, right] = edges.sort((a, b) => a - b);
  Object.assign(current.mark.style, {
    left: `${left}px`,
    width: `${right - left}px`,
    top: `${canvas.place.top}px`,
    height: `${canvas.place.bottom - canvas.place.top}px`,
  });
}

/** @param {Gesture} current */
function pinch({ chart, pointers }) {
  const [first, second] = [...pointers.values()].sort((a, b) => a.start.clientX - b.start.clientX);
  if (!second || !chart.canvas.isTime) return null;
  return pinchedRange(
    chart.canvas.x,
    [xOf(chart, first.start), xOf(chart, second.start)],
    [xOf(chart, first.last), xOf(chart, second.last)],
  );
}

/**
 * The marks move with the fingers.
 * @param {Gesture} current
 */
function previewPinch(current) {
  const range = pinch(current);
  const plot = select("svg svg", current.chart.element);
  if (!range || !plot) return;
  crosshair.hide();
  const { x, place } = current.chart.canvas;
  const [left, right] = range.map((seconds) => pixel(x, seconds * 1000));
  plot.setAttribute("preserveAspectRatio", "none");
  plot.setAttribute("viewBox", `${left} ${place.top} ${right - left} ${place.bottom - place.top}`);
}

/** @param {PointerEvent} event */
function handleUp(event) {
  const current = gesture;
  const pointer = current?.pointers.get(event.pointerId);
  if (!current || !pointer) return;
  pointer.last = event;
  gesture = null;
  current.mark?.remove();
  if (event.type === "pointercancel") return;
  if (!current.moved) return handleTap(current, event);
  if (current.pointers.size > 1) zoom(pinch(current));
  else if (event.pointerType === "mouse" && current.chart.canvas.isTime)
    zoom(draggedRange(current.chart.canvas.x, xOf(current.chart, pointer.start), xOf(current.chart, event)));
}

/**
 * @param {Gesture} current
 * @param {PointerEvent} event
 */
function handleTap({ chart, wasShown }, event) {
  const isDouble = lastTap?.chart === chart.id && event.timeStamp - lastTap.at < DOUBLE_TAP;
  lastTap = isDouble ? null : { chart: chart.id, at: event.timeStamp };
  if (isDouble) return resetZoom();
  const isMouse = event.pointerType === "mouse";
  if (isMouse || wasShown) setTimeout(() => handlePoint(chart, event), isMouse ? 0 : DOUBLE_TAP);
  else crosshair.move(chart, event, { isTouch: true });
}

/** @param {import("./zoom.js").Range | null} range */
function zoom(range) {
  if (!range) return;
  const parameters = urlState.params();
  zooms.push({ from: parameters.get("from") || "", to: parameters.get("to") || "" });
  const latest = Math.round(serverClock.now() / 1000);
  urlState.set({ from: String(range[0]), to: String(Math.min(range[1], latest)) });
}

/** Show the range before the zooms of this page. */
function resetZoom() {
  const [first] = zooms;
  popover.close();
  crosshair.hide();
  zooms.length = 0;
  if (first) urlState.set(first);
}

/** @param {KeyboardEvent} event */
function handleKey(event) {
  const body = closestTarget(event, ".panel-body");
  const chart = body && body === event.target ? chartOf(select(".chart-view", body)) : undefined;
  if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
  const place = crosshair.currentPlace();
  const { low: start, high: end } = chart.canvas.x;
  const time = place?.chart.element === chart.element ? place.time : end;
  const step = chart.traces.find(({ dx }) => dx)?.dx || (end - start) / 100;
  const next = chart.canvas.isTime ? steppedTime(event.key, { time, step, start, end }, event.shiftKey) : null;
  if (next !== null) crosshair.move(chart, crosshair.pointerAt(chart, next), { isKey: true });
  else if (event.key === "Enter") handlePoint(chart, crosshair.pointerAt(chart, time));
  else if (event.key === "Escape") crosshair.hide();
  else return;
  event.preventDefault();
}

/** @param {PointerEvent} event */
function handleOut(event) {
  const view = event.pointerType === "mouse" ? closestTarget(event, ".chart-view") : null;
  if (view && !(event.relatedTarget instanceof Node && view.contains(event.relatedTarget))) crosshair.hide();
}

/**
 * Listen to the page. Called once.
 * @param {typeof handlePoint} [onPoint] what a tap on values that are shown does
 */
export function start(onPoint = () => {}) {
  handlePoint = onPoint;
  document.addEventListener("pointerdown", handleDown);
  document.addEventListener("pointermove", handleMove);
  document.addEventListener("pointerup", handleUp);
  document.addEventListener("pointercancel", handleUp);
  document.addEventListener("pointerout", handleOut);
  document.addEventListener("keydown", handleKey);
}
