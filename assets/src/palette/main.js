/* The search over pages, panels, endpoints, providers, alerts and traces, and the list of keys. A script of its own, which
   is loaded when somebody asks for it. */

import { openDialog } from "../dialog.js";
import { closestTarget, create, requireElement, selectAll } from "../dom.js";
import { visibleName } from "../visible.js";
import { distinct, listed } from "./entries.js";
import { keyRows, ofPage, ofServer, panelAt } from "./sources.js";

/** @typedef {import("./entries.js").Entry} Entry */
/** What the open search holds. @typedef {{all: Entry[], shown: Entry[], active: number}} Search */

const SEARCH =
  '<h2 class="unseen"></h2><input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" ' +
  'aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Page, panel, endpoint, provider, alert or ' +
  'trace id" aria-label="Search"><ul id="palette-list" role="listbox" aria-label="Results"></ul>';
const KEYS = /** @type {[string, string][]} */ ([
  ["Ctrl K", "Search pages, panels, endpoints, providers, alerts, traces"],
  ["?", "This list"],
  ["r", "Refresh now"],
  ["[ ]", "Earlier, later range"],
  ["-", "Zoom out"],
  ["t", "Light or dark"],
  ["Tab", "Next control or chart"],
  ["← →", "In a chart: move through its values, with Shift ten times as far"],
  ["Enter", "In a chart: what can be done at this time"],
  ["Esc", "Close what is open, leave full screen"],
]);

/** The part of the app's address functions that the search needs.
 * @typedef {{go: (address: string) => void, link: (address: string) => string,
 *   dataQuery: (board: {range: string, filters: string[]}, width: string) => string}} Addresses */
const addresses = () => /** @type {Addresses} */ (window.codeagent.url);

/** Open the search. */
function search() {
  if (document.querySelector(".palette[open]")) return;
  const dialog = openDialog("palette", SEARCH, "Search");
  const field = /** @type {HTMLInputElement} */ (requireElement("input", dialog));
  const list = requireElement("ul", dialog);
  /** @type {Search} */
  const state = { all: ofPage(), shown: [], active: 0 };
  const show = () => showList(list, field, state);
  ofServer(addresses().dataQuery({ range: "now-6h", filters: [] }, "m"), (entries) => {
    state.all = distinct([...state.all, ...entries]);
    if (dialog.open) show();
  });
  field.addEventListener("input", () => {
    state.active = 0;
    show();
  });
  dialog.addEventListener("keydown", (event) => handleKey(event, dialog, state, show));
  list.addEventListener("click", (event) => {
    const option = closestTarget(event, "[role=option]");
    if (option) open(dialog, state.shown[Number(option.dataset.place)]);
  });
  show();
  field.focus();
}

/**
 * @param {HTMLElement} list
 * @param {HTMLInputElement} field
 * @param {Search} state
 */
function showList(list, field, state) {
  state.shown = listed(state.all, field.value);
  state.active = Math.min(state.active, Math.max(state.shown.length - 1, 0));
  list.replaceChildren(...state.shown.map((entry, place) => option(entry, place, place === state.active)));
  field.setAttribute("aria-activedescendant", state.shown.length ? `palette-${state.active}` : "");
  selectAll('[aria-selected="true"]', list)[0]?.scrollIntoView({ block: "nearest" });
}

/**
 * @param {Entry} entry
 * @param {number} place
 * @param {boolean} isActive
 */
function option({ title, kind }, place, isActive) {
  const name = create("span", {}, visibleName(title));
  const element = create("li", { id: `palette-${place}` }, name, create("small", {}, kind));
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", String(isActive));
  element.dataset.place = String(place);
  return element;
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLDialogElement} dialog
 * @param {Search} state
 * @param {() => void} show
 */
function handleKey(event, dialog, state, show) {
  event.stopPropagation(); // a key of the search is no key of the page
  const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
  const step = steps[event.key];
  if (step && state.shown.length) {
    state.active = (state.active + step + state.shown.length) % state.shown.length;
    show();
  } else if (event.key === "Enter" && state.shown[state.active]) open(dialog, state.shown[state.active]);
  else return;
  event.preventDefault();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Entry} entry
 */
function open(dialog, { href }) {
  dialog.close();
  const panel = panelAt(href);
  if (panel) panel.scrollIntoView({ block: "center" });
  else addresses().go(addresses().link(href));
}

/** Show the keys. */
function keys() {
  if (document.querySelector(".palette[open]")) return;
  const html = `<header><h2></h2><button type="button" data-close>Close</button></header><table>${keyRows(KEYS)}</table>`;
  openDialog("palette keys", html, "Keys");
}

window.codeagentPalette = { search, keys };
