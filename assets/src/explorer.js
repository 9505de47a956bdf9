/* The exploring pages: HTML from the server in named parts. The URL chooses; what changes is fetched and swapped in
   place. The same parts may stand below a board, where they follow its range and filters. */

import { PERSONAL } from "./choices.js";
import * as serverClock from "./clock.js";
import * as controls from "./controls.js";
import { closestTarget, selectAll } from "./dom.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visible, visibleName } from "./visible.js";

const RETRY = 5000; // milliseconds until an answer without fresh data is asked for again
const state = { root: null, url: "", shown: "", control: null, timer: 0, at: 0 };
const listeners = [];

const personal = new Set([...PERSONAL, "compare", "w"]);

/** What the data address of the page is; the same for everyone who looks at the same. */
function address(page) {
  const root = state.root;
  const own = new Set((root?.dataset.own ? root.dataset.own : "").split(" "));
  const pairs = [...urlState.params()].filter(([name, value]) => value && !personal.has(name) && !own.has(name));
  if (root?.dataset.range && !urlState.params().get("from")) pairs.push(["from", root.dataset.range]);
  const query = new URLSearchParams(pairs).toString().replace(/%2F/g, "/").replace(/%3A/g, ":");
  return `/api/explore/${page}${query ? `?${query}` : ""}`;
}

function mounted() {
  const root = document.getElementById("explore");
  if (!root) {
    state.root = null;
    return;
  }
  if (root === state.root) return;
  state.root = root;
  state.url = "";
  root.innerHTML =
    root.innerHTML ||
    [...(root.dataset.parts || "").split(" ")]
      .filter(Boolean)
      .map((name) => `<div id="part-${name}" class="part part-${name}"><div class="skeleton"></div></div>`)
      .join("");
  controls.sync();
  if (root.dataset.filled) {
    state.url = address(root.dataset.page);
    for (const box of selectAll(".part", root)) {
      foldFacets(box, true);
      box.codeagentHtml = null;
    }
    landed(root);
    const stated = document.getElementById("explore-error")?.dataset.error;
    if (stated) refused(JSON.parse(stated));
  } else load();
}

async function load({ again = false } = {}) {
  const { root } = state;
  if (!root) return;
  const url = address(root.dataset.page);
  if (url === state.url && !again) return;
  const turned = new URLSearchParams(url.split("?")[1]).get("cursor") || "";
  const onward =
    turned !== "" && state.url !== "" && turned !== new URLSearchParams(state.url.split("?")[1]).get("cursor");
  state.url = url;
  clearTimeout(state.timer);
  if (state.control) state.control.abort();
  const control = new AbortController();
  state.control = control;
  const timer = setTimeout(() => control.abort("late"), 20000);
  root.dataset.loading = "1";
  delete document.documentElement.dataset.ready;
  try {
    const response = serverClock.learn(
      await fetch(url, { signal: control.signal, headers: { Accept: "application/json" } }),
    );
    const answer = await response.json();
    if (root !== state.root) return;
    if (response.ok) {
      show(root, answer);
      const list = onward && root.querySelector(".part-list");
      if (list) list.scrollIntoView(); // the next page begins at its top
    } else {
      for (const [name, html] of Object.entries(answer.parts || {})) part(root, name, html);
      refused(answer.error, { retry: false });
    }
  } catch (error) {
    if (control.signal.aborted && control.signal.reason !== "late") return;
    if (root === state.root)
      refused({
        sentence:
          error.name === "AbortError" || control.signal.aborted
            ? "The server did not answer in 20 s."
            : "The dashboard server cannot be reached.",
        hint: "Try again, or choose a shorter range.",
      });
  } finally {
    clearTimeout(timer);
    if (state.control === control) {
      state.control = null;
      delete root.dataset.loading;
    }
  }
}

function show(root, answer) {
  refused(null);
  for (const [name, html] of Object.entries(answer.parts)) part(root, name, html);
  if (answer.title) title(answer.title);
  if (!answer.error || answer.error.as_of) landed(root);
  if (answer.error) refused(answer.error);
}

