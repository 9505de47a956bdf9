/* Which way a finger goes, and what a gesture of the page must leave alone. Pure functions, but for reading elements. */

/** @typedef {{x: number, y: number}} Spot pixels of the screen */

const DECIDED = 12; // pixels after which the direction is certain
const STRAIGHT = 1.7; // times as far in one direction as in the other

/**
 * The axis of a movement; empty while it is open, or for a slanted one.
 * @param {Spot} start
 * @param {Spot} end
 * @returns {"" | "x" | "y"}
 */
export function axisOf(start, end) {
  const [across, along] = [Math.abs(end.x - start.x), Math.abs(end.y - start.y)];
  if (Math.max(across, along) < DECIDED) return "";
  if (across > STRAIGHT * along) return "x";
  return along > STRAIGHT * across ? "y" : "";
}

/**
 * Whether something between an element and the page scrolls to the side by itself.
 * @param {Element | null} element
 * @returns {boolean}
 */
export function scrollsAcross(element) {
  if (!element || element === document.body) return false;
  const isWider = element.scrollWidth > element.clientWidth + 1;
  return (isWider && /auto|scroll/.test(getComputedStyle(element).overflowX)) || scrollsAcross(element.parentElement);
}

/**
 * Whether something between an element and the page is not at its top.
 * @param {Element | null} element
 * @returns {boolean}
 */
export const isScrolledDown = (element) =>
  !!element && element !== document.body && (element.scrollTop > 0 || isScrolledDown(element.parentElement));
