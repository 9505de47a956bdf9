/* Why an exploring page has no fresh answer, and what it shows instead. */

import { create } from "./dom.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visible } from "./visible.js";

const RETRY_DELAY = 5000; // ms

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * The results on the page: their instant (epoch ms), and whether they belong to its address.
 * @typedef {{instant: number, isCurrent: boolean, isEmpty: boolean}} Results
 */

export const cancelRetry = () => clearTimeout(timer);

/** Remove the message. */
export function clear() {
  const box = document.getElementById("explore-error");
  box?.replaceChildren();
  if (box) box.hidden = true;
}

/**
 * Show an error; false where the page has no place for it.
 * @param {ErrorAnswer} error
 * @param {Results} results
 * @param {{retry: boolean, reload: () => void}} options
 */
export function show(error, results, { retry, reload }) {
  const box = document.getElementById("explore-error");
  if (!box) return false;
  box.hidden = false;
  box.replaceChildren(create("strong", {}, error.sentence + (retry ? substituteText(error, results) : "")));
  if (error.hint) box.append(create("span", {}, ` ${error.hint}`));
  if (error.position !== undefined) box.append(markedSearch(error.position));
  const button = box.appendChild(create("button", { type: "button" }, "Try again"));
  button.addEventListener("click", reload);
  if (retry) timer = setTimeout(reload, RETRY_DELAY);
  return true;
}

/**
 * What the page shows while there is no fresh answer.
 * @param {ErrorAnswer} error
 * @param {Results} results
 */
export function substituteText(error, { instant, isCurrent, isEmpty }) {
  if (error.as_of) return ` These are the results of ${timeFormat.clock(error.as_of)}.`;
  if (isEmpty) return "";
  return isCurrent
    ? ` These are the results of ${timeFormat.clock(instant)}.`
    : " The page still shows the previous results.";
}

/**
 * The search with the character marked that cannot be understood.
 * @param {number} position
 */
function markedSearch(position) {
  const text = urlState.params().get("q") || "";
  const mark = create("mark", {}, visible(text.slice(position, position + 1)) || " ");
  return create("pre", {}, visible(text.slice(0, position)), mark, visible(text.slice(position + 1)));
}
