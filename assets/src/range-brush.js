/* Dragging over a picture with a time axis narrows the range, and the durations where it has such an axis. */

import { closestTarget, create, swallowClick } from "./dom.js";
import * as urlState from "./url-state.js";

const MIN_DISTANCE = 6; // pixels that make a click a drag
const EDGE = 0.02; // share of the height below which an end of the durations stays open

/** Shares of the picture, 0 to 1 from the left and from the top.
 * @typedef {{left: number, right: number, top: number, bottom: number}} Area */
/** @typedef {{box: HTMLElement, frame: DOMRect, x: number, y: number, mark: HTMLElement | null}} Drag */

/** @type {Drag | null} */
let drag = null;

/**
 * The area between the start of a drag and the pointer.
 * @param {Drag} from
 * @param {{clientX: number, clientY: number}} pointer
 * @returns {Area}
 */
export function areaOf({ box, frame, x, y }, { clientX, clientY }) {
  /** @type {(value: number, low: number, size: number) => number} */
  const share = (value, low, size) => Math.min(1, Math.max(0, (value - low) / size));
  const [left, right] = [x, clientX].map((place) => share(place, frame.left, frame.width)).sort((a, b) => a - b);
  if (box.dataset.low === undefined) return { left, right, top: 0, bottom: 1 };
  const [top, bottom] = [y, clientY].map((place) => share(place, frame.top, frame.height)).sort((a, b) => a - b);
  return { left, right, top, bottom };
}

/**
 * The parameters that an area of a picture stands for: `from` and `to`, and `min` and `max` in ms.
 * @param {DOMStringMap} axes start and end in epoch ms; low and high as logarithms of ms
 * @param {Area} area
 */
export function changesOf(axes, { left, right, top, bottom }) {
  const [start, end] = [Number(axes.start), Number(axes.end)];
  const [from, to] = [left, right].map((share) => Math.round((start + (end - start) * share) / 1000));
  /** @type {Record<string, string>} */
  const changes = { from: String(from), to: String(Math.max(to, from + 1)), cursor: "" };
  if (axes.low === undefined) return changes;
  const [low, high] = [Number(axes.low), Number(axes.high)];
  const [max, min] = [top, bottom].map((share) => Number((10 ** (low + (high - low) * (1 - share))).toPrecision(3)));
  if (top > EDGE) changes.max = String(max);
  if (bottom < 1 - EDGE) changes.min = String(min);
  return changes;
}

/** @param {PointerEvent} event */
function begin(event) {
  const box = closestTarget(event, "[data-brush]");
  if (!box || event.button !== 0 || event.pointerType === "touch") return;
  drag = { box, frame: box.getBoundingClientRect(), x: event.clientX, y: event.clientY, mark: null };
}

/** @param {PointerEvent} event */
function move(event) {
  if (!drag) return;
  if (!drag.mark) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < MIN_DISTANCE) return;
    drag.mark = drag.box.appendChild(create("div", { className: "brush" }));
    getSelection()?.removeAllRanges();
  }
  const { left, right, top, bottom } = areaOf(drag, event);
  Object.assign(drag.mark.style, {
    left: `${left * 100}%`,
    right: `${(1 - right) * 100}%`,
    top: `${top * 100}%`,
    bottom: `${(1 - bottom) * 100}%`,
  });
  event.preventDefault();
}

/** @param {PointerEvent} event */
function end(event) {
  const current = drag;
  drag = null;
  if (!current?.mark) return;
  current.mark.remove();
  swallowClick();
  const changes = changesOf(current.box.dataset, areaOf(current, event));
  const page = current.box.dataset.to;
  if (page) urlState.go(urlState.link(page, changes));
  else urlState.set(changes);
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
}
