/* A panel on the page: its state, its message, its legend, its content as HTML. */

import * as chartView from "./chart/view.js";
import { create, fill, requireElement, select, selectAll } from "./dom.js";
import * as drills from "./drill.js";
import * as outage from "./outage.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

/** What the legends on the page were written from. @type {WeakMap<HTMLElement, string>} */
const legends = new WeakMap();
const STATES_WITHOUT_MESSAGE = new Set(["fresh", "loading", "stale", "partial", "pending"]);

/**
 * A part of a panel; the server writes all of them.
 * @param {"age" | "body" | "legend" | "message"} name
 * @param {string} id of the panel
 */
const partOf = (name, id) => requireElement(`#${name}-${CSS.escape(id)}`, document);

/**
 * Show state, age, message, legend and notes of a panel; the chart or markup itself is drawn elsewhere.
 * @param {HTMLElement} element
 * @param {PanelAnswer} panel
 */
export function showFrame(element, panel) {
  element.dataset.state = panel.state;
  element.dataset.status = panel.status;
  element.codeagentDrill = panel.drill;
  const age = partOf("age", panel.id);
  age.textContent = ageText(panel);
  age.title = panel.sentence;
  const reason = outage.reason(panel);
  if (reason) showMessage(panel.id, "away", outage.panelMessage(reason));
  else showMessage(panel.id, panel.state, panel.sentence, panel.hint);
  showLegend(panel);
  linkRows(panel);
  const body = partOf("body", panel.id);
  describePicture(body, panel.figure ? panel.alt : "");
  if (element.classList.contains("tile")) body.title = (panel.notes || []).join(" · ");
}

/** @param {PanelAnswer} panel */
function ageText({ state, age }) {
  if (state === "stale") return `${timeFormat.age(age)} old`;
  return state === "partial" ? "incomplete" : "";
}

/** @param {PanelAnswer} panel */
function showLegend(panel) {
  const legend = partOf("legend", panel.id);
  const { isolated } = legend.dataset;
  const notes = (panel.notes || []).join(" · ");
  const written = JSON.stringify([panel.legend, notes]);
  if (legends.get(legend) !== written) {
    legends.set(legend, written);
    fill(legend, panel.legend || "");
    if (notes) legend.append(create("p", { className: "notes" }, notes));
    if (isolated !== undefined) isolate(panel.id, Number(isolated), true);
  }
  timeFormat.times(legend);
}

/**
 * A chart is one picture with one text; what the server writes as HTML is read as it stands.
 * @param {HTMLElement} body
 * @param {string} text
 */
function describePicture(body, text) {
  if (text) {
    body.setAttribute("role", "img");
    body.setAttribute("aria-label", text);
    body.tabIndex = 0; // arrow keys move through its values
  } else {
    for (const name of ["role", "aria-label", "tabindex"]) body.removeAttribute(name);
  }
}

/** @param {PanelAnswer} panel */
export function showMarkup(panel) {
  const body = partOf("body", panel.id);
  const top = select("[data-keep-scroll]", body)?.scrollTop || 0;
  if (panel.state === "pending") return;
  fill(body, panel.html || "");
  timeFormat.times(body);
  linkRows(panel);
  const scroller = select("[data-keep-scroll]", body);
  if (scroller) scroller.scrollTop = top;
}

/** The links of rows lead to the range and the filters of the page. @param {PanelAnswer} panel */
function linkRows({ id, drill }) {
  if (!drill) return;
  for (const link of selectAll("[data-drill] a.t-open", partOf("body", id))) {
    const row = /** @type {HTMLElement} */ (link.closest("[data-drill]"));
    link.setAttribute("href", drills.addressOf(drill, row.dataset.drill));
  }
}

/**
 * The message in the middle of a panel that has nothing to draw; beside data it is the title of the age.
 * @param {string} id
 * @param {string} state
 * @param {string} sentence
 * @param {string} [hint]
 */
export function showMessage(id, state, sentence, hint) {
  const box = document.getElementById(`message-${id}`);
  const element = document.getElementById(`panel-${id}`);
  if (!box || !element) return;
  element.dataset.state = state;
  box.replaceChildren();
  if (STATES_WITHOUT_MESSAGE.has(state) || !sentence) return;
  box.append(create(state === "away" ? "span" : "strong", {}, visibleName(sentence)));
  if (hint) box.append(create("span", {}, hint));
  if (state === "failed") box.append(retryButton());
}

function retryButton() {
  const button = create("button", { type: "button" }, "Try again");
  button.dataset.refreshNow = "";
  return button;
}

/** @param {StatusLine | null} line */
export function showStatusLine(line) {
  const box = document.getElementById("sentence");
  if (!box || !line) return;
  const key = JSON.stringify(line);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.dataset.status = line.status;
  const shape = create("span", { className: `status-shape shape-${line.status}` });
  box.replaceChildren(shape, create("b", {}, line.text), ...(line.items || []).flatMap(statusLinks));
}

/** @param {StatusItem} item */
function statusLinks(item) {
  const since = item.since ? ` since ${timeFormat.short(item.since * 1000)}` : "";
  const where = item.where ? `, ${item.where}` : "";
  const asOf = item.as_of ? ` (as of ${timeFormat.short(item.as_of * 1000)})` : "";
  const link = statusLink(item.text + since + where + asOf, item.href);
  link.dataset.status = item.status;
  return item.more ? [link, statusLink(`→ ${item.more.text}`, item.more.href)] : [link];
}

/**
 * @param {string} text
 * @param {string} target a panel of this page, or another page
 */
function statusLink(text, target) {
  const isInPage = target.startsWith("#");
  const href = isInPage ? target : urlState.link(target || "/overview", {}, ["environment"]);
  const link = create("a", { href }, text);
  // Exploring pages are documents of their own.
  if (!isInPage && !target.startsWith("/traces")) link.dataset.nav = "";
  return link;
}

/**
 * Show a series alone, or all again when it is alone already.
 * @param {string} id of the panel
 * @param {number} series
 * @param {boolean} [keep] leave it alone
 */
export function isolate(id, series, keep = false) {
  if (!chartView.chartOfPanel(id)) return;
  const legend = partOf("legend", id);
  const showAll = !keep && legend.dataset.isolated === String(series);
  if (showAll) delete legend.dataset.isolated;
  else legend.dataset.isolated = String(series);
  for (const row of selectAll("[data-series]", legend))
    row.classList.toggle("off", !showAll && Number(row.dataset.series) !== series);
  chartView.isolate(id, showAll ? undefined : series);
}
