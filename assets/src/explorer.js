/* The exploring pages: HTML from the server in named parts. The URL chooses; what changes is fetched and swapped in
   place. The same parts may stand below a board, where they follow its range and filters. */

import { PERSONAL } from "./choices.js";
import * as serverClock from "./clock.js";
import * as controlLabels from "./control-labels.js";
import { closestTarget, embeddedError, select, selectAll } from "./dom.js";
import * as explorerError from "./explorer-error.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const TIMEOUT = 20000; // ms
const BOARD_MAX_AGE = 30000; // ms after which parts below a board are fetched again with it

const state = {
  /** @type {HTMLElement | null} */ root: null,
  /** @type {AbortController | null} */ control: null,
  url: "", // requested last
  resultsUrl: "", // of the results on the page
  resultsAt: 0, // their instant, epoch ms
};
/** @type {((root: HTMLElement) => void)[]} */
const listeners = [];
const notForServer = new Set([...PERSONAL, "compare", "w"]);

export const currentRoot = () => state.root;
/** Whether the page is an exploring page, not a board with parts below it. */
export const isPage = () => !!state.root && !state.root.dataset.range;
/**
 * Call a function whenever new parts are on the page, and for those that are there already.
 * @param {(root: HTMLElement) => void} listener
 */
export function onResults(listener) {
  listeners.push(listener);
  if (state.root?.dataset.landed) listener(state.root);
}

/**
 * The data address of the page; the same for everyone who looks at the same.
 * @param {HTMLElement} root
 */
export function address(root) {
  const own = new Set((root.dataset.own || "").split(" "));
  const pairs = [...urlState.params()].filter(([name, value]) => value && !notForServer.has(name) && !own.has(name));
  if (root.dataset.range && !urlState.params().get("from")) pairs.push(["from", root.dataset.range]);
  const query = urlState.encode(new URLSearchParams(pairs));
  return `/api/explore/${root.dataset.page}${query ? `?${query}` : ""}`;
}

/** Notices a new page. */
function checkMount() {
  const root = document.getElementById("explore");
  if (root === state.root) return;
  state.root = root;
  if (!root) return;
  state.url = "";
  root.innerHTML ||= (root.dataset.parts || "").split(" ").filter(Boolean).map(emptyPart).join("");
  controlLabels.sync();
  if (root.dataset.filled) adopt(root);
  else load();
}

/** @param {string} name */
const emptyPart = (name) => `<div id="part-${name}" class="part part-${name}"><div class="skeleton"></div></div>`;

/**
 * Take over a page that the server has filled.
 * @param {HTMLElement} root
 */
function adopt(root) {
  state.url = address(root);
  for (const box of selectAll(".part", root)) {
    foldFacets(box, true);
    box.codeagentHtml = null;
  }
  showResults(root);
  const error = embeddedError();
  if (error) showError(error);
}

/** @param {string} url */
const cursorOf = (url) => new URLSearchParams(url.split("?")[1]).get("cursor") || "";

/**
 * Fetch the parts of the page, when its address has changed or when told to.
 * @param {{again?: boolean, isChanged?: boolean}} [options] isChanged: the viewer has just changed what the page shows,
 *   so what the browser has is not the answer
 */
export async function load({ again = false, isChanged = false } = {}) {
  const { root } = state;
  if (!root) return;
  const url = address(root);
  if (url === state.url && !again) return;
  const isNextPage = cursorOf(url) !== "" && state.url !== "" && cursorOf(url) !== cursorOf(state.url);
  state.url = url;
  explorerError.cancelRetry();
  state.control?.abort();
  const control = new AbortController();
  state.control = control;
  const timer = setTimeout(() => control.abort("late"), TIMEOUT);
  root.dataset.loading = "1";
  delete document.documentElement.dataset.ready;
  try {
    await fetchParts(root, url, { signal: control.signal, cache: isChanged ? "reload" : "default" }, isNextPage);
  } catch (error) {
    handleFailure(root, error, control.signal);
  } finally {
    clearTimeout(timer);
    if (state.control === control) {
      state.control = null;
      delete root.dataset.loading;
    }
  }
}

/**
 * @param {HTMLElement} root
 * @param {string} url
 * @param {RequestInit} options
 * @param {boolean} isNextPage of a list, which begins at its top
 */
async function fetchParts(root, url, options, isNextPage) {
  const response = serverClock.learn(await fetch(url, { ...options, headers: { Accept: "application/json" } }));
  /** @type {ExploreAnswer} */
  const answer = await response.json();
  if (root !== state.root) return;
  if (response.ok) {
    showAnswer(root, answer);
    if (isNextPage) select(".part-list", root)?.scrollIntoView();
    return;
  }
  for (const [name, html] of Object.entries(answer.parts || {})) showPart(root, name, html);
  showError(answer.error || { sentence: `The server answered ${response.status}.` }, { retry: false });
}

/**
 * @param {HTMLElement} root
 * @param {unknown} error
 * @param {AbortSignal} signal
 */
function handleFailure(root, error, signal) {
  if (root !== state.root || (signal.aborted && signal.reason !== "late")) return;
  const isLate = signal.aborted || (error instanceof Error && error.name === "AbortError");
  const sentence = isLate ? "The server did not answer in 20 s." : "The dashboard server cannot be reached.";
  showError({ sentence, hint: "Try again, or choose a shorter range." });
}

/**
 * @param {HTMLElement} root
 * @param {ExploreAnswer} answer
 */
