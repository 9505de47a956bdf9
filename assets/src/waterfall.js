/* The waterfall of one trace. Spans arrive as columns in tree order; only rows on screen are in the document, so that
   ten thousand spans scroll like ten. Beside it the same spans as a flame graph, and the log lines by time. What is
   found and zoomed into is in waterfall-find.js. */

import { closestTarget, selectAll } from "./dom.js";
import * as explorer from "./explorer.js";
import { ADOPTED, CRITICAL, ERROR, flameBars, joinPaths, placeOf, shapeOf, share, visibleRows } from "./span-tree.js";
import * as theme from "./theme.js";
import * as timeFormat from "./time-format.js";
import * as units from "./units.js";
import * as urlState from "./url-state.js";

const SERIES = 8;
const AHEAD = 10; // rows drawn beyond the edge of the screen
let view = null;
const started = [];

const narrow = () => innerWidth < 700;
const rowHeight = () => (narrow() ? 44 : 24);
const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
const micro = (value) => units.write(value / 1000, "milliseconds");
const colour = (service) => `var(--series-${service < SERIES ? service + 1 : "other"})`;

function landed(root) {
  const data = root.querySelector("#trace-data");
  if (root.dataset.page !== "trace" || !data || (view && view.data === data)) return;
  draw(data.parentElement, data);
}

function draw(box, data) {
  const trace = JSON.parse(data.textContent);
  view = {
    box,
    data,
    trace,
    collapsed: new Set(),
    hits: null,
    kept: null,
    open: -1,
    row: rowHeight(),
    window: [0, trace.duration],
    tree: shapeOf(trace.spans.parent),
    shell: null,
    list: null,
  };
  const shell = document.createElement("div");
  shell.className = "trace";
  shell.innerHTML = `<div class="trace-tools" role="toolbar" aria-label="Spans"><span class="tabs" role="tablist"><button type="button" role="tab" data-view="">Timeline</button><button type="button" role="tab" data-view="flame">Flame graph</button><button type="button" role="tab" data-view="lines">Log lines</button></span>
    <input type="search" placeholder="Find spans" aria-label="Find spans" title="Words, or fields as in the search box: status:error, duration:>100, http.route:&quot;/v1/chat&quot;" spellcheck="false"><button type="button" class="button" data-only aria-pressed="false" hidden>Only these</button><span class="trace-found" role="status"></span><button type="button" class="button" data-find-errors hidden></button><button type="button" class="button" data-next-error hidden>Next error</button><button type="button" class="button" data-fold-all>Fold all</button><button type="button" class="button" data-whole hidden>Whole trace</button></div>
    <div class="trace-split"><div class="trace-views"><div class="trace-timeline"><div class="trace-over" title="Drag to zoom in on a part of the time"><canvas class="trace-map" height="48" aria-hidden="true"></canvas><div class="trace-window" hidden></div></div><div class="trace-axis" aria-hidden="true"></div><div class="trace-list" id="spans" tabindex="0" role="tree" aria-label="Spans" aria-describedby="trace-keys"><div class="trace-space"></div></div><p id="trace-keys" class="hint not-phone">Arrows, Home and End move, left and right fold, Z zooms in on the span, Escape goes back. Drag over the time axis to zoom in.</p></div>
    <div class="trace-flame" hidden></div><div class="trace-lines" hidden></div></div><aside class="trace-detail" aria-label="Span" hidden></aside></div>`;
  box.querySelector(".trace")?.remove();
  box.appendChild(shell);
  view.shell = shell;
  view.list = shell.querySelector(".trace-list");
  listen(shell);
  const failed = trace.spans.flags.filter((flag) => flag & ERROR).length;
  for (const button of selectAll("[data-next-error], [data-find-errors]", shell)) button.hidden = !failed;
  shell.querySelector("[data-find-errors]").textContent = `${failed} ${failed === 1 ? "error" : "errors"}`;
  axis();
  arrange();
  map();
  show(urlState.params().get("view") || "");
  for (const listener of started) listener(view);
  const wanted = placeOf(trace, urlState.params().get("span") || "");
  if (wanted >= 0) {
    reveal(wanted);
    open(wanted, { quiet: true });
  }
  performance.mark("codeagent:trace");
}

