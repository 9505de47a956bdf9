/* Completion in the search box of the logs: what the server offers for the word at the cursor. */

import { create, targetMatches } from "./dom.js";
import * as explorer from "./explorer.js";
import { request } from "./log-page.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const PAUSE = 120; // ms after the last key

/** @typedef {{label: string, text: string, count?: number}} Item */
/**
 * The open list: `start` is where the completed word begins, `place` the marked item, -1 for none.
 * @typedef {{input: HTMLInputElement, box: HTMLElement, start: number, items: Item[], place: number}} List
 */

/** @type {List | null} */
let list = null;
/** @type {AbortController | null} */
let control = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function close() {
  if (!list) return;
  list.input.setAttribute("aria-expanded", "false");
  list.input.removeAttribute("aria-activedescendant");
  list.box.remove();
  list = null;
}

/** Give up what is pending. */
function cancel() {
  clearTimeout(timer);
  control?.abort();
}

/** @param {HTMLInputElement} input */
async function suggest(input) {
  control?.abort();
  control = new AbortController();
  const { signal } = control;
  const parameters = new URLSearchParams({ q: input.value, at: String(input.selectionStart) });
  for (const name of ["from", "to"]) {
    const value = urlState.params().get(name);
    if (value) parameters.set(name, value);
  }
  try {
    const { start, items } = await request(`${input.dataset.complete}?${parameters}`, { signal });
    if (document.activeElement === input) show(input, start, items);
  } catch {
    /* nothing to offer: the search itself says what is wrong */
  }
}

/**
 * @param {HTMLInputElement} input
 * @param {number} start
 * @param {Item[]} items
 */
function show(input, start, items) {
  close();
  if (!items.length) return;
  const box = create("ul", { className: "completions", id: "completions" }, ...items.map(option));
  box.setAttribute("role", "listbox");
  input.parentElement?.appendChild(box);
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-controls", "completions");
  list = { input, box, start, items, place: -1 };
}

/**
 * @param {Item} item
 * @param {number} place
 */
function option(item, place) {
  const row = create("li", { id: `completion-${place}` }, create("span", {}, visibleName(item.label)));
  row.setAttribute("role", "option");
  if (item.count) row.append(create("em", {}, item.count.toLocaleString()));
  row.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    if (list) choose(list, place);
  });
  return row;
}

/**
 * Mark an item; one place beyond the ends means none.
 * @param {List} open
 * @param {number} place
 */
function mark(open, place) {
  const { box, input, items } = open;
  open.place = (place + items.length + 1) % (items.length + 1);
  if (open.place === items.length) open.place = -1;
  for (const [index, row] of [...box.children].entries())
    row.setAttribute("aria-selected", String(index === open.place));
  if (open.place < 0) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  input.setAttribute("aria-activedescendant", `completion-${open.place}`);
  box.children[open.place].scrollIntoView({ block: "nearest" });
}

/**
 * @param {List} open
 * @param {number} place
 */
function choose({ input, start, items }, place) {
  input.setRangeText(items[place].text, start, input.selectionStart ?? start, "end");
  close();
  suggest(input);
}

/**
 * What a key does to the open list; false leaves it to the field.
 * @param {List} open
 * @param {KeyboardEvent} event
 */
function handleListKey(open, event) {
  const { place, items } = open;
  if (event.key === "ArrowDown") mark(open, place + 1);
  else if (event.key === "ArrowUp") mark(open, place < 0 ? items.length - 1 : place - 1);
  else if (event.key === "Escape") close();
  else if (event.key === "Tab" && !event.shiftKey) choose(open, Math.max(0, place));
  else if (event.key === "Enter" && place >= 0) choose(open, place);
  else {
    if (event.key === "Enter") close();
    return false;
  }
  return true;
}

/** @param {KeyboardEvent} event */
function handleKey(event) {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.complete || event.isComposing) return;
  if (list) {
    if (!handleListKey(list, event)) return;
    event.stopPropagation();
  } else {
    if (event.key !== "ArrowDown") return;
    suggest(input);
  }
  event.preventDefault();
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!targetMatches(event, "[data-complete]") || !(field instanceof HTMLInputElement)) return;
    close();
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE, field);
  });
  document.addEventListener("keydown", handleKey, true);
  document.addEventListener("focusout", (event) => {
    if (list && event.target === list.input) close();
  });
  document.addEventListener("submit", () => {
    cancel();
    close();
  });
  explorer.onResults((root) => {
    if (root.dataset.page === "logs") close();
  });
}
