/* The wall: boards in rotation, each with as many screens as it needs. The next board and its data are fetched before
   their turn, a board that has none is skipped and named, and the page is reloaded now and then so that a screen that
   hangs for weeks stays as quick as on its first day. A slide is a board, or BOARD?LABEL=VALUE with a filter of its own. */

import * as boardRequest from "./board-request.js";
import { embeddedBoards, select } from "./dom.js";
import { screens, showScreen } from "./kiosk-fit.js";
import * as pageSwap from "./page-swap.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import * as wallAccess from "./wall-access.js";
import { showAlerts, start as startAlerts } from "./wall-alerts.js";

/** @typedef {{loaded: import("./page-swap.js").Loaded, address: string}} Stop */

const RELOAD_AFTER = 6 * 3600 * 1000; // ms
const FETCH_AHEAD = 3000; // ms
const RETRY = 5000; // ms until a server that does not answer is asked again
const DRAWN_WITHIN = 1500; // ms
const startedAt = Date.now();
/** Why slides are left out, by their text. @type {Map<string, string>} */
const skipped = new Map();
const timers = {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ turn: undefined,
  /** @type {ReturnType<typeof setTimeout> | undefined} */ ahead: undefined,
};
let turn = 0;

const isWall = () => /^\/kiosk(\/|$)/.test(location.pathname) && !!select(".kiosk");
const slides = () => (urlState.params().get("boards") || "overview").split(",").filter(Boolean);
const boardOf = (/** @type {string} */ slide) => slide.split("?")[0];
const boards = () => slides().filter((slide) => boardOf(slide) in embeddedBoards());
const intervalMs = () => Math.max(5, timeFormat.seconds(urlState.params().get("every") || "30s")) * 1000;
const position = () => Number(urlState.params().get("at") || 0) % Math.max(1, boards().length);

/** The address of the board at a position; a playlist's is asked anew, since its file may have changed. */
function addressAt(/** @type {number} */ index) {
  const parameters = urlState.params();
  const signature = parameters.get("sig");
  if (wallAccess.isPlaylist())
    return `${location.pathname}?at=${index}${signature ? `&sig=${encodeURIComponent(signature)}` : ""}`;
  parameters.set("at", String(index));
  return `${location.pathname}?${urlState.encode(parameters)}`;
}

/**
 * The first board after the present one that has data; null where there is no other. Throws OtherRelease.
 * @returns {Promise<Stop | null>}
 */
async function nextStop() {
  const count = boards().length;
  for (let more = 1; more < count; more += 1) {
    const index = (position() + more) % count;
    const [slide, address] = [boards()[index], addressAt(index)];
    const loaded = await loadBoard(slide, address);
    if (loaded) return { loaded, address };
  }
  return null;
}

/**
 * The page of a board; null with the reason in `skipped` where it has no data.
 * @param {string} slide
 * @param {string} address
 */
async function loadBoard(slide, address) {
  try {
    const loaded = await pageSwap.load(address);
    const reason = await failureOf(boardOf(slide), loaded);
    if (!reason) skipped.delete(slide);
    else skipped.set(slide, reason);
    return reason ? null : loaded;
  } catch (error) {
    if (error instanceof pageSwap.OtherRelease) throw error;
    skipped.set(slide, error instanceof Error ? error.message : String(error));
    return null;
  }
}

/**
 * Why a board has no data, where the others may have some; empty where it has. Its data are in the browser's cache then.
 * @param {string} id
 * @param {import("./page-swap.js").Loaded} loaded
 */
async function failureOf(id, { page }) {
  const board = { id, ...JSON.parse(select("#grid", page)?.dataset.board || "{}") };
  const response = await boardRequest.request(boardRequest.address(board, board.panels));
  const answer = await boardRequest.decode(response);
  if (!response.ok) return answer.error?.sentence || `status ${response.status}`;
  const isFailed = answer.panels.length > 0 && answer.panels.every((panel) => panel.state === "failed");
  return isFailed && !answer.outages.length ? answer.panels[0].sentence : "";
}

async function advance() {
  if (!isWall()) return;
  turn += 1;
  const isAlert = showAlerts(turn % 2 === 1);
  if (isAlert) return schedule();
  if (!(await wallAccess.check())) return schedule(RETRY);
  if (Date.now() - startedAt > RELOAD_AFTER) return location.replace(addressAt(position()));
  const { screen, count } = screens();
  if (screen + 1 < count) await change(() => showScreen(screen + 1));
  else await showNextBoard();
  schedule();
}

async function showNextBoard() {
  try {
    const stop = await nextStop();
    if (stop) await change(() => put(stop));
    else if (screens().count > 1) await change(() => showScreen(0));
  } catch {
    location.reload(); // another release
  }
  showNote();
}

/** @param {Stop} stop */
async function put({ loaded, address }) {
  history.replaceState({}, "", loaded.url || address);
  const drawn = new Promise((resolve) => document.addEventListener("codeagent:refreshed", resolve, { once: true }));
  pageSwap.put({ ...loaded, url: "" });
  await Promise.race([drawn, new Promise((resolve) => setTimeout(resolve, DRAWN_WITHIN))]);
}

/**
 * Cross-fade, so that nothing flashes while the next screen is drawn.
 * @param {() => void | Promise<void>} update
 */
async function change(update) {
  if (!document.startViewTransition) return update();
  const transition = document.startViewTransition(update);
  transition.ready.catch(() => {}); // the update has been done without a fade
  await transition.updateCallbackDone;
}

/** Name the boards that are left out. */
function showNote() {
  const note = document.getElementById("wall-note");
  if (!note) return;
  const known = embeddedBoards();
  const unknown = slides().filter((slide) => !(boardOf(slide) in known));
  const texts = [
    ...unknown.map((name) => `No board “${name}”`),
    ...[...skipped].map(([name, reason]) => `“${name}” is skipped: ${reason}`),
  ];
  note.textContent = texts.join(" · ");
}

/** The next board's document is fetched a few seconds early. @param {number} [delay] ms */
function schedule(delay = intervalMs()) {
  clearTimeout(timers.turn);
  clearTimeout(timers.ahead);
  if (!isWall()) return;
  timers.turn = setTimeout(advance, delay);
  if (boards().length > 1) {
    const next = addressAt((position() + 1) % boards().length);
    timers.ahead = setTimeout(() => pageSwap.prefetch(next), delay - FETCH_AHEAD);
  }
  showProgress(delay);
}

/** @param {number} delay ms */
function showProgress(delay) {
  const line = select(".wall-progress");
  if (!line) return;
  line.getAnimations().forEach((animation) => {
    animation.cancel();
  });
  line.animate([{ transform: "scaleX(0)" }, { transform: "scaleX(1)" }], { duration: delay, fill: "forwards" });
}

/** The line says when another screen comes, where there is another one. */
function toggleProgress() {
  const line = select(".wall-progress");
  if (line) line.hidden = boards().length < 2 && screens().count < 2;
}

/** Keep the screen lit; the browser gives the lock up whenever the page is hidden. */
function keepAwake() {
  if (isWall() && !document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); // refused on a low battery
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
  document.addEventListener("visibilitychange", keepAwake);
  document.addEventListener("codeagent:refreshed", () => setTimeout(toggleProgress, 0)); // after the board is laid out
  startAlerts(() => isWall() && schedule());
  wallAccess.start();
  setTimeout(() => {
    keepAwake();
    showNote();
    schedule();
  }, 0);
}
