/* The spans of a trace as a flame graph: calls of the same path are joined into one bar. */

import { closestTarget, escapeHtml, requireElement } from "./dom.js";
import { colourName, duration } from "./span-row.js";
import { flameBars, joinPaths } from "./span-tree.js";
import { isNarrow } from "./trace-view.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */
/** @typedef {ReturnType<typeof flameBars>[number]} Bar */

const HELP =
  "Calls of the same path are joined; width is time. Click a bar to look closer, click the bar on top to go back.";

/**
 * Draw the flame graph below a node.
 * @param {TraceView} view
 * @param {number} from place of the node
 */
export function drawFlameGraph(view, from) {
  view.nodes ||= joinPaths(view.trace.spans);
  const height = isNarrow() ? 32 : 24;
  const bars = flameBars(view.nodes, from);
  const total = (Math.max(...bars.map((bar) => bar.depth)) + 1) * height;
  const html = bars.map((bar) => barHtml(view, bar, from, height)).join("");
  requireElement(".trace-flame", view.shell).innerHTML =
    `<p class="hint">${HELP}</p><div class="flame-box" style="height:${total}px">${html}</div>`;
}

/**
 * @param {TraceView} view
 * @param {Bar} bar
 * @param {number} from place of the node on top
 * @param {number} height pixels
 */
function barHtml(view, { place, left, width, depth }, from, height) {
  const node = (view.nodes || [])[place];
  const { name, title } = textsOf(view, place);
  const colour = place ? colourName(node.service) : "--border-strong";
  const position = `left:${left}%;width:${width}%;top:${depth * height}px;height:${height - 1}px`;
  const target = place === from ? Math.max(0, node.up) : place;
  const label = `${escapeHtml(name)}${node.calls > 1 ? ` ×${node.calls}` : ""} · ${duration(node.total)}`;
  const attributes = `class="flame${node.errors ? " error" : ""}" data-node="${target}" title="${escapeHtml(title)}"`;
  return `<button type="button" ${attributes} style="${position};--c:var(${colour})"><span>${label}</span></button>`;
}

/**
 * @param {TraceView} view
 * @param {number} place
 */
function textsOf({ nodes, trace: { names, services } }, place) {
  if (!place) return { name: "The whole trace", title: "The whole trace" };
  const node = (nodes || [])[place];
  const name = names[node.name] || "unnamed";
  const calls = `${node.calls} ${node.calls === 1 ? "call" : "calls"}`;
  const errors = node.errors ? `, ${node.errors} with errors` : "";
  const times = `${duration(node.total)}, ${duration(node.self)} of its own`;
  return { name, title: `${services[node.service]} · ${name}\n${calls}, ${times}${errors}` };
}

/** @param {TraceView} view */
export function listen(view) {
  requireElement(".trace-flame", view.shell).addEventListener("click", (event) => {
    const bar = closestTarget(event, "[data-node]");
    if (bar) drawFlameGraph(view, Number(bar.dataset.node));
  });
}