/** A part is left alone when nothing changed, and while somebody types in it. */
function part(root, name, html) {
  const box = root.querySelector(`#part-${name}`);
  if (!box || box.codeagentHtml === html) return;
  const field = /** @type {HTMLInputElement | null} */ (document.activeElement);
  const typing = box.contains(field) && field.matches("input, select, textarea");
  if (typing && box.codeagentHtml !== undefined && box.dataset.keep) return;
  const first = box.codeagentHtml === undefined;
  const open = new Set([...box.querySelectorAll("details[data-key][open]")].map((each) => each.dataset.key));
  const focus = typing ? { name: field.name, at: field.selectionStart } : null;
  box.codeagentHtml = html;
  box.innerHTML = html;
  for (const each of box.querySelectorAll("details[data-key]")) if (!first) each.open = open.has(each.dataset.key);
  foldFacets(box, first);
  const again = focus?.name && box.querySelector(`[name="${CSS.escape(focus.name)}"]`);
  if (again) {
    again.focus();
    if (again.setSelectionRange && focus.at !== null) again.setSelectionRange(focus.at, focus.at);
  }
}

/** On a small screen the lists of values wait until they are asked for. */
function foldFacets(box, first) {
  if (first && innerWidth < 1024) for (const each of box.querySelectorAll("details.facets")) each.open = false;
}

function landed(root) {
  timeFormat.times(root);
  state.at = serverClock.now();
  state.shown = state.url;
  tell();
  for (const listener of listeners) listener(root);
  if (root.closest("#react-entry-point, body") && !root.dataset.range) {
    document.documentElement.dataset.ready = document.documentElement.dataset.data = root.dataset.page;
  }
  root.dataset.landed = String(state.at);
}

function title(text) {
  document.title = `${visibleName(text)} · CodeAgent`;
}

/**
 * An error as the server states it.
 * @typedef {object} StatedError
 * @property {string} sentence
 * @property {string} [hint]
 * @property {number} [position] of the character in the search box
 * @property {number} [as_of] epoch ms of the results that are shown instead
 */

/**
 * What the page shows while there is no fresh answer.
 * @param {StatedError} error
 */
function standIn(error) {
  if (error.as_of) return ` These are the results of ${timeFormat.clock(error.as_of)}.`;
  if (!state.shown) return "";
  if (state.shown === state.url) return ` These are the results of ${timeFormat.clock(state.at)}.`;
  return " The page still shows the previous results.";
}

/**
 * Says why there is no fresh answer; trouble that may pass is asked for again after a while.
 * @param {StatedError | null} error
 */
function refused(error, { retry = true } = {}) {
  const box = document.getElementById("explore-error");
  if (!box) return;
  box.hidden = !error;
  box.replaceChildren();
  if (!error) return;
  box.appendChild(document.createElement("strong")).textContent = error.sentence + (retry ? standIn(error) : "");
  if (error.hint) box.appendChild(document.createElement("span")).textContent = ` ${error.hint}`;
  if (error.position !== undefined) point(box, error.position);
  const again = box.appendChild(document.createElement("button"));
  Object.assign(again, { type: "button", textContent: "Try again" });
  again.addEventListener("click", () => load({ again: true }));
  if (retry) state.timer = setTimeout(() => load({ again: true }), RETRY);
  for (const skeleton of state.root.querySelectorAll(".part > .skeleton")) skeleton.remove();
  document.documentElement.dataset.ready = state.root.dataset.page;
  tell(error.as_of ? `as of ${timeFormat.clock(error.as_of)}` : "no answer", "trouble");
  document.dispatchEvent(new CustomEvent("codeagent:refused", { detail: error }));
}

/** Points at the character of the search that cannot be understood. */
function point(box, position) {
  const typed = urlState.params().get("q") || "";
  const line = box.appendChild(document.createElement("pre"));
  line.append(visible(typed.slice(0, position)));
  line.appendChild(document.createElement("mark")).textContent = visible(typed.slice(position, position + 1)) || " ";
  line.append(visible(typed.slice(position + 1)));
}

function tell(words = `as of ${timeFormat.clock(state.at)}`, how = "live") {
  const text = document.getElementById("live-text");
  const button = document.getElementById("live");
  if (!text || !state.root || state.root.dataset.range) return;
  text.textContent = words;
  button.dataset.live = how;
  button.title = "Ask again";
}