function listen(shell) {
  view.list.addEventListener("scroll", () => requestAnimationFrame(() => paint()), { passive: true });
  view.list.addEventListener("click", clicked);
  view.list.addEventListener("keydown", moved);
  shell.querySelector(".trace-over").addEventListener("click", jump);
  shell.querySelector("[data-fold-all]").addEventListener("click", foldAll);
  shell
    .querySelector("[data-next-error]")
    .addEventListener("click", () => next((at) => view.trace.spans.flags[at] & ERROR));
  shell.querySelector(".tabs").addEventListener("keydown", turned);
  shell.querySelector(".tabs").addEventListener("click", (event) => {
    const tab = closestTarget(event, "[data-view]");
    if (tab) {
      urlState.set({ view: tab.dataset.view }, { replace: true });
      show(tab.dataset.view);
    }
  });
  shell.querySelector(".trace-lines").addEventListener("click", (event) => {
    const line = closestTarget(event, "[data-span]");
    const at = line && !closestTarget(event, "a, summary, pre") ? placeOf(view.trace, line.dataset.span) : -1;
    if (at >= 0) open(at);
  });
  shell.querySelector(".trace-flame").addEventListener("click", (event) => {
    const bar = closestTarget(event, "[data-node]");
    if (bar) flame(Number(bar.dataset.node));
  });
  shell.querySelector(".trace-detail").addEventListener("click", (event) => {
    if (closestTarget(event, "[data-close-detail]")) close();
  });
}

/** The arrow keys choose a tab; only the chosen one is a stop of the Tab key. */
function turned(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...view.shell.querySelectorAll("[role=tab]")];
  const tab = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  event.preventDefault();
  tab.click();
  tab.focus();
}

/** Which spans have a row: those that are kept and have no folded ancestor. */
function arrange() {
  const rows = visibleRows(view.tree.below, view.collapsed, view.kept);
  view.rows = rows;
  view.list.firstElementChild.style.height = `${rows.length * view.row}px`;
  paint(true);
}

function paint(anew = false) {
  const first = Math.max(0, Math.floor(view.list.scrollTop / view.row) - AHEAD);
  const last = Math.min(view.rows.length, Math.ceil((view.list.scrollTop + view.list.clientHeight) / view.row) + AHEAD);
  if (!anew && view.first === first && view.last === last) return;
  Object.assign(view, { first, last });
  let html = "";
  for (let row = first; row < last; row += 1) html += line(view.rows[row], row);
  view.list.firstElementChild.innerHTML = html;
}

function line(at, row) {
  const { spans, names, services } = view.trace;
  const left = share(view.window, spans.start[at]),
    width = Math.max(0.15, share(view.window, spans.start[at] + spans.duration[at]) - left);
  const flags = spans.flags[at];
  const folded = view.collapsed.has(at);
  const marks =
    (flags & ERROR ? " error" : "") +
    (flags & CRITICAL ? " critical" : "") +
    (view.open === at ? " open" : "") +
    (view.hits?.has(at) ? " hit" : "");
  const fold = view.tree.children[at]
    ? `<button type="button" class="fold" tabindex="-1" data-fold aria-label="${folded ? "Unfold" : "Fold"}">${folded ? "▸" : "▾"}</button>`
    : '<span class="fold"></span>';
  const name = escapeHtml(names[spans.name[at]] || "unnamed"),
    service = escapeHtml(services[spans.service[at]]);
  const tone = colour(spans.service[at]);
  return `<div class="trace-row${marks}" role="treeitem" id="span-row-${at}" aria-level="${view.tree.depth[at] + 1}"${view.tree.children[at] ? ` aria-expanded="${!folded}"` : ""} data-at="${at}" style="top:${row * view.row}px;height:${view.row}px"><div class="trace-name" style="padding-left:${Math.min(view.tree.depth[at], 20) * (narrow() ? 6 : 12)}px">${fold}<i class="swatch" style="--c:${tone}"></i>${flags & ERROR ? '<b class="bad" title="error">✕</b>' : ""}<span title="${service} · ${name}">${name}</span>${folded ? `<em>+${view.tree.below[at]}</em>` : ""}</div><div class="trace-bar"><div class="trace-clip"><i style="left:${left}%;width:${width}%;background:${tone}"></i>${path(at, folded)}</div>${label(left, left + width, micro(spans.duration[at]))}</div></div>`;
}

/** The duration behind its bar, or at the edge beyond which the bar lies. */
function label(left, right, text) {
  if (right < 0) return `<span class="outside" style="left:0">‹ ${text}</span>`;
  if (left > 100) return `<span class="outside" style="right:0">${text} ›</span>`;
  return `<span style="left:${Math.min(100, right)}%">${text}</span>`;
}

/** Where the span itself is on the critical path; a folded one stands for all below it. */
function path(at, folded) {
  const { spans } = view.trace;
  let html = "";
  for (let each = at; each <= at + (folded ? view.tree.below[at] : 0); each += 1) {
    const times =
      spans.path[each] ||
      (spans.flags[each] & CRITICAL ? [spans.start[each], spans.start[each] + spans.duration[each]] : []);
    for (let i = 0; i < times.length; i += 2)
      html += `<u style="left:${share(view.window, times[i])}%;width:${Math.max(0.15, share(view.window, times[i + 1]) - share(view.window, times[i]))}%"></u>`;
  }
  return html;
}

