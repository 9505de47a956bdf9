/* The whole trace in 48 px above the waterfall, and the time axis of the part that is shown. */

import { requireElement } from "./dom.js";
import { colourName, duration } from "./span-row.js";
import { ERROR } from "./span-tree.js";
import * as theme from "./theme.js";
import { isNarrow } from "./trace-view.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */

/**
 * Draw every span as a line, errors on top.
 * @param {TraceView} view
 */
export function drawMap({ shell, trace }) {
  const canvas = /** @type {HTMLCanvasElement} */ (requireElement(".trace-map", shell));
  canvas.width = canvas.clientWidth;
  const context = canvas.getContext("2d");
  if (!context) return;
  const { spans, services, duration: total } = trace;
  const height = canvas.height / spans.id.length;
  const scale = canvas.width / total;
  const drawBar = (/** @type {number} */ place, /** @type {string} */ colour) => {
    context.fillStyle = colour;
    const width = Math.max(1, spans.duration[place] * scale);
    context.fillRect(spans.start[place] * scale, place * height, width, Math.max(1, height));
  };
  const colours = services.map((_, service) => theme.token(colourName(service)));
  for (const place of spans.id.keys()) drawBar(place, colours[spans.service[place]]);
  const errorColour = theme.token("--critical");
  for (const [place, flags] of spans.flags.entries()) if (flags & ERROR) drawBar(place, errorColour);
}

/** @param {TraceView} view */
export function drawAxis({ shell, window: [from, to] }) {
  const shares = isNarrow() ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
  const ticks = shares.map(
    (share) => `<span style="left:${share * 100}%">${duration(from + (to - from) * share)}</span>`,
  );
  requireElement(".trace-axis", shell).innerHTML = `<div>${ticks.join("")}</div>`;
}

/**
 * A click on the map scrolls the list to what lies below it.
 * @param {TraceView} view
 */
export function listen(view) {
  const map = requireElement(".trace-over", view.shell);
  map.addEventListener("click", (event) => {
    const box = map.getBoundingClientRect();
    const middle = ((event.clientY - box.top) / box.height) * view.rows.length * view.row;
    view.list.scrollTop = middle - view.list.clientHeight / 2;
  });
}
