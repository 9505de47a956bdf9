/* The trace on the page: its data, what is folded, found, zoomed into and open, and the elements that show it. */

import { requireElement } from "./dom.js";
import { ERROR, shapeOf } from "./span-tree.js";

/**
 * Places of spans are indexes into the columns of the trace; -1 for none.
 * @typedef {object} TraceView
 * @property {Element} data the element that holds the JSON
 * @property {import("./span-tree.js").Trace} trace
 * @property {ReturnType<typeof shapeOf>} tree
 * @property {import("./span-tree.js").PathNode[] | null} nodes of the flame graph, once it has been drawn
 * @property {Set<number>} collapsed
 * @property {Set<number> | null} hits of the search; null without one
 * @property {Set<number> | null} included spans that have a row; null for all
 * @property {boolean} only whether spans that are not found are hidden
 * @property {number} open place of the span whose details are open
 * @property {[number, number]} window part of the time that is shown, microseconds
 * @property {number} row height of a row, pixels
 * @property {number[]} rows places of the spans that have a row
 * @property {number} first row in the document
 * @property {number} last
 * @property {HTMLElement} shell
 * @property {HTMLElement} list
 */

const SEARCH_HELP =
  "Words, or fields as in the search box: status:error, duration:&gt;100, http.route:&quot;/v1/chat&quot;";
const KEYS_HELP =
  "Use the arrow keys, Home and End to move, left and right to fold, Z to zoom in on the span, Escape to go back. " +
  "Drag over the time axis to zoom in.";
const SHELL = `<div class="trace-tools" role="toolbar" aria-label="Spans"><span class="tabs" role="tablist">
<button type="button" role="tab" data-view="">Timeline</button>
<button type="button" role="tab" data-view="flame">Flame graph</button>
<button type="button" role="tab" data-view="lines">Log lines</button></span>
<input type="search" placeholder="Find spans" aria-label="Find spans" title="${SEARCH_HELP}" spellcheck="false">
<button type="button" class="button" data-only aria-pressed="false" hidden>Only these</button>
<span class="trace-found" role="status"></span>
<button type="button" class="button" data-find-errors hidden></button>
<button type="button" class="button" data-next-error hidden>Next error</button>
<button type="button" class="button" data-fold-all>Fold all</button>
<button type="button" class="button" data-whole hidden>Whole trace</button></div>
<div class="trace-split"><div class="trace-views"><div class="trace-timeline">
<div class="trace-over" title="Drag to zoom in on a part of the time">
<canvas class="trace-map" height="48" aria-hidden="true"></canvas><div class="trace-window" hidden></div></div>
<div class="trace-axis" aria-hidden="true"></div>
<div class="trace-list" id="spans" tabindex="0" role="tree" aria-label="Spans" aria-describedby="trace-keys">
<div class="trace-space"></div></div>
<p id="trace-keys" class="hint not-phone">${KEYS_HELP}</p></div>
<div class="trace-flame" hidden></div><div class="trace-lines" hidden></div></div>
<aside class="trace-detail" aria-label="Span" hidden></aside></div>`;

export const isNarrow = () => innerWidth < 700;
export const rowHeight = () => (isNarrow() ? 44 : 24);

/** @type {TraceView | null} */
let view = null;

/** The trace on the page; null when there is none. */
export const currentView = () => (view?.shell.isConnected ? view : null);

/** Whether an element's trace is the one that is shown. @param {Element} data */
export const isShown = (data) => view?.data === data;

/**
 * Put the elements of a trace into a box and make it the current one.
 * @param {Element} box
 * @param {Element} data
 */
export function createView(box, data) {
  const shell = document.createElement("div");
  shell.className = "trace";
  shell.innerHTML = SHELL.replace(/>\n</g, "><");
  box.querySelector(".trace")?.remove();
  box.appendChild(shell);
  view = newView(shell, data);
  showErrorButtons(view);
  return view;
}

/**
 * @param {HTMLElement} shell
 * @param {Element} data
 * @returns {TraceView}
 */
function newView(shell, data) {
  /** @type {import("./span-tree.js").Trace} */
  const trace = JSON.parse(data.textContent || "{}");
  const state = { collapsed: new Set(), hits: null, included: null, only: false, open: -1, nodes: null };
  const layout = { row: rowHeight(), rows: [], first: 0, last: 0 };
  const elements = { shell, list: requireElement(".trace-list", shell) };
  return {
    data,
    trace,
    tree: shapeOf(trace.spans.parent),
    window: [0, trace.duration],
    ...state,
    ...layout,
    ...elements,
  };
}

/** @param {TraceView} view */
function showErrorButtons({ shell, trace }) {
  const count = trace.spans.flags.filter((flag) => flag & ERROR).length;
  const find = requireElement("[data-find-errors]", shell);
  find.textContent = `${count} ${count === 1 ? "error" : "errors"}`;
  find.hidden = requireElement("[data-next-error]", shell).hidden = !count;
}