/** The whole trace in 48 px, errors on top. */
function map() {
  const canvas = view.shell.querySelector(".trace-map");
  const { spans, duration } = view.trace;
  canvas.width = canvas.clientWidth;
  const context = canvas.getContext("2d");
  const height = canvas.height / spans.id.length;
  const tones = view.trace.services.map((_, service) =>
    theme.token(service < SERIES ? `--series-${service + 1}` : "--series-other"),
  );
  const bar = (at, tone) => {
    context.fillStyle = tone;
    context.fillRect(
      (spans.start[at] / duration) * canvas.width,
      at * height,
      Math.max(1, (spans.duration[at] / duration) * canvas.width),
      Math.max(1, height),
    );
  };
  for (let at = 0; at < spans.id.length; at += 1) bar(at, tones[spans.service[at]]);
  const bad = theme.token("--critical");
  for (let at = 0; at < spans.id.length; at += 1) if (spans.flags[at] & ERROR) bar(at, bad);
}

function axis() {
  const marks = narrow() ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
  const [from, to] = view.window;
  view.shell.querySelector(".trace-axis").innerHTML =
    "<div>" +
    marks.map((part) => `<span style="left:${part * 100}%">${micro(from + (to - from) * part)}</span>`).join("") +
    "</div>";
}

function jump(event) {
  const box = event.currentTarget.getBoundingClientRect();
  view.list.scrollTop =
    ((event.clientY - box.top) / box.height) * view.rows.length * view.row - view.list.clientHeight / 2;
}

function clicked(event) {
  const row = closestTarget(event, "[data-at]");
  if (!row) return;
  const at = Number(row.dataset.at);
  if (closestTarget(event, "[data-fold]")) return fold(at);
  open(at);
}

function fold(at, wanted = !view.collapsed.has(at)) {
  if (!view.tree.children[at] || wanted === view.collapsed.has(at)) return;
  if (wanted) view.collapsed.add(at);
  else view.collapsed.delete(at);
  arrange();
}

/** Everything below the roots' children, or nothing. */
function foldAll(event) {
  const open_ = view.collapsed.size > 0;
  view.collapsed.clear();
  if (!open_)
    for (let at = 0; at < view.tree.children.length; at += 1)
      if (view.tree.children[at] && view.tree.depth[at] > 0) view.collapsed.add(at);
  event.target.textContent = open_ ? "Fold all" : "Unfold all";
  arrange();
}

function moved(event) {
  if (event.target !== view.list || event.ctrlKey || event.metaKey || event.altKey) return;
  const now = Math.max(0, view.rows.indexOf(view.open)),
    last = view.rows.length - 1;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    return fold(view.rows[now], event.key === "ArrowLeft");
  }
  const step = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: 20,
    PageUp: -20,
    Home: -Infinity,
    End: Infinity,
    Enter: 0,
    " ": 0,
  }[event.key];
  if (step === undefined || last < 0) return;
  event.preventDefault();
  const at = view.rows[Math.min(last, Math.max(0, view.open < 0 && step !== Infinity ? 0 : now + step))];
  open(at);
  reveal(at);
}

/** Unfolds what hides a span and scrolls to it. */
function reveal(at) {
  const { parent } = view.trace.spans;
  let changed = false;
  for (let above = parent[at]; above >= 0; above = parent[above]) changed = view.collapsed.delete(above) || changed;
  if (view.kept && !view.kept.has(at)) {
    view.kept.add(at);
    changed = true;
  }
  if (changed) arrange();
  const top = view.rows.indexOf(at) * view.row;
  if (top < view.list.scrollTop || top + view.row > view.list.scrollTop + view.list.clientHeight)
    view.list.scrollTop = top - view.list.clientHeight / 2;
  paint(true);
}

function next(matches) {
  const total = view.trace.spans.id.length;
  for (let step = 1; step <= total; step += 1) {
    const at = (Math.max(view.open, -1) + step + total) % total;
    if (matches(at)) {
      show("");
      reveal(at);
      open(at);
      return;
    }
  }
}