// Dragging over a picture with a time axis narrows the range, and the durations where it has such an axis.
let brush = null;

function swallowClick() {
  const stop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 50);
}

/** What was dragged over, as shares of the picture. */
function span(event) {
  const { frame, box } = brush;
  const share = (value, low, size) => Math.min(1, Math.max(0, (value - low) / size));
  const xs = [brush.x, event.clientX].map((x) => share(x, frame.left, frame.width)).sort((a, b) => a - b);
  const ys =
    box.dataset.low === undefined
      ? [0, 1]
      : [brush.y, event.clientY].map((y) => share(y, frame.top, frame.height)).sort((a, b) => a - b);
  return { left: xs[0], right: xs[1], top: ys[0], bottom: ys[1] };
}

function narrow(box, { left, right, top, bottom }) {
  const [start, end] = [Number(box.dataset.start), Number(box.dataset.end)];
  const at = (part) => Math.round((start + (end - start) * part) / 1000);
  const changes = { from: String(at(left)), to: String(Math.max(at(right), at(left) + 1)), cursor: "" };
  if (box.dataset.low !== undefined) {
    // the vertical axis is the logarithm of milliseconds
    const [low, high] = [Number(box.dataset.low), Number(box.dataset.high)];
    const value = (part) => Number((10 ** (low + (high - low) * (1 - part))).toPrecision(3));
    if (top > 0.02) changes.max = String(value(top));
    if (bottom < 0.98) changes.min = String(value(bottom));
  }
  if (box.dataset.to) {
    urlState.go(urlState.link(box.dataset.to, changes));
    return;
  }
  urlState.set(changes);
}

export const current = () => state;
export const onLand = (listener) => listeners.push(listener);
export const isPage = () => !!(state.root && !state.root.dataset.range);
export { address, load };

/** Listen to the page. Called once, by main.js. */
export function start() {
  // Forms: every named field becomes a parameter of the URL.
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement | null} */ (closestTarget(event, "form[data-explore]"));
    if (!form) return;
    event.preventDefault();
    const changes = { cursor: "" };
    for (const name of new Set([...form.elements].map((field) => field.getAttribute("name"))))
      if (name) changes[name] = [];
    for (const [name, value] of new FormData(form))
      if (String(value).trim()) changes[name] = [...changes[name], String(value).trim()];
    const before = location.href;
    urlState.set(changes);
    if (location.href === before) load({ again: true }); // nothing changed: somebody wants it anew
  });
  document.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement | null} */ (closestTarget(event, "form[data-explore] [data-now]"));
    field?.form?.requestSubmit();
  });
  document.addEventListener("pointerdown", (event) => {
    const box = closestTarget(event, "[data-brush]");
    if (!box || event.button !== 0 || event.pointerType === "touch") return;
    const frame = box.getBoundingClientRect();
    brush = { box, frame, x: event.clientX, y: event.clientY, mark: null };
  });
  document.addEventListener("pointermove", (event) => {
    if (!brush) return;
    if (!brush.mark && Math.hypot(event.clientX - brush.x, event.clientY - brush.y) < 6) return;
    if (!brush.mark) {
      brush.mark = brush.box.appendChild(document.createElement("div"));
      brush.mark.className = "brush";
      getSelection().removeAllRanges();
    }
    const { left, right, top, bottom } = span(event);
    Object.assign(brush.mark.style, {
      left: `${left * 100}%`,
      right: `${(1 - right) * 100}%`,
      top: `${top * 100}%`,
      bottom: `${(1 - bottom) * 100}%`,
    });
    event.preventDefault();
  });
  document.addEventListener("pointerup", (event) => {
    if (!brush) return;
    const { box, mark } = brush;
    if (mark) {
      const chosen = span(event);
      mark.remove();
      swallowClick();
      narrow(box, chosen);
    }
    brush = null;
  });
  document.addEventListener("codeagent:state", () => load());
  document.addEventListener("codeagent:refreshed", () => {
    if (state.root?.dataset.range) load({ again: state.at > 0 && serverClock.now() - state.at > 30000 });
  });
  new MutationObserver(mounted).observe(document.documentElement, { childList: true, subtree: true });
  setTimeout(mounted, 0);
}
