/* A month of days, from which the first and the last day of a range are chosen: a grid by the pattern of ARIA, in which
   arrows move by days and weeks, Home and End within a week, Page Up and Page Down by months and, with Shift, by years.
   A day is a text such as 2026-01-31, without a zone. */

import { create, select, selectAll } from "./dom.js";

const WEEK = 7;

/** @param {string} day */
const dateOf = (day) => new Date(`${day}T00:00:00Z`);
/** @param {Date} date */
const dayOf = (date) => date.toISOString().slice(0, 10);

/**
 * @param {string} day
 * @param {number} count
 */
export function addDays(day, count) {
  const date = dateOf(day);
  date.setUTCDate(date.getUTCDate() + count);
  return dayOf(date);
}

/**
 * The same day of another month, or its last one.
 * @param {string} day
 * @param {number} count
 */
export function addMonths(day, count) {
  const date = dateOf(`${day.slice(0, 7)}-01`);
  date.setUTCMonth(date.getUTCMonth() + count + 1, 0);
  date.setUTCDate(Math.min(date.getUTCDate(), Number(day.slice(8))));
  return dayOf(date);
}

/** The first day of the week by the reader's language, 1 for Monday to 7 for Sunday. */
export function firstWeekday() {
  /** @type {Intl.Locale & {getWeekInfo?: () => {firstDay: number}, weekInfo?: {firstDay: number}}} */
  const locale = new Intl.Locale(new Intl.DateTimeFormat().resolvedOptions().locale);
  return (locale.getWeekInfo?.() || locale.weekInfo)?.firstDay || 1;
}

/**
 * The day that the week of a day begins with.
 * @param {string} day
 * @param {number} first weekday of a week
 */
export const weekStart = (day, first) => addDays(day, -((dateOf(day).getUTCDay() - first + WEEK) % WEEK));

/**
 * The weeks of a day's month, with the days of its neighbours that fill them.
 * @param {string} day
 * @param {number} first weekday of a week
 */
export function weeksOf(day, first) {
  const weeks = [];
  let start = weekStart(`${day.slice(0, 7)}-01`, first);
  for (; start.slice(0, 7) <= day.slice(0, 7); start = addDays(start, WEEK))
    weeks.push(Array.from({ length: WEEK }, (_, index) => addDays(start, index)));
  return weeks;
}

/**
 * The day that a key leads to; empty for keys that do not move.
 * @param {string} day
 * @param {{key: string, shiftKey: boolean}} event
 * @param {number} first weekday of a week
 */
export function moved(day, { key, shiftKey }, first) {
  const months = shiftKey ? 12 : 1;
  /** @type {Record<string, () => string>} */
  const moves = {
    ArrowLeft: () => addDays(day, -1),
    ArrowRight: () => addDays(day, 1),
    ArrowUp: () => addDays(day, -WEEK),
    ArrowDown: () => addDays(day, WEEK),
    Home: () => weekStart(day, first),
    End: () => addDays(weekStart(day, first), WEEK - 1),
    PageUp: () => addMonths(day, -months),
    PageDown: () => addMonths(day, months),
  };
  return moves[key]?.() || "";
}

/** @param {string} day @param {Intl.DateTimeFormatOptions} options */
const text = (day, options) => new Intl.DateTimeFormat(undefined, { timeZone: "UTC", ...options }).format(dateOf(day));

/** `from` and `to` are the chosen days, `today` the last that can be chosen, `day` has the keyboard.
 * @typedef {{day: string, today: string, from: string, to: string}} Days */

/**
 * Draw the month of a day.
 * @param {HTMLElement} box
 * @param {Days} days
 * @param {(day: string) => void} choose
 */
export function draw(box, days, choose) {
  const first = firstWeekday();
  const show = (/** @type {string} */ day, /** @type {string} */ focused) => {
    draw(box, { ...days, day: [day, days.today].sort()[0] }, choose);
    select(focused, box)?.focus({ preventScroll: true });
  };
  const turn = (/** @type {number} */ months, /** @type {string} */ name) => {
    const button = create("button", { type: "button", className: "icon-button" }, months < 0 ? "‹" : "›");
    button.setAttribute("aria-label", name);
    button.dataset.turn = String(months);
    button.disabled = months > 0 && days.day.slice(0, 7) >= days.today.slice(0, 7);
    button.addEventListener("click", () => show(addMonths(days.day, months), `[data-turn="${months}"]`));
    return button;
  };
  const title = create("b", { id: "calendar-title" }, text(days.day, { month: "long", year: "numeric" }));
  title.setAttribute("aria-live", "polite");
  const head = create("div", { className: "calendar-head" }, turn(-1, "Previous month"), title, turn(1, "Next month"));
  const weeks = weeksOf(days.day, first);
  const grid = create("table", {}, create("thead", {}, weekdays(weeks[0])), create("tbody", {}, ...weeks.map(row)));
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-labelledby", "calendar-title");
  for (const button of selectAll("[data-day]", grid)) {
    mark(button, days);
    button.addEventListener("click", () => choose(button.dataset.day || ""));
  }
  grid.addEventListener("keydown", (event) => {
    const day = moved(days.day, event, first);
    if (!day) return;
    event.preventDefault();
    event.stopPropagation();
    show(day, '[data-day][tabindex="0"]');
  });
  box.replaceChildren(head, grid);
}

/** @param {string[]} week */
function weekdays(week) {
  const cells = week.map((day) => {
    const cell = create("th", { abbr: text(day, { weekday: "long" }) }, text(day, { weekday: "short" }));
    cell.setAttribute("scope", "col");
    return cell;
  });
  return create("tr", {}, ...cells);
}

/** @param {string[]} week */
function row(week) {
  const cells = week.map((day) => {
    const button = create("button", { type: "button" }, String(Number(day.slice(8))));
    button.dataset.day = day;
    button.setAttribute("aria-label", text(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" }));
    const cell = create("td", {}, button);
    cell.setAttribute("role", "gridcell");
    return cell;
  });
  return create("tr", {}, ...cells);
}

/**
 * @param {HTMLElement} button of a day
 * @param {Days} days
 */
function mark(button, { day, today, from, to }) {
  const own = button.dataset.day || "";
  const cell = /** @type {HTMLElement} */ (button.closest("td"));
  button.tabIndex = own === day ? 0 : -1;
  if (button instanceof HTMLButtonElement) button.disabled = own > today;
  if (own === today) button.setAttribute("aria-current", "date");
  cell.setAttribute("aria-selected", String(from <= own && own <= to));
  cell.classList.toggle("other", own.slice(0, 7) !== day.slice(0, 7));
}
