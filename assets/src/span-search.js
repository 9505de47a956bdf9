/* Finding spans of a trace by words and fields; the others are dimmed, or hidden. */

import { requireElement } from "./dom.js";
import { currentView } from "./trace-view.js";
import * as urlState from "./url-state.js";
import * as waterfall from "./waterfall.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */

const PAUSE = 250; // ms after the last key
const MAX_CANDIDATES = 1000; // of the first span that is found
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let searches = 0; // answers of an earlier search are dropped

/** Whether a search has no fields or operators, so that names alone answer it. @param {string} text */
export const isPlain = (text) => !/[:"()*]|(^|\s)(NOT|OR|AND)\s|(^|\s)-/.test(text);

/**
 * Find spans: names and services here at once; attributes, status and the rest of the grammar by the server.
 * @param {TraceView} view
 * @param {string} text
 * @param {{quiet?: boolean}} [options] quiet leaves the address as it is
 */
async function find(view, text, { quiet = false } = {}) {
  searches += 1;
  const search = searches;
  if (!quiet) urlState.set({ find: text, only: view.only && text ? "1" : "" }, { replace: true });
  if (!text) return mark(view, null);
  const hits = isPlain(text) ? matchNames(view.trace, text) : new Set();
  if (isPlain(text)) mark(view, hits);
  else showCount(view, "…");
  const isCurrent = () => search === searches && currentView() === view;
  try {
    const answer = await fetchMatches(view, text);
    if (isCurrent()) showMatches(view, answer, hits, isPlain(text));
  } catch {
    if (isCurrent() && !isPlain(text)) mark(view, new Set(), "The dashboard server cannot be reached.");
  }
}

/** @typedef {{keys: string[], notes: string[], error?: ErrorAnswer}} Matches */

/**
 * @param {TraceView} view
 * @param {string} text
 * @returns {Promise<Matches>}
 */
async function fetchMatches(view, text) {
  const times = urlState.params().get("times");
  const parameters = `id=${view.trace.id}&q=${encodeURIComponent(text)}`;
  const response = await fetch(`/api/trace/find?${parameters}${times ? `&times=${encodeURIComponent(times)}` : ""}`);
  return response.json();
}

/**
 * @param {TraceView} view
 * @param {Matches} answer
 * @param {Set<number>} hits by name
 * @param {boolean} isByName
 */
function showMatches(view, answer, hits, isByName) {
  if (answer.error) {
    if (!isByName) mark(view, new Set(), `${answer.error.sentence} ${answer.error.hint || ""}`);
    return;
  }
  const keys = new Set(answer.keys);
  for (const [place, key] of view.trace.spans.id.entries()) if (keys.has(key)) hits.add(place);
  mark(view, hits, answer.notes.join(" "));
}

/**
 * Spans whose name or service holds a text, or whose id is that text.
 * @param {import("./span-tree.js").Trace} trace
 * @param {string} text
 */
export function matchNames({ spans, names, services }, text) {
  const words = text.toLowerCase();
  const [byName, byService] = [names, services].map((list) => list.map((name) => name.toLowerCase().includes(words)));
  /** @type {Set<number>} */
  const hits = new Set();
  for (const [place, id] of spans.id.entries())
    if (byName[spans.name[place]] || byService[spans.service[place]] || id.split(".")[0] === words) hits.add(place);
  return hits;
}

/**
 * Show which spans match; null for no search.
 * @param {TraceView} view
 * @param {Set<number> | null} hits
 * @param {string} [note]
 */
function mark(view, hits, note = "") {
  view.hits = hits;
  showCount(view, hits ? `${hits.size.toLocaleString("en")} found${note ? `. ${note}` : ""}` : "");
  view.list.classList.toggle("searching", !!hits);
  requireElement("[data-only]", view.shell).hidden = !hits;
  filter(view);
  if (hits?.size) waterfall.reveal(view, Math.min(...[...hits].slice(0, MAX_CANDIDATES)));
}

/**
 * @param {TraceView} view
 * @param {string} text
 */
function showCount(view, text) {
  requireElement(".trace-found", view.shell).textContent = text;
}

/**
 * @param {TraceView} view
 * @param {boolean} only
 */
function setOnly(view, only) {
  view.only = only;
  urlState.set({ only: only ? "1" : "" }, { replace: true });
  filter(view);
}

/**
 * Keep the rows of what matches and of what it lies in, when only these are shown.
 * @param {TraceView} view
 */
function filter(view) {
  view.included = view.only && view.hits ? withAncestors(view.trace.spans.parent, view.hits) : null;
  requireElement("[data-only]", view.shell).setAttribute("aria-pressed", String(view.only));
  waterfall.arrange(view);
}

/**
 * @param {number[]} parent
 * @param {Set<number>} places
 */
export function withAncestors(parent, places) {
  const all = new Set(places);
  for (const place of places)
    for (let above = parent[place]; above >= 0 && !all.has(above); above = parent[above]) all.add(above);
  return all;
}

/** @param {TraceView} view */
const boxOf = (view) => /** @type {HTMLInputElement} */ (requireElement("input", view.shell));

/** @param {TraceView} view */
export function clear(view) {
  clearTimeout(timer);
  boxOf(view).value = "";
  find(view, "");
}

/** @param {TraceView} view */
function prepare(view) {
  const box = boxOf(view);
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => find(view, box.value.trim()), PAUSE);
  });
  box.addEventListener("keydown", (event) => handleKey(view, event));
  requireElement("[data-only]", view.shell).addEventListener("click", () => setOnly(view, !view.only));
  requireElement("[data-find-errors]", view.shell).addEventListener("click", () => {
    box.value = "status:error";
    view.only = true;
    find(view, box.value);
  });
  view.only = urlState.params().get("only") === "1";
  box.value = urlState.params().get("find") || "";
  if (box.value) find(view, box.value, { quiet: true });
}

/**
 * @param {TraceView} view
 * @param {KeyboardEvent} event
 */
function handleKey(view, event) {
  if (event.key === "Enter") waterfall.openNext(view, (place) => !!view.hits?.has(place));
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  clear(view);
  view.list.focus();
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  waterfall.onTrace(prepare);
}
