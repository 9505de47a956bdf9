/* The tabs of a trace: its timeline, its flame graph, its log lines. */

import { closestTarget, requireElement, selectAll } from "./dom.js";
import { drawFlameGraph } from "./flame-graph.js";
import * as spanDetail from "./span-detail.js";
import { placeOf } from "./span-tree.js";
import * as urlState from "./url-state.js";
import * as waterfall from "./waterfall.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */

const PANES = { "": ".trace-timeline", flame: ".trace-flame", lines: ".trace-lines" };

/**
 * Show the tab of a name: "" is the timeline.
 * @param {TraceView} view
 * @param {string} name
 */
export function showTab(view, name) {
  for (const tab of selectAll("[role=tab]", view.shell)) {
    const isChosen = tab.dataset.view === name;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
  }
  for (const [pane, selector] of Object.entries(PANES)) requireElement(selector, view.shell).hidden = pane !== name;
  if (name === "") waterfall.paint(view, true);
  if (name === "flame") drawFlameGraph(view, 0);
  if (name === "lines") showLines(view);
}

/** @param {TraceView} view */
function showLines(view) {
  const box = requireElement(PANES.lines, view.shell);
  if (box.childElementCount) return;
  box.innerHTML = '<div class="skeleton"></div>';
  spanDetail.fetchHtml(`/api/trace/lines?id=${view.trace.id}`, box);
}

/**
 * The arrow keys choose a tab; only the chosen tab is a stop of the Tab key.
 * @param {TraceView} view
 * @param {KeyboardEvent} event
 */
function handleKey(view, event) {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!step) return;
  const tabs = selectAll("[role=tab]", view.shell);
  const index = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
  const tab = tabs[(index + step + tabs.length) % tabs.length];
  event.preventDefault();
  tab.click();
  tab.focus();
}

/** @param {TraceView} view */
export function listen(view) {
  const tabs = requireElement(".tabs", view.shell);
  tabs.addEventListener("keydown", (event) => handleKey(view, event));
  tabs.addEventListener("click", (event) => {
    const tab = closestTarget(event, "[data-view]");
    if (!tab) return;
    urlState.set({ view: tab.dataset.view }, { replace: true });
    showTab(view, tab.dataset.view || "");
  });
  requireElement(PANES.lines, view.shell).addEventListener("click", (event) => {
    const line = closestTarget(event, "[data-span]");
    if (!line || closestTarget(event, "a, summary, pre")) return;
    const place = placeOf(view.trace, line.dataset.span || "");
    if (place >= 0) spanDetail.open(view, place);
  });
}
