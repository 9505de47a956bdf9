/* The list of a filter: every value that occurs in the range, to be searched and ticked; the URL holds what is chosen. */

import * as boardRefresh from "./board-refresh.js";
import * as controls from "./controls.js";
import * as popups from "./popups.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const SEARCH_FROM = 9; // values from which a search box is worth its place
const MOST = 200; // rows at once; the search finds the others

async function fill(name, menu) {
  if (!menu.childElementCount) say(menu, "Loading…");
  const { board } = boardRefresh.current();
  let answer = null;
  try {
    const query = urlState.dataQuery({ ...board, filters: [] }, boardRefresh.width());
    const response = await fetch(`/api/boards/${board.id}/filters/${name}?${query}`);
    answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.error.sentence), { name: "Refused" });
  } catch (error) {
    say(menu, error.name === "Refused" ? error.message : "The values cannot be read now.");
    return;
  }
  list(name, menu, answer);
  controls.keepOnScreen(menu);
  if (menu.classList.contains("open")) popups.enter(menu);
}

const say = (menu, text) => menu.replaceChildren(element("p", { textContent: text }));
const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

function list(name, menu, { values, most, longest, left_out: leftOut }) {
  const chosen = new Set(urlState.params().getAll(name));
  const all = [...new Set([...[...chosen].sort(), ...[...values].sort()])]; // what is chosen stands first
  const rows = element("div", { className: "values" });
  const note = element("p", { className: "values-note" });
  note.setAttribute("role", "status");
  const lacking = leftOut ? ` ${leftOut} with more than ${longest} characters cannot be chosen.` : "";
  const show = (text) => draw(name, rows, note, all, { chosen, most, lacking }, text);
  menu.replaceChildren();
  if (all.length >= SEARCH_FROM) {
    const search = menu.appendChild(
      element("input", { type: "search", placeholder: `Search ${all.length.toLocaleString("en")} values` }),
    );
    search.setAttribute("aria-label", search.placeholder);
    search.addEventListener("input", () => show(search.value));
  }
  const clear = element("button", { type: "button", textContent: "All" });
  clear.addEventListener("click", () => {
    controls.closeMenus();
    urlState.set({ [name]: [] });
  });
  menu.append(rows, note, clear);
  show("");
}

/** The values that hold every word of the text, in whatever case and order. */
function draw(name, rows, note, all, choice, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = all.filter((value) => words.every((word) => visibleName(value).toLowerCase().includes(word)));
  rows.replaceChildren(...hits.slice(0, MOST).map((value) => row(name, value, choice)));
  note.textContent = !all.length
    ? "No value in this range."
    : !hits.length
      ? `No value contains “${text}”.`
      : hits.length > MOST
        ? `${MOST} of ${hits.length.toLocaleString("en")} values are shown; search for the others.`
        : "";
  note.textContent = (note.textContent + choice.lacking).trim();
}

function row(name, value, { chosen, most }) {
  const label = element("label", { className: "check" });
  const box = label.appendChild(element("input", { type: "checkbox", checked: chosen.has(value), value }));
  label.appendChild(document.createElement("span")).append(...breakable(visibleName(value)));
  box.addEventListener("change", () => {
    if (box.checked && chosen.size >= most) {
      // the server would refuse the whole board
      box.checked = false;
      return controls.toast(`Choose ${most} values at most.`);
    }
    if (box.checked) chosen.add(value);
    else chosen.delete(value);
    urlState.set({ [name]: [...chosen] });
  });
  return label;
}

/** A text that may break after its separators, never inside a word. */
function breakable(text) {
  return text.split(/(?<=[/_.:,-])/).flatMap((part) => [part, document.createElement("wbr")]);
}

export { fill };
