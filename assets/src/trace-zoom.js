/* Zooming into a part of a trace's time, by dragging and by keys. */

import { closestTarget, create, requireElement, swallowClick } from "./dom.js";
import * as spanDetail from "./span-detail.js";
import * as spanSearch from "./span-search.js";
import * as traceMap from "./trace-map.js";
import { currentView } from "./trace-view.js";
import * as urlState from "./url-state.js";
import * as waterfall from "./waterfall.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */
/** `range` is the time that the width of `frame` stands for.
 * @typedef {{view: TraceView, x: number, frame: DOMRect, range: [number, number], mark: HTMLElement | null}} Drag */

const MIN_DISTANCE = 6; // pixels that make a click a drag
const MIN_WIDTH = 10; // microseconds
const MARGIN = 0.05; // of a span's duration, on both sides of it
const ELSEWHERE = "input, select, textarea, dialog, [role=menu], [role=dialog], .popup";

/** @type {Drag | null} */
let drag = null;

/**
 * The part of a trace that is shown when a part of it is asked for.
 * @param {number} from microseconds
 * @param {number} to
 * @param {number} end of the trace
 * @returns {[number, number]}
 */
export function clampWindow(from, to, end) {
  const width = Math.min(end, Math.max(MIN_WIDTH, to - from));
  const start = Math.min(Math.max(0, from), end - width);
  return [start, Math.min(end, start + width)];
}

/** @param {TraceView} view */
const isZoomed = ({ window, trace }) => window[0] > 0 || window[1] < trace.duration;

/**
 * Show a part of the time.
 * @param {TraceView} view
 * @param {number} from microseconds after the trace's start
 * @param {number} to
 * @param {{quiet?: boolean}} [options] quiet leaves the address as it is
 */
function zoom(view, from, to, { quiet = false } = {}) {
  const total = view.trace.duration;
  const window = clampWindow(from, to, total);
  view.window = window;
  requireElement("[data-whole]", view.shell).hidden = !isZoomed(view);
  const frame = requireElement(".trace-window", view.shell);
  frame.hidden = !isZoomed(view);
  const [left, width] = [window[0], window[1] - window[0]].map((time) => `${(100 * time) / total}%`);
  Object.assign(frame.style, { left, width });
  if (!quiet) urlState.set({ zoom: isZoomed(view) ? window.map(Math.round).join("-") : "" }, { replace: true });
  traceMap.drawAxis(view);
  waterfall.paint(view, true);
}

/** @param {TraceView} view */
const zoomOut = (view) => zoom(view, 0, view.trace.duration);

/** @param {TraceView} view */
function zoomToOpen(view) {
  const { spans } = view.trace;
  if (view.open < 0) return;
  const [start, length] = [spans.start[view.open], spans.duration[view.open]];
  const margin = Math.max(1, length * MARGIN);
  zoom(view, start - margin, start + length + margin);
}

/** @param {TraceView} view */
function prepare(view) {
  const { shell } = view;
  requireElement("[data-whole]", shell).addEventListener("click", () => zoomOut(view));
  requireElement(".trace-axis", shell).addEventListener("dblclick", () => zoomOut(view));
  requireElement(".trace-detail", shell).addEventListener("click", (event) => {
    if (closestTarget(event, "[data-zoom-span]")) zoomToOpen(view);
  });
  const [from, to] = (urlState.params().get("zoom") || "").split("-").map(Number);
  if (from >= 0 && to > from) zoom(view, from, to, { quiet: true });
}

/** Dragging over the whole trace, the axis or the bars; a finger scrolls the list and drags above it.
 * @param {PointerEvent} event */
function begin(event) {
  const view = event.button === 0 ? currentView() : null;
  const surface = closestTarget(event, ".trace-over, .trace-axis, .trace-bar");
  if (!view || !surface || !view.shell.contains(surface)) return;
  const isMap = surface.matches(".trace-over");
  if (event.pointerType === "touch" && !isMap) return;
  const track = isMap ? surface : requireElement(".trace-axis > div", view.shell);
  const range = isMap ? /** @type {[number, number]} */ ([0, view.trace.duration]) : view.window;
  drag = { view, x: event.clientX, frame: track.getBoundingClientRect(), range, mark: null };
}

/**
 * Both ends of what is dragged over, within its surface, in pixels of the window.
 * @param {Drag} from
 * @param {PointerEvent} event
 */
function edges({ frame, x }, event) {
  return [x, event.clientX].map((place) => Math.min(frame.right, Math.max(frame.left, place))).sort((a, b) => a - b);
}

/** @param {PointerEvent} event */
function move(event) {
  if (!drag) return;
  const timeline = requireElement(".trace-timeline", drag.view.shell);
  if (!drag.mark) {
    if (Math.abs(event.clientX - drag.x) < MIN_DISTANCE) return;
    drag.mark = timeline.appendChild(create("div", { className: "trace-brush" }));
    getSelection()?.removeAllRanges();
  }
  const { left } = timeline.getBoundingClientRect();
  const [from, to] = edges(drag, event);
  Object.assign(drag.mark.style, { left: `${from - left}px`, width: `${to - from}px` });
  event.preventDefault();
}

/** @param {PointerEvent} event */
function end(event) {
  const current = drag;
  cancel();
  if (!current?.mark) return;
  const { range, frame, view } = current;
  const scale = (range[1] - range[0]) / Math.max(1, frame.width);
  const [from, to] = edges(current, event).map((x) => range[0] + (x - frame.left) * scale);
  swallowClick();
  zoom(view, from, to);
}

function cancel() {
  drag?.mark?.remove();
  drag = null;
}

/** Escape goes back by one step: the details, the zoom, the search. Keys that move reach the spans from anywhere.
 * @param {KeyboardEvent} event */
function handleKey(event) {
  const view = currentView();
  if (!view || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (closestTarget(event, ELSEWHERE)) return;
  const isMove = event.target === document.body && /^(Arrow(Down|Up)|Home|End)$/.test(event.key);
  if (event.key === "Escape") {
    if (!goBack(view)) return;
  } else if (event.key.toLowerCase() === "z" && view.open >= 0 && !event.shiftKey) zoomToOpen(view);
  else if (isMove && !view.list.closest("[hidden]")) {
    view.list.focus();
    view.list.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: false }));
  } else return;
  event.preventDefault();
}

/**
 * Whether there was something to go back from.
 * @param {TraceView} view
 */
function goBack(view) {
  if (view.open >= 0) spanDetail.close(view);
  else if (isZoomed(view)) zoomOut(view);
  else if (view.hits) spanSearch.clear(view);
  else return false;
  return true;
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  waterfall.onTrace(prepare);
  document.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", handleKey);
}
