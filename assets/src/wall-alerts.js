/* Critical alerts on a wall: a new one takes over the screen, and as long as some fire they alternate with the boards. */

import { create, select } from "./dom.js";
import * as timeFormat from "./time-format.js";

const MOST = 6; // that are legible from 4 m

const state = {
  /** @type {StatusItem[]} */ critical: [],
  /** @type {Set<string>} */ known: new Set(),
  isShown: false,
};

/** @param {StatusItem} item */
const keyOf = ({ href, since, where }) => `${href} ${since} ${where || ""}`;

/**
 * Show the critical alerts in place of the board, or the board; whether the alerts are shown.
 * @param {boolean} isWanted
 */
export function showAlerts(isWanted) {
  state.isShown = isWanted && state.critical.length > 0;
  draw();
  return state.isShown;
}

function draw() {
  const box = document.getElementById("wall-alerts");
  if (!box) return;
  box.hidden = !state.isShown;
  if (!state.isShown) return box.replaceChildren();
  const rows = state.critical.slice(0, MOST).map(rowOf);
  const more = state.critical.length - rows.length;
  const count = state.critical.length;
  const heading = create("h2", {}, count === 1 ? "1 critical alert" : `${count} critical alerts`);
  box.replaceChildren(heading, ...rows, ...(more > 0 ? [create("p", {}, `and ${more} more`)] : []));
}

/** @param {StatusItem} item */
function rowOf({ text, since = 0, where }) {
  const start = create("span", {}, `since ${timeFormat.short(since * 1000)}`);
  return create("p", {}, create("b", {}, where ? `${text}, ${where}` : text), start);
}

/** @param {StatusItem[]} items @param {() => void} restart */
function learn(items, restart) {
  state.critical = items.filter((item) => item.status === "critical" && item.since);
  const isNew = state.critical.some((item) => !state.known.has(keyOf(item)));
  state.known = new Set(state.critical.map(keyOf));
  if (isNew) {
    showAlerts(true);
    restart();
  } else showAlerts(state.isShown);
}

/**
 * Listen to the page.
 * @param {() => void} restart begins the time of a screen anew
 */
export function start(restart) {
  document.addEventListener("codeagent:refreshed", (event) => {
    if (event instanceof CustomEvent && select(".kiosk")) learn(event.detail.sentence?.items || [], restart);
  });
}
