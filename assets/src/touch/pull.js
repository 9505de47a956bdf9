/* Pulling the page down at its top refreshes it, and says how old the data are. */

import { closestTarget, select } from "../dom.js";
import { axisOf, isScrolledDown } from "./axis.js";
import { hideHint, showHint } from "./hint.js";

/** @typedef {import("./axis.js").Spot} Spot */
/** What the page does: `ageText` is empty where no data have an age.
 * @typedef {{refresh: () => Promise<unknown>, ageText: () => string}} Refreshing */

const DISTANCE = 72; // pixels
const RESULT_DURATION = 1500; // ms that the new age is shown
const OWN = "input, textarea, .menu, .popover, dialog, .controls.open, .rail, .panel.full";

/**
 * How far a pull has got: nothing, on its way, or far enough.
 * @param {Spot} start
 * @param {Spot} end
 * @returns {"" | "pulled" | "armed"}
 */
export function pullOf(start, end) {
  const way = end.y - start.y;
  if (way <= 0 || axisOf(start, end) !== "y") return "";
  return way < DISTANCE ? "pulled" : "armed";
}

/**
 * The line over the page.
 * @param {string} action
 * @param {string} ageText
 */
export const hintText = (action, ageText) => (ageText ? `${action} · ${ageText}` : action);

/** @type {{start: Spot} | null} */
let gesture = null;

/** @param {TouchEvent} event */
const spotOf = ({ changedTouches: [{ clientX, clientY }] }) => ({ x: clientX, y: clientY });

/** @param {TouchEvent} event */
function handleStart(event) {
  const isOther = closestTarget(event, OWN) || isScrolledDown(/** @type {Element} */ (event.target));
  gesture = scrollY > 0 || event.touches.length > 1 || isOther ? null : { start: spotOf(event) };
}

/** @param {TouchEvent} event @param {Refreshing} page */
function handleMove(event, page) {
  const progress = gesture ? pullOf(gesture.start, spotOf(event)) : "";
  if (!progress) return select('.touch-hint[data-place="top"]') && gesture && hideHint();
  const action = progress === "armed" ? "Release to refresh" : "Pull to refresh";
  showHint(hintText(action, page.ageText()), { place: "top", isArmed: progress === "armed" });
}

/** @param {TouchEvent} event @param {Refreshing} page */
async function handleEnd(event, page) {
  const progress = gesture ? pullOf(gesture.start, spotOf(event)) : "";
  gesture = null;
  if (progress === "pulled") hideHint();
  if (progress !== "armed") return;
  showHint(hintText("Refreshing", page.ageText()), { place: "top", isArmed: true });
  await page.refresh();
  showHint(hintText("Refreshed", page.ageText()), { place: "top" });
  setTimeout(hideHint, RESULT_DURATION);
}

/**
 * Listen to the page. Called once, by main.js.
 * @param {Refreshing} page
 */
export function start(page) {
  document.addEventListener("touchstart", handleStart, { passive: true });
  document.addEventListener("touchmove", (event) => handleMove(event, page), { passive: true });
  document.addEventListener("touchend", (event) => handleEnd(event, page));
  document.addEventListener("touchcancel", () => {
    if (gesture) hideHint();
    gesture = null;
  });
}
