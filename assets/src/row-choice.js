/* The rows that a panel shows: its order, its page, and what is searched for. All of it stands in the address, and the
   server chooses among all rows. */

import { closestTarget, selectAll } from "./dom.js";
import * as urlState from "./url-state.js";

const TYPING = 250; // ms without a key until the search is asked

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Sort, or turn to another page. In a frame this is no step of the browser's way back.
 * @param {HTMLElement} button
 */
export function apply(button) {
  const changes = Object.fromEntries(new URLSearchParams(button.dataset.rows));
  urlState.set(changes, { replace: window.parent !== window });
}

/** @param {Event} event */
function handleInput(event) {
  const id = closestTarget(event, "[data-row-search]")?.dataset.rowSearch;
  const field = event.target;
  if (!id || !(field instanceof HTMLInputElement)) return;
  clearTimeout(timer);
  const search = () => urlState.set({ [`${id}.search`]: field.value.trim(), [`${id}.page`]: "" }, { replace: true });
  timer = setTimeout(search, TYPING);
}

/** Write the searches of the address into their fields; not below the hands of who types. */
function sync() {
  for (const label of selectAll("[data-row-search]")) {
    const field = label.querySelector("input");
    if (field && field !== document.activeElement)
      field.value = urlState.params().get(`${label.dataset.rowSearch}.search`) || "";
  }
}

/** Listen to the page. Called once, by main.js and embed.js. */
export function start() {
  document.addEventListener("input", handleInput);
  document.addEventListener("codeagent:state", sync);
  sync();
}
