/* New log lines: requested every two seconds while the list's growing end is in sight and no line is open. */

import { closestTarget, select } from "./dom.js";
import * as explorer from "./explorer.js";
import { isLogPage, query, request, writeTimes } from "./log-page.js";
import * as urlState from "./url-state.js";

const MAX_LINES = 500; // in the document while new ones arrive
const INTERVAL = 2000; // ms

/** @typedef {{html: string, count: number, cursor: string, skipped: number}} TailAnswer */

const state = {
  isOn: false,
  cursor: "",
  skipped: 0,
  run: 0, // number of the search that is followed: answers of an earlier one are dropped
  url: "",
  /** @type {ReturnType<typeof setTimeout> | undefined} */ timer: undefined,
};

const isOldestFirst = () => urlState.params().get("sort") === "oldest";

/** Whether somebody looks at the growing end of the list. */
function isInSight() {
  const lines = document.getElementById("log-lines");
  if (document.hidden) return false;
  if (!lines) return true;
  if (select(".log-detail", lines)) return false; // somebody reads
  const { top, bottom } = lines.getBoundingClientRect();
  return isOldestFirst() ? bottom < innerHeight + 200 : top > -80;
}

/**
 * @param {string} text
 * @param {boolean} [isPaused]
 */
function showState(text, isPaused = false) {
  const button = select(".log-live");
  if (!button) return;
  button.setAttribute("aria-pressed", String(state.isOn));
  button.textContent = text;
  if (isPaused) button.dataset.paused = "1";
  else delete button.dataset.paused;
}

/** @param {number} run */
async function poll(run) {
  if (!state.isOn || run !== state.run) return;
  if (state.cursor && !isInSight()) showState("Paused", true);
  else await fetchLines(run);
  if (run === state.run) state.timer = setTimeout(poll, INTERVAL, run);
}

/** @param {number} run */
async function fetchLines(run) {
  try {
    const answer = await request(`/api/logs/tail?${query()}`, { method: "POST", body: state.cursor });
    if (run !== state.run) return;
    showAnswer(answer);
    showState(state.skipped ? `Live, ${state.skipped.toLocaleString()} skipped` : "Live");
  } catch {
    if (run === state.run) showState("Live: no answer", true);
  }
}

/** @param {TailAnswer} answer */
function showAnswer(answer) {
  const lines = document.getElementById("log-lines");
  if (!lines) {
    if (answer.count) explorer.load({ again: true });
    return;
  }
  const isFirst = !state.cursor;
  state.cursor = answer.cursor;
  if (!isFirst) state.skipped += answer.skipped;
  if (answer.count) insert(lines, answer.html, isFirst);
}

/**
 * @param {HTMLElement} lines
 * @param {string} html
 * @param {boolean} isFirst the first answer takes the place of what was searched
 */
function insert(lines, html, isFirst) {
  const holder = document.createElement("ol");
  holder.innerHTML = html;
  writeTimes(holder);
  const fresh = [...holder.children];
  const heading = select(".log-box h2");
  if (isFirst) {
    lines.replaceChildren();
    if (heading) heading.textContent = "Newest lines";
  } else for (const line of fresh) line.classList.add("fresh");
  const isOldest = isOldestFirst();
  if (isOldest) lines.append(...fresh);
  else lines.prepend(...fresh.reverse());
  while (lines.children.length > MAX_LINES) (isOldest ? lines.firstElementChild : lines.lastElementChild)?.remove();
  select(".log-box > .pager")?.remove();
  if (isOldest && !isFirst) lines.lastElementChild?.scrollIntoView({ block: "nearest" });
}

/** The URL says whether new lines are followed; another search begins anew. */
function follow() {
  const isOn = isLogPage() && urlState.params().get("live") === "1" && !!select(".log-live");
  const url = query();
  if (isOn && state.isOn && state.url === url && select('.log-live[aria-pressed="true"]')) return;
  clearTimeout(state.timer);
  Object.assign(state, { isOn, cursor: "", skipped: 0, url, run: state.run + 1 });
  showState("Live");
  if (isOn) poll(state.run);
}

function toggle() {
  const wasOn = state.isOn;
  urlState.set({ live: wasOn ? "" : "1", cursor: "" }, { replace: true });
  follow();
  if (!wasOn) return;
  const part = document.getElementById("part-list");
  if (part) delete part.codeagentHtml; // the list is not what was fetched last
  explorer.load({ again: true });
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("click", (event) => {
    if (closestTarget(event, ".log-live")) toggle();
  });
  document.addEventListener("visibilitychange", () => {
    if (!state.isOn || document.hidden) return;
    clearTimeout(state.timer);
    poll(state.run);
  });
  explorer.onResults((root) => {
    if (root.dataset.page === "logs") follow();
  });
}
