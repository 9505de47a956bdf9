/* A swipe to the side leads to the next board of the navigation or to the one before. Charts, tables that are wider than
   the screen, and whatever is open over the page keep their own gestures, and so do the edges of the screen. */

import { closestTarget, embeddedBoards, select, selectAll } from "../dom.js";
import { axisOf, scrollsAcross } from "./axis.js";
import { hideHint, showHint } from "./hint.js";

/** @typedef {import("./axis.js").Spot} Spot */

const EDGE = 24; // pixels at the sides of the screen, where systems have gestures of their own
const DISTANCE = 80; // pixels of a swipe
const FOLLOWING = 0.4; // of the way of the finger that the page follows
const OWN = ".chart-view, input, textarea, .menu, .popover, dialog, .controls.open, .rail, .panel.full";

/**
 * What a swipe means: 1 for the next board, -1 for the one before, 0 for nothing.
 * @param {Spot} start
 * @param {Spot} end
 */
export function swipeOf(start, end) {
  const isFar = Math.abs(end.x - start.x) >= DISTANCE;
  if (axisOf(start, end) !== "x" || !isFar) return 0;
  return end.x < start.x ? 1 : -1;
}

/**
 * The element beside the current one; undefined at the ends, and where none is current.
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => boolean} isCurrent
 * @param {number} step
 */
export function neighbour(items, isCurrent, step) {
  const index = items.findIndex(isCurrent);
  return index < 0 ? undefined : items[index + step];
}

/** @type {{start: Spot} | null} */
let gesture = null;

/** @param {number} step */
function boardBeside(step) {
  const known = embeddedBoards();
  const links = selectAll(".rail > a.nav-link[data-nav]").filter((link) => pathOf(link).slice(1) in known);
  return neighbour(links, (link) => pathOf(link) === location.pathname, step);
}

/** @param {HTMLElement} link */
const pathOf = (link) => new URL(link.getAttribute("href") || "", location.href).pathname;

/** @param {TouchEvent} event */
const spotOf = ({ changedTouches: [{ clientX, clientY }] }) => ({ x: clientX, y: clientY });

/** @param {TouchEvent} event */
function handleStart(event) {
  const start = spotOf(event);
  const isEdge = start.x < EDGE || start.x > innerWidth - EDGE;
  const isOther = isEdge || closestTarget(event, OWN) || scrollsAcross(/** @type {Element} */ (event.target));
  if (event.touches.length > 1 || isOther) end();
  else gesture = { start };
}

/** @param {TouchEvent} event */
function handleMove(event) {
  if (!gesture) return;
  const spot = spotOf(event);
  const axis = axisOf(gesture.start, spot);
  if (axis === "y") return end();
  const across = spot.x - gesture.start.x;
  const target = axis ? boardBeside(across < 0 ? 1 : -1) : undefined;
  if (!target) return reset();
  const isArmed = swipeOf(gesture.start, spot) !== 0;
  showHint(across < 0 ? `${target.title} →` : `← ${target.title}`, { place: "bottom", isArmed });
  follow(across * FOLLOWING);
}

/** @param {TouchEvent} event */
function handleEnd(event) {
  const current = gesture;
  end();
  if (!current) return;
  const step = swipeOf(current.start, spotOf(event));
  if (step) boardBeside(step)?.click();
}

/** The page follows the finger, unless motion is not wanted. @param {number} pixels */
function follow(pixels) {
  const main = select("#main");
  if (main && !matchMedia("(prefers-reduced-motion: reduce)").matches) main.style.translate = `${pixels}px`;
}

function reset() {
  hideHint();
  const main = select("#main");
  if (main) main.style.translate = "";
}

/** What the finger does from now on is no swipe. */
function end() {
  if (gesture) reset();
  gesture = null;
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("touchstart", handleStart, { passive: true });
  document.addEventListener("touchmove", handleMove, { passive: true });
  document.addEventListener("touchend", handleEnd);
  document.addEventListener("touchcancel", end);
}
