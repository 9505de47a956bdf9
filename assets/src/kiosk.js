/* The wall: boards in rotation. The next board is fetched before its turn, a failing board is skipped, and the page is
   reloaded now and then so that a screen that hangs for weeks stays as quick as on its first day. */

import * as boardRequest from "./board-request.js";
import { embeddedBoards } from "./dom.js";
import * as pageSwap from "./page-swap.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

const RELOAD_AFTER = 6 * 3600 * 1000; // ms
const FETCH_AHEAD = 3000; // ms
const startedAt = Date.now();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let ahead;

const boards = () => (urlState.params().get("boards") || "overview").split(",").filter(Boolean);
const intervalMs = () => Math.max(5, timeFormat.seconds(urlState.params().get("every") || "30s")) * 1000;
const nextIndex = () => (Number(urlState.params().get("at") || 0) + 1) % boards().length;
const isWall = () => location.pathname === "/kiosk";

async function isServerReachable() {
  try {
    return (await fetch("/health/live", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

function nextAddress() {
  const parameters = urlState.params();
  parameters.set("at", String(nextIndex()));
  return `${location.pathname}?${parameters}`;
}

async function showNext() {
  if (!isWall() || boards().length < 2 || !(await isServerReachable())) return schedule();
  const address = nextAddress();
  if (Date.now() - startedAt > RELOAD_AFTER) {
    location.replace(address);
    return;
  }
  history.replaceState({}, "", address);
  pageSwap.show(address);
  schedule();
}

/** The next board's document is fetched a few seconds early, so that nothing flashes. */
function schedule() {
  clearTimeout(timer);
  clearTimeout(ahead);
  if (!isWall()) return;
  if (boards().length > 1) ahead = setTimeout(() => pageSwap.prefetch(nextAddress()), intervalMs() - FETCH_AHEAD);
  timer = setTimeout(showNext, intervalMs());
}

/** @param {string} id */
function prefetch(id) {
  const board = embeddedBoards()[id];
  if (board) fetch(boardRequest.address({ ...board, id, whole: true }, board.panels)).catch(() => {});
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("codeagent:prefetch", (event) => {
    if (innerWidth >= 600 && event instanceof CustomEvent) prefetch(event.detail);
  });
  document.addEventListener("codeagent:state", () => setTimeout(schedule, 0));
  setTimeout(schedule, 0);
}
