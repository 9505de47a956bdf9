/* The waterfall of one trace. Spans arrive as columns in tree order; only rows on screen are in the document, so that
   ten thousand spans scroll like ten. */

import { closestTarget, requireElement } from "./dom.js";
import * as explorer from "./explorer.js";
import * as flameGraph from "./flame-graph.js";
import * as spanDetail from "./span-detail.js";
import { rowHtml } from "./span-row.js";
import { ERROR, placeOf, visibleRows } from "./span-tree.js";
import * as traceMap from "./trace-map.js";
import * as traceTabs from "./trace-tabs.js";
import { createView, currentView, isShown, rowHeight } from "./trace-view.js";
import * as urlState from "./url-state.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */

const OVERSCAN = 10; // rows drawn beyond the edge of the screen
/** Rows that a key moves by. @type {Record<string, number>} */
const STEPS = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 20,
  PageUp: -20,
  Home: -Infinity,
  End: Infinity,
  Enter: 0,
  " ": 0,
};

/** @type {((view: TraceView) => void)[]} */
const listeners = [];
/** Call a function for every trace that is put on the page. @param {(view: TraceView) => void} listener */
export const onTrace = (listener) => listeners.push(listener);

/** @param {HTMLElement} root */
function checkMount(root) {
  const data = root.querySelector("#trace-data");
  if (root.dataset.page === "trace" && data?.parentElement && !isShown(data)) show(data.parentElement, data);
}

/**
 * @param {HTMLElement} box
 * @param {Element} data
 */
function show(box, data) {
  const view = createView(box, data);
  listen(view);
  for (const listenTo of [traceMap.listen, traceTabs.listen, flameGraph.listen, spanDetail.listen]) listenTo(view);
  traceMap.drawAxis(view);
  arrange(view);
  traceMap.drawMap(view);
  traceTabs.showTab(view, urlState.params().get("view") || "");
  for (const listener of listeners) listener(view);
  const place = placeOf(view.trace, urlState.params().get("span") || "");
  if (place >= 0) {
    reveal(view, place);
    spanDetail.open(view, place, { quiet: true });
  }
  performance.mark("codeagent:trace");
}

/** @param {TraceView} view */
function listen(view) {
  const { list, shell, trace } = view;
  list.addEventListener("scroll", () => requestAnimationFrame(() => paint(view)), { passive: true });
  list.addEventListener("click", (event) => handleClick(view, event));
  list.addEventListener("keydown", (event) => handleKey(view, event));
  const foldButton = requireElement("[data-fold-all]", shell);
  foldButton.addEventListener("click", () => toggleAll(view, foldButton));
  requireElement("[data-next-error]", shell).addEventListener("click", () =>
    openNext(view, (place) => (trace.spans.flags[place] & ERROR) !== 0),
  );
}

/**
 * Decide which spans have a row, and draw them.
 * @param {TraceView} view
 */
export function arrange(view) {
  view.rows = visibleRows(view.tree.below, view.collapsed, view.included);
  requireElement(".trace-space", view.list).style.height = `${view.rows.length * view.row}px`;
  paint(view, true);
}

/**
 * Draw the rows on screen.
 * @param {TraceView} view
 * @param {boolean} [anew] also when they are the same as before
 */
export function paint(view, anew = false) {
  const { list, rows, row: height } = view;
  const first = Math.max(0, Math.floor(list.scrollTop / height) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((list.scrollTop + list.clientHeight) / height) + OVERSCAN);
  if (!anew && view.first === first && view.last === last) return;
  Object.assign(view, { first, last });
  const html = rows.slice(first, last).map((place, index) => rowHtml(view, place, first + index));
  requireElement(".trace-space", list).innerHTML = html.join("");
}

/**
 * @param {TraceView} view
 * @param {Event} event
 */
function handleClick(view, event) {
  const row = closestTarget(event, "[data-at]");
  if (!row) return;
  const place = Number(row.dataset.at);
  if (closestTarget(event, "[data-fold]")) setFolded(view, place, !view.collapsed.has(place));
  else spanDetail.open(view, place);
}

/**
 * @param {TraceView} view
 * @param {number} place
 * @param {boolean} isFolded
 */
function setFolded(view, place, isFolded) {
  if (!view.tree.children[place] || isFolded === view.collapsed.has(place)) return;
  if (isFolded) view.collapsed.add(place);
  else view.collapsed.delete(place);
  arrange(view);
}

/**
 * Fold everything below the roots' children, or nothing.
 * @param {TraceView} view
 * @param {HTMLElement} button
 */
function toggleAll(view, button) {
  const { children, depth } = view.tree;
  const wasFolded = view.collapsed.size > 0;
  view.collapsed.clear();
  if (!wasFolded)
    for (const [place, count] of children.entries()) if (count && depth[place] > 0) view.collapsed.add(place);
  button.textContent = wasFolded ? "Fold all" : "Unfold all";
  arrange(view);
}

/**
 * @param {TraceView} view
 * @param {KeyboardEvent} event
 */
function handleKey(view, event) {
  if (event.target !== view.list || event.ctrlKey || event.metaKey || event.altKey) return;
  const { rows } = view;
  const current = Math.max(0, rows.indexOf(view.open));
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    return setFolded(view, rows[current], event.key === "ArrowLeft");
  }
  const step = STEPS[event.key];
  if (step === undefined || !rows.length) return;
  event.preventDefault();
  const target = view.open < 0 && step !== Infinity ? 0 : current + step;
  const place = rows[Math.min(rows.length - 1, Math.max(0, target))];
  spanDetail.open(view, place);
  reveal(view, place);
}

/**
 * Unfold what hides a span and scroll to it.
 * @param {TraceView} view
 * @param {number} place
 */
export function reveal(view, place) {
  const { parent } = view.trace.spans;
  let isChanged = false;
  for (let above = parent[place]; above >= 0; above = parent[above])
    isChanged = view.collapsed.delete(above) || isChanged;
  if (view.included && !view.included.has(place)) {
    view.included.add(place);
    isChanged = true;
  }
  if (isChanged) arrange(view);
  const { list, row: height } = view;
  const top = view.rows.indexOf(place) * height;
  if (top < list.scrollTop || top + height > list.scrollTop + list.clientHeight)
    list.scrollTop = top - list.clientHeight / 2;
  paint(view, true);
}

/**
 * Open the next span that matches, after the open span, round the end.
 * @param {TraceView} view
 * @param {(place: number) => boolean} matches
 */
export function openNext(view, matches) {
  const total = view.trace.spans.id.length;
  for (let step = 1; step <= total; step += 1) {
    const place = (view.open + step + total) % total;
    if (!matches(place)) continue;
    traceTabs.showTab(view, "");
    reveal(view, place);
    spanDetail.open(view, place);
    return;
  }
}

function resize() {
  const view = currentView();
  if (!view) return;
  if (view.row !== rowHeight()) {
    view.row = rowHeight();
    traceMap.drawAxis(view);
    arrange(view);
  }
  redraw();
}

function redraw() {
  const view = currentView();
  if (!view) return;
  traceMap.drawMap(view);
  paint(view, true);
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("resize", resize);
  document.addEventListener("codeagent:theme", redraw);
  explorer.onResults(checkMount);
}