function showAnswer(root, answer) {
  explorerError.clear();
  for (const [name, html] of Object.entries(answer.parts)) showPart(root, name, html);
  if (answer.title) document.title = `${visibleName(answer.title)} · CodeAgent`;
  if (!answer.error || answer.error.as_of) showResults(root);
  if (answer.error) showError(answer.error);
}

/**
 * A part is left alone when nothing changed, and while somebody types in it.
 * @param {HTMLElement} root
 * @param {string} name
 * @param {string} html
 */
function showPart(root, name, html) {
  const box = select(`#part-${name}`, root);
  if (!box || box.codeagentHtml === html) return;
  const isFirst = box.codeagentHtml === undefined;
  const field = activeField(box);
  if (field && !isFirst && box.dataset.keep) return;
  const open = new Set(keyedDetails(box).flatMap((details) => (details.open ? [details.dataset.key] : [])));
  const focus = field && { name: field.name, place: field.selectionStart };
  box.codeagentHtml = html;
  box.innerHTML = html;
  if (!isFirst) for (const details of keyedDetails(box)) details.open = open.has(details.dataset.key);
  foldFacets(box, isFirst);
  if (focus?.name) restoreFocus(box, focus.name, focus.place);
}

/**
 * The form field of a part that has the focus.
 * @param {HTMLElement} box
 */
function activeField(box) {
  const field = document.activeElement;
  if (!field || !box.contains(field) || !field.matches("input, select, textarea")) return null;
  return /** @type {HTMLInputElement} */ (field);
}

/**
 * @param {HTMLElement} box
 * @param {string} name
 * @param {number | null} place of the cursor
 */
function restoreFocus(box, name, place) {
  const field = /** @type {HTMLInputElement | null} */ (box.querySelector(`[name="${CSS.escape(name)}"]`));
  field?.focus();
  if (field?.setSelectionRange && place !== null && place !== undefined) field.setSelectionRange(place, place);
}

/** @param {HTMLElement} box */
const keyedDetails = (box) => /** @type {HTMLDetailsElement[]} */ ([...box.querySelectorAll("details[data-key]")]);

/**
 * On a small screen the lists of values are closed at first.
 * @param {HTMLElement} box
 * @param {boolean} isFirst
 */
function foldFacets(box, isFirst) {
  if (isFirst && innerWidth < 1024)
    for (const details of selectAll("details.facets", box)) details.removeAttribute("open");
}

/** @param {HTMLElement} root */
function showResults(root) {
  timeFormat.times(root);
  state.resultsAt = serverClock.now();
  state.resultsUrl = state.url;
  showState();
  for (const listener of listeners) listener(root);
  askAgain(root);
  const { dataset } = document.documentElement;
  if (root.isConnected && !root.dataset.range) dataset.ready = dataset.data = root.dataset.page;
  root.dataset.landed = String(state.resultsAt);
}

/**
 * A part that waits for late answers says after how many milliseconds they are worth another question.
 * @param {HTMLElement} root
 */
function askAgain(root) {
  const { url } = state;
  const late = select("[data-again]", root);
  if (!late) return;
  setTimeout(() => {
    if (state.root === root && state.url === url) load({ again: true });
  }, Number(late.dataset.again));
}

/**
 * Say why there is no fresh answer; trouble that may pass is retried after a while.
 * @param {ErrorAnswer} error
 * @param {{retry?: boolean}} [options]
 */
function showError(error, { retry = true } = {}) {
  if (!state.root) return;
  const results = { instant: state.resultsAt, isCurrent: state.resultsUrl === state.url, isEmpty: !state.resultsUrl };
  if (!explorerError.show(error, results, { retry, reload: () => load({ again: true }) })) return;
  for (const skeleton of selectAll(".part > .skeleton", state.root)) skeleton.remove();
  document.documentElement.dataset.ready = state.root.dataset.page;
  showState(error.as_of ? `as of ${timeFormat.clock(error.as_of)}` : "no answer", "trouble");
  document.dispatchEvent(new CustomEvent("codeagent:refused", { detail: error }));
}

/** The words and the dot in the top bar of an exploring page. */
function showState(text = `as of ${timeFormat.clock(state.resultsAt)}`, dot = "live") {
  const label = document.getElementById("live-text");
  const button = document.getElementById("live");
  if (!label || !button || !isPage()) return;
  label.textContent = text;
  button.dataset.live = dot;
  button.title = "Refresh now";
}

/**
 * Every named field of a form becomes a parameter of the URL.
 * @param {SubmitEvent} event
 */
function submit(event) {
  const form = /** @type {HTMLFormElement | null} */ (closestTarget(event, "form[data-explore]"));
  if (!form) return;
  event.preventDefault();
  /** @type {Record<string, string | string[]>} */
  const changes = { cursor: "" };
  const values = new FormData(form);
  for (const field of form.elements) {
    const name = field.getAttribute("name");
    if (name) changes[name] = values.getAll(name).flatMap((value) => String(value).trim() || []);
  }
  const before = location.href;
  urlState.set(changes);
  if (location.href === before) load({ again: true }); // nothing changed: somebody wants it anew
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("submit", submit);
  document.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement | null} */ (closestTarget(event, "form[data-explore] [data-now]"));
    field?.form?.requestSubmit();
  });
  document.addEventListener("codeagent:state", () => load());
  document.addEventListener("codeagent:refreshed", () => {
    const isOld = state.resultsAt > 0 && serverClock.now() - state.resultsAt > BOARD_MAX_AGE;
    if (state.root?.dataset.range) load({ again: isOld });
  });
  new MutationObserver(checkMount).observe(document.documentElement, { childList: true, subtree: true });
  setTimeout(checkMount, 0);
}
