/* The list of a filter: every value that occurs in the range, to search and tick; the URL holds what is chosen. */

import * as boardRequest from "./board-request.js";
import { toast } from "./clipboard.js";
import { create } from "./dom.js";
import * as menus from "./menus.js";
import { mountedBoard } from "./mounted-board.js";
import * as popups from "./popups.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const SEARCH_FROM = 9; // values from which a search box is worth its place
const MAX_ROWS = 200; // at once; the others are reached by the search

/** `most` is how many values the server accepts.
 * @typedef {{name: string, chosen: Set<string>, most: number}} Choice */

/**
 * Fetch the values of a filter and list them in its menu.
 * @param {string} name
 * @param {HTMLElement} menu
 */
export async function fill(name, menu) {
  const board = mountedBoard();
  if (!board) return;
  if (!menu.childElementCount) showText(menu, "Loading…");
  try {
    const query = urlState.dataQuery({ ...board, filters: [] }, boardRequest.width());
    const response = await fetch(`/api/boards/${board.id}/filters/${name}?${query}`);
    /** @type {FilterAnswer} */
    const answer = await response.json();
    if (!response.ok) return showText(menu, answer.error?.sentence || `The server answered ${response.status}.`);
    list(name, menu, answer);
  } catch {
    return showText(menu, "The values cannot be read now.");
  }
  menus.keepOnScreen(menu);
  if (menu.classList.contains("open")) popups.enter(menu);
}

/**
 * @param {HTMLElement} menu
 * @param {string} text
 */
const showText = (menu, text) => menu.replaceChildren(create("p", {}, text));

/**
 * @param {string} name
 * @param {HTMLElement} menu
 * @param {FilterAnswer} answer
 */
function list(name, menu, { values, busiest, most, longest, left_out: leftOut }) {
  const chosen = new Set(urlState.params().getAll(name));
  const first = new Set([...[...chosen].sort(), ...busiest]); // what is chosen stands first
  const all = [...new Set([...first, ...[...values].sort()])];
  const rows = create("div", { className: "values" });
  const note = create("p", { className: "values-note" });
  note.setAttribute("role", "status");
  const limit = leftOut ? ` ${leftOut} with more than ${longest} characters cannot be chosen.` : "";
  const show = (/** @type {string} */ text) => {
    const hits = matching(all, text);
    const listed = busiest.length && !text.trim() ? first.size : MAX_ROWS;
    rows.replaceChildren(...hits.slice(0, listed).map((value) => row(value, { name, chosen, most })));
    note.textContent = (noteText(all.length, hits.length, text, listed) + limit).trim();
  };
  const search = all.length >= SEARCH_FROM ? [searchBox(all.length, show)] : [];
  menu.replaceChildren(...search, rows, note, clearButton(name));
  show("");
}

/**
 * @param {number} count
 * @param {(text: string) => void} onInput
 */
function searchBox(count, onInput) {
  const placeholder = `Search ${count.toLocaleString("en")} values`;
  const search = create("input", { type: "search", placeholder });
  search.setAttribute("aria-label", placeholder);
  search.addEventListener("input", () => onInput(search.value));
  return search;
}

/** @param {string} name */
function clearButton(name) {
  const button = create("button", { type: "button" }, "All");
  button.addEventListener("click", () => {
    menus.closeAll();
    urlState.set({ [name]: [] });
  });
  return button;
}

/**
 * The values that hold every word of the text, in whatever case and order.
 * @param {string[]} values
 * @param {string} text
 */
export function matching(values, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return values.filter((value) => words.every((word) => visibleName(value).toLowerCase().includes(word)));
}

/**
 * @param {number} total
 * @param {number} hits
 * @param {string} text
 * @param {number} [listed] how many are listed; fewer than usual are the busiest
 */
export function noteText(total, hits, text, listed = MAX_ROWS) {
  if (!total) return "No value in this range.";
  if (!hits) return `No value contains “${text}”.`;
  if (hits <= listed) return "";
  const others = (hits - listed).toLocaleString("en");
  if (listed < MAX_ROWS) return `The busiest are listed, and ${others} more can be searched for.`;
  return `${MAX_ROWS} of ${hits.toLocaleString("en")} values are shown; search for the others.`;
}

/**
 * @param {string} value
 * @param {Choice} choice
 */
function row(value, { name, chosen, most }) {
  const box = create("input", { type: "checkbox", checked: chosen.has(value), value });
  box.addEventListener("change", () => {
    if (box.checked && chosen.size >= most) {
      box.checked = false; // the server would refuse the whole board
      return toast(`Choose ${most} values at most.`);
    }
    if (box.checked) chosen.add(value);
    else chosen.delete(value);
    urlState.set({ [name]: [...chosen] });
  });
  return create("label", { className: "check" }, box, create("span", {}, ...breakable(visibleName(value))));
}

/**
 * A text that may break after its separators, never inside a word.
 * @param {string} text
 */
const breakable = (text) => text.split(/(?<=[/_.:,-])/).flatMap((part) => [part, document.createElement("wbr")]);
