/* The HTML of one row of the waterfall: the span's name, and its bar on the time axis. */

import { escapeHtml } from "./dom.js";
import { CRITICAL, ERROR, share } from "./span-tree.js";
import { isNarrow } from "./trace-view.js";
import * as units from "./units.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */

const SERIES = 8; // colours; further services share one
const MIN_WIDTH = 0.15; // percent of the axis
const MAX_INDENT = 20; // levels

/** Name of the colour of a service. @param {number} service */
export const colourName = (service) => `--series-${service < SERIES ? service + 1 : "other"}`;

/** A duration for the reader. @param {number} microseconds */
export const duration = (microseconds) => units.write(microseconds / 1000, "milliseconds");

/** Names from the trace as HTML. @param {TraceView} view @param {number} place */
function namesOf({ trace: { spans, names, services } }, place) {
  return {
    name: escapeHtml(names[spans.name[place]] || "unnamed"),
    service: escapeHtml(services[spans.service[place]]),
  };
}

/**
 * @param {TraceView} view
 * @param {number} place of the span
 * @param {number} row
 */
export function rowHtml(view, place, row) {
  const { tree } = view;
  const isFolded = view.collapsed.has(place);
  const expanded = tree.children[place] ? ` aria-expanded="${!isFolded}"` : "";
  const identity = `id="span-row-${place}" aria-level="${tree.depth[place] + 1}"${expanded} data-at="${place}"`;
  const style = `top:${row * view.row}px;height:${view.row}px`;
  const content = nameHtml(view, place, isFolded) + barHtml(view, place, isFolded);
  return `<div class="${classesOf(view, place)}" role="treeitem" ${identity} style="${style}">${content}</div>`;
}

/**
 * @param {TraceView} view
 * @param {number} place
 */
function classesOf(view, place) {
  const flags = view.trace.spans.flags[place];
  const classes = ["trace-row"];
  if (flags & ERROR) classes.push("error");
  if (flags & CRITICAL) classes.push("critical");
  if (view.open === place) classes.push("open");
  if (view.hits?.has(place)) classes.push("hit");
  return classes.join(" ");
}

/**
 * @param {TraceView} view
 * @param {number} place
 * @param {boolean} isFolded
 */
function nameHtml(view, place, isFolded) {
  const { spans } = view.trace;
  const { name, service } = namesOf(view, place);
  const indent = Math.min(view.tree.depth[place], MAX_INDENT) * (isNarrow() ? 6 : 12);
  const swatch = `<i class="swatch" style="--c:var(${colourName(spans.service[place])})"></i>`;
  const error = spans.flags[place] & ERROR ? '<b class="bad" title="error">✕</b>' : "";
  const text = `<span title="${service} · ${name}">${name}</span>`;
  const count = isFolded ? `<em>+${view.tree.below[place]}</em>` : "";
  const content = foldHtml(view.tree.children[place] > 0, isFolded) + swatch + error + text + count;
  return `<div class="trace-name" style="padding-left:${indent}px">${content}</div>`;
}

/**
 * @param {boolean} hasChildren
 * @param {boolean} isFolded
 */
function foldHtml(hasChildren, isFolded) {
  if (!hasChildren) return '<span class="fold"></span>';
  const label = isFolded ? "Unfold" : "Fold";
  const mark = isFolded ? "▸" : "▾";
  return `<button type="button" class="fold" tabindex="-1" data-fold aria-label="${label}">${mark}</button>`;
}

/**
 * @param {TraceView} view
 * @param {number} place
 * @param {boolean} isFolded
 */
function barHtml(view, place, isFolded) {
  const { spans } = view.trace;
  const { left, width } = extent(view.window, spans.start[place], spans.start[place] + spans.duration[place]);
  const style = `left:${left}%;width:${width}%;background:var(${colourName(spans.service[place])})`;
  const bar = `<div class="trace-clip"><i style="${style}"></i>${criticalHtml(view, place, isFolded)}</div>`;
  return `<div class="trace-bar">${bar}${labelHtml(left, left + width, duration(spans.duration[place]))}</div>`;
}

/**
 * A stretch of time on the axis, in percent.
 * @param {[number, number]} window
 * @param {number} start
 * @param {number} end
 */
function extent(window, start, end) {
  const left = share(window, start);
  return { left, width: Math.max(MIN_WIDTH, share(window, end) - left) };
}

/**
 * The duration behind its bar, or at the edge beyond which the bar lies.
 * @param {number} left percent
 * @param {number} right
 * @param {string} text
 */
export function labelHtml(left, right, text) {
  if (right < 0) return `<span class="outside" style="left:0">‹ ${text}</span>`;
  if (left > 100) return `<span class="outside" style="right:0">${text} ›</span>`;
  return `<span style="left:${Math.min(100, right)}%">${text}</span>`;
}

/**
 * Where the span itself is on the critical path; a folded span stands for all below it.
 * @param {TraceView} view
 * @param {number} place
 * @param {boolean} isFolded
 */
function criticalHtml(view, place, isFolded) {
  let html = "";
  const last = place + (isFolded ? view.tree.below[place] : 0);
  for (let span = place; span <= last; span += 1) {
    const times = criticalTimes(view.trace.spans, span);
    for (let index = 0; index < times.length; index += 2) {
      const { left, width } = extent(view.window, times[index], times[index + 1]);
      html += `<u style="left:${left}%;width:${width}%"></u>`;
    }
  }
  return html;
}

/**
 * Begin and end, in pairs, of a span's parts of the critical path.
 * @param {import("./span-tree.js").SpanColumns} spans
 * @param {number} place
 */
export function criticalTimes(spans, place) {
  if (spans.path[place]) return spans.path[place];
  return spans.flags[place] & CRITICAL ? [spans.start[place], spans.start[place] + spans.duration[place]] : [];
}