async function open(at, { quiet = false } = {}) {
  view.open = at;
  view.list.setAttribute("aria-activedescendant", `span-row-${at}`);
  paint(true);
  const { spans, names, services, id } = view.trace;
  if (!quiet) urlState.set({ span: spans.id[at] }, { replace: true });
  const box = view.shell.querySelector(".trace-detail");
  const flags = spans.flags[at];
  box.hidden = false;
  view.shell.classList.add("has-detail");
  const said = [
    services[spans.service[at]],
    micro(spans.duration[at]),
    `${micro(spans.self[at])} of its own`,
    `after ${micro(spans.start[at])}`,
  ];
  if (flags & CRITICAL) said.push("on the critical path");
  if (flags & ADOPTED) said.push("its parent is missing");
  box.innerHTML = `<header><h3>${escapeHtml(names[spans.name[at]] || "unnamed")}</h3><span class="buttons"><button type="button" class="button" data-zoom-span>Zoom in</button> <button type="button" class="button" data-close-detail>Close</button></span></header><p class="facts">${said.map((each) => `<span>${escapeHtml(each)}</span>`).join("")}</p><div class="span-body"><div class="skeleton"></div></div>`;
  box.scrollTop = 0;
  const body = box.querySelector(".span-body");
  try {
    const response = await fetch(`/api/trace/span?id=${id}&span=${encodeURIComponent(spans.id[at])}`);
    const answer = await response.json();
    if (view.open !== at) return;
    if (!answer.error) body.innerHTML = answer.html;
    else body.textContent = `${answer.error.sentence} ${answer.error.hint}`;
  } catch {
    if (view.open === at) body.textContent = "The dashboard server cannot be reached.";
  }
  timeFormat.times(box);
}

function close() {
  view.open = -1;
  view.list.removeAttribute("aria-activedescendant");
  view.shell.querySelector(".trace-detail").hidden = true;
  view.shell.classList.remove("has-detail");
  urlState.set({ span: "" }, { replace: true });
  paint(true);
  view.list.focus();
}

function show(name) {
  for (const tab of view.shell.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.view === name));
    tab.tabIndex = tab.dataset.view === name ? 0 : -1;
  }
  view.shell.querySelector(".trace-timeline").hidden = name !== "";
  view.shell.querySelector(".trace-flame").hidden = name !== "flame";
  view.shell.querySelector(".trace-lines").hidden = name !== "lines";
  if (name === "") paint(true);
  if (name === "flame") flame(0);
  if (name === "lines") lines();
}

async function lines() {
  const box = view.shell.querySelector(".trace-lines");
  if (box.childElementCount) return;
  box.innerHTML = '<div class="skeleton"></div>';
  try {
    const response = await fetch(`/api/trace/lines?id=${view.trace.id}`);
    const answer = await response.json();
    if (!answer.error) box.innerHTML = answer.html;
    else box.textContent = `${answer.error.sentence} ${answer.error.hint}`;
  } catch {
    box.textContent = "The dashboard server cannot be reached.";
  }
}

/**
 * Draw the flame graph below a node.
 * @param {number} from
 */
function flame(from) {
  view.nodes ||= joinPaths(view.trace.spans);
  const high = narrow() ? 32 : 24;
  const bars = flameBars(view.nodes, from);
  const deepest = Math.max(...bars.map((bar) => bar.depth));
  const html = bars.map((bar) => flameBar(bar, from, high)).join("");
  const box = view.shell.querySelector(".trace-flame");
  box.innerHTML = `<p class="hint">Calls of the same path are joined; width is time. A click looks closer, a click on the top goes back.</p><div class="flame-box" style="height:${(deepest + 1) * high}px">${html}</div>`;
}

function flameBar({ place, left, width, depth }, from, high) {
  const { names, services } = view.trace;
  const node = view.nodes[place];
  const name = place ? names[node.name] || "unnamed" : "The whole trace";
  const errors = node.errors ? `, ${node.errors} with errors` : "";
  const calls = `${node.calls} ${node.calls === 1 ? "call" : "calls"}`;
  const title = place
    ? `${services[node.service]} · ${name}\n${calls}, ${micro(node.total)}, ${micro(node.self)} of its own${errors}`
    : name;
  const style = `left:${left}%;width:${width}%;top:${depth * high}px;height:${high - 1}px;--c:${place ? colour(node.service) : "var(--border-strong)"}`;
  const target = place === from ? Math.max(0, node.up) : place;
  const label = `${escapeHtml(name)}${node.calls > 1 ? ` ×${node.calls}` : ""} · ${micro(node.total)}`;
  return `<button type="button" class="flame${node.errors ? " error" : ""}" data-node="${target}" title="${escapeHtml(title)}" style="${style}"><span>${label}</span></button>`;
}

export const current = () => (view?.shell.isConnected ? view : null);
export const onStart = (listener) => started.push(listener);
export { arrange, axis, close, next, open, paint, reveal };

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("resize", () => {
    if (!view?.shell.isConnected) return;
    if (view.row !== rowHeight()) {
      view.row = rowHeight();
      axis();
      arrange();
    }
    map();
    paint(true);
  });
  document.addEventListener("codeagent:theme", () => {
    if (view?.shell.isConnected) {
      map();
      paint(true);
    }
  });
  explorer.onLand(landed);
}
