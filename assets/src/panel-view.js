/* A panel on the page: its state, its message, its legend, its table, its menu. */

import * as charts from "./charts.js";
import { selectAll } from "./dom.js";
import * as outage from "./outage.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const SILENT = new Set(["fresh", "loading"]);
const byId = (prefix, id) => document.getElementById(`${prefix}-${id}`);

/** State, age, message, legend and notes of a panel; the chart or markup itself is drawn elsewhere. */
function frame(element, panel) {
  element.dataset.state = panel.state;
  element.dataset.status = panel.status;
  const age = byId("age", panel.id);
  age.textContent =
    panel.state === "stale" ? `${timeFormat.age(panel.age)} old` : panel.state === "partial" ? "incomplete" : "";
  age.title = panel.sentence;
  const reason = outage.reason(panel);
  if (reason) say(panel.id, "away", outage.away(reason));
  else say(panel.id, panel.state, panel.sentence, panel.hint);
  const legend = byId("legend", panel.id);
  const isolated = legend.dataset.isolated;
  legend.innerHTML = (panel.legend || "") + notes(panel);
  if (isolated !== undefined) isolate(panel.id, Number(isolated), true);
  timeFormat.times(legend);
  const body = byId("body", panel.id);
  picture(body, panel.figure ? panel.alt : "");
  if (element.classList.contains("tile")) body.title = (panel.notes || []).join(" · ");
  element.codeagentDrill = panel.drill;
}

/** A chart is one picture with one text; what the server writes as HTML is read as it stands. */
function picture(body, text) {
  for (const [name, value] of [
    ["role", text && "img"],
    ["aria-label", text],
  ]) {
    if (value) body.setAttribute(name, value);
    else body.removeAttribute(name);
  }
}

function notes(panel) {
  const box = document.createElement("p");
  box.className = "notes";
  box.textContent = (panel.notes || []).join(" · ");
  return box.textContent ? box.outerHTML : "";
}

function markup(_element, panel) {
  const body = byId("body", panel.id);
  const scroller = body.querySelector("[data-keep-scroll]");
  const top = scroller ? scroller.scrollTop : 0;
  const order = sorting.get(panel.id);
  if (panel.state === "pending") return;
  if (body.querySelector(".graph")) window.dash_clientside.set_props(`body-${panel.id}`, { children: null });
  body.innerHTML = panel.html || "";
  timeFormat.times(body);
  if (order) sort(body, order.column, order.descending);
  const again = body.querySelector("[data-keep-scroll]");
  if (again) again.scrollTop = top;
}

/** The sentence in the middle of a panel that has nothing to draw; beside data it becomes the title of the age. */
function say(id, stateName, sentence, hint) {
  const box = byId("message", id);
  const element = byId("panel", id);
  if (!box || !element) return;
  element.dataset.state = stateName;
  box.replaceChildren();
  if (SILENT.has(stateName) || stateName === "stale" || stateName === "partial" || stateName === "pending" || !sentence)
    return;
  box.appendChild(document.createElement(stateName === "away" ? "span" : "strong")).textContent = visibleName(sentence);
  if (hint) box.appendChild(document.createElement("span")).textContent = hint;
  if (stateName !== "failed") return;
  const retry = box.appendChild(document.createElement("button"));
  retry.type = "button";
  retry.textContent = "Try again";
  retry.dataset.refreshNow = "";
}

function sentence(content) {
  const box = document.getElementById("sentence");
  if (!box || !content) return;
  const key = JSON.stringify(content);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.dataset.status = content.status;
  box.replaceChildren();
  box.appendChild(document.createElement("span")).className = `status-shape shape-${content.status}`;
  box.appendChild(document.createElement("b")).textContent = content.text;
  for (const item of content.items || []) {
    const link = box.appendChild(document.createElement("a"));
    const since = item.since ? ` since ${timeFormat.short(item.since * 1000)}` : "";
    const asOf = item.as_of ? ` (as of ${timeFormat.short(item.as_of * 1000)})` : "";
    link.textContent = item.text + since + asOf;
    const inPage = item.href.startsWith("#");
    link.href = inPage ? item.href : urlState.link(item.href || "/overview", {}, ["environment"]);
    if (!inPage) link.dataset.nav = "";
    link.dataset.status = item.status;
  }
}

// Tables: sorting is kept across refreshes.
const sorting = new Map();

function sort(body, column, descending) {
  const table = body.querySelector("table");
  if (!table?.tBodies[0]) return;
  const rows = [...table.tBodies[0].rows];
  const key = (row) => {
    const cell = row.cells[column];
    return cell ? (cell.dataset.sort ?? cell.textContent) : "";
  };
  rows.sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    const [x, y] = [Number(left), Number(right)];
    const numeric = left !== "" && right !== "" && !Number.isNaN(x) && !Number.isNaN(y);
    if (left === "" || right === "") return left === right ? 0 : left === "" ? 1 : -1;
    return (numeric ? x - y : String(left).localeCompare(String(right))) * (descending ? -1 : 1);
  });
  table.tBodies[0].append(...rows);
  for (const [index, cell] of [...table.tHead.rows[0].cells].entries()) {
    cell.setAttribute("aria-sort", index !== column ? "none" : descending ? "descending" : "ascending");
  }
}

function sortBy(header) {
  const panel = header.closest("[data-panel]");
  const descending = header.getAttribute("aria-sort") !== "descending";
  sorting.set(panel.dataset.panel, { column: header.cellIndex, descending });
  sort(byId("body", panel.dataset.panel), header.cellIndex, descending);
}

/** One click shows a series alone, the next shows all again. */
function isolate(id, series, keep = false) {
  const graph = charts.graphOf(id);
  const legend = byId("legend", id);
  if (!graph || !window.Plotly) return;
  const alone = !keep && legend.dataset.isolated === String(series);
  if (alone) delete legend.dataset.isolated;
  else legend.dataset.isolated = series;
  const meta = (trace) => trace.meta || {};
  const visible = graph.data.map((trace) => alone || meta(trace).series === series || meta(trace).compareOf === series);
  for (const row of selectAll("[data-series]", legend)) {
    row.classList.toggle("off", !alone && Number(row.dataset.series) !== series);
  }
  const shown = graph.data.find((trace) => meta(trace).series === series && meta(trace).axis);
  graph.codeagentAxis = graph.codeagentAxis || { ...graph.layout.yaxis };
  const axis = alone ? graph.codeagentAxis : shown ? meta(shown).axis : {};
  if (alone) delete graph.codeagentAxis;
  const change = Object.fromEntries(
    ["range", "tickvals", "ticktext"].filter((name) => axis[name]).map((name) => [`yaxis.${name}`, axis[name]]),
  );
  window.Plotly.update(graph, { visible }, change);
}

export { frame, isolate, markup, say, sentence, sortBy };
