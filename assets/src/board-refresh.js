/* One GET a refresh for the panels in view: figures become charts, fragments the content of their panels. There are never
   two requests at once, and what is late is requested again. */

import * as boardRequest from "./board-request.js";
import * as chartView from "./chart/view.js";
import * as controlLabels from "./control-labels.js";
import { selectAll } from "./dom.js";
import * as liveStatus from "./live-status.js";
import { mountedBoard, setMountedBoard } from "./mounted-board.js";
import * as outage from "./outage.js";
import * as pageSwap from "./page-swap.js";
import * as panelView from "./panel-view.js";
import * as units from "./units.js";
import * as urlState from "./url-state.js";

/** @typedef {import("./mounted-board.js").MountedBoard} MountedBoard */
/** @typedef {{panel: PanelAnswer, window: BoardAnswer["window"]}} LastAnswer */

const PENDING_DELAY = 700; // ms until panels that were pending are requested again
const RENEWAL_DELAY = 2500; // after the server's own two seconds for answers that are being renewed
const RETRY_DELAY = 5000; // after a failure, whatever the interval
const REQUEST_TIMEOUT = 15000;
const PRINT_ATTEMPTS = 3; // what is late is asked for again
const GONE = 410; // the link of a frame has expired or was revoked: it will not work again
const FAILURES_UNTIL_BANNER = 2; // in a row: a restart of the server is not worth a banner

/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */
const state = {
  /** @type {AbortController | null} */ inFlight: null,
  /** @type {Map<string, string>} revision of each panel that is drawn */ revisions: new Map(),
  /** @type {Map<string, LastAnswer>} */ last: new Map(),
  /** @type {Set<string>} panels whose chart is drawn */ drawn: new Set(),
  /** @type {Set<string>} panels that have been near the screen */ seen: new Set(),
  /** @type {Set<string>} panels that are near it now */ near: new Set(),
  /** @type {{seen: Set<string>, near: Set<string>} | null} both before the page is printed */ screen: null,
  /** @type {Timer} */ renewal: undefined,
  /** @type {Timer} */ retry: undefined,
  isRequestedAgain: false,
  /** @type {Timer} */ tick: undefined,
  failures: 0,
  isOver: false,
  repeated: "",
};
/** @type {IntersectionObserver | null} */
let observer = null;

/** Refresh as often as the address or the board says; never while paused. */
function schedule() {
  clearTimeout(state.tick);
  const interval = boardRequest.intervalMs();
  if (!mountedBoard() || !interval) return;
  state.tick = setTimeout(() => {
    schedule();
    if (!document.hidden) fetchVisible();
  }, interval);
}

/** Take over the board that is in the document. */
function checkMount() {
  const grid = document.getElementById("grid");
  if (grid) mount(grid);
  else setMountedBoard(null);
}

/** @param {HTMLElement} grid */
function mount(grid) {
  delete document.documentElement.dataset.data;
  delete document.documentElement.dataset.ready;
  /** @type {MountedBoard} */
  const board = JSON.parse(grid.dataset.board || "{}");
  setMountedBoard(board);
  state.repeated = repeatedValues(board);
  for (const collection of [state.revisions, state.last, state.drawn, state.seen, state.near]) collection.clear();
  abort();
  observePanels();
  schedule();
  controlLabels.sync();
  outage.draw();
  fetchVisible(false, boardRequest.firstPanels(board));
}

/** The chosen values of the filters that panels are repeated by. @param {MountedBoard} board */
const repeatedValues = ({ repeats = [] }) =>
  JSON.stringify(repeats.map((label) => urlState.params().getAll(label).sort()));

function abort() {
  state.inFlight?.abort();
  state.inFlight = null;
}

/** Panels below the fold are neither fetched nor drawn until they come near the screen. */
function observePanels() {
  observer?.disconnect();
  observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (!entry.isIntersecting) state.near.delete(panelId(entry.target));
      const ids = entries.filter((entry) => entry.isIntersecting).map((entry) => panelId(entry.target));
      if (ids.filter(enterScreen).length) fetchVisible(true);
    },
    { rootMargin: "120px" },
  );
  for (const element of selectAll("[data-panel]")) observer.observe(element);
}

/** @param {Element} element */
const panelId = (element) => element.getAttribute("data-panel") || "";

/**
 * Draws a panel that comes near the screen; whether its data have to be fetched.
 * @param {string} id
 */
function enterScreen(id) {
  state.near.add(id);
  state.seen.add(id);
  const last = state.last.get(id);
  if (last) draw(last.panel, last.window);
  return !last;
}

/** Ids of the panels that a refresh asks for. */
function requestedPanels() {
  const panels = mountedBoard()?.panels || [];
  return boardRequest.isLazy() ? panels.filter((id) => state.seen.has(id)) : panels;
}

/**
 * Fetch and draw panels: those in view, or the given ones.
 * @param {boolean} [onlyMissing] leave out panels that have an answer
 * @param {string[] | null} [ids]
 */
export async function fetchVisible(onlyMissing = false, ids = null) {
  const board = mountedBoard();
  const panels = (ids || requestedPanels()).filter((id) => !onlyMissing || !state.last.has(id));
  // A board of which the gateway exports nothing has no panels, and still a status line.
  if (!board || (!panels.length && board.panels.length) || state.isOver) return;
  if (state.inFlight) {
    state.isRequestedAgain = true;
    return;
  }
  const control = new AbortController();
  state.inFlight = control;
  const timer = setTimeout(() => control.abort(), REQUEST_TIMEOUT);
  liveStatus.begin();
  try {
    await fetchPanels(board, panels, control.signal, !onlyMissing);
  } catch (error) {
    if (board === mountedBoard() && state.inFlight === control) handleFailure(error); // not of a request that is replaced
  } finally {
    clearTimeout(timer);
    if (state.inFlight === control) state.inFlight = null;
    if (state.isRequestedAgain) {
      state.isRequestedAgain = false;
      setTimeout(() => fetchVisible(true), 0);
    }
  }
}

/**
 * @param {MountedBoard} board
 * @param {string[]} panels
 * @param {AbortSignal} signal
 * @param {boolean} hasStatus
 */
async function fetchPanels(board, panels, signal, hasStatus) {
  const response = await boardRequest.request(boardRequest.address(board, panels, hasStatus), signal);
  const answer = await boardRequest.decode(response);
  state.failures = 0;
  if (board !== mountedBoard() || signal.aborted) return;
  state.isOver = response.status === GONE;
  if (response.ok) showAnswer(answer);
  else showRefusal(answer.error || { sentence: `The server answered ${response.status}.` });
}

/** @param {BoardAnswer} answer */
function showAnswer(answer) {
  const { panels } = answer;
  units.learn(answer.units);
  outage.setBackends(answer.outages, panels);
  panelView.showStatusLine(answer.sentence);
  for (const panel of panels) draw(panel, answer.window);
  liveStatus.set(panels.some((panel) => panel.state === "failed") ? "trouble" : "live", answer.window.now * 1000);
  const pending = panels.filter((panel) => panel.state === "pending").map((panel) => panel.id);
  // The status line waits for panels that are not on the screen yet: one panel's answer brings it anew.
  const missing = pending.length || !answer.awaited ? pending : [panels[0].id];
  if (missing.length) setTimeout(() => fetchVisible(false, missing), PENDING_DELAY);
  else if (panels.some((panel) => panel.renewing)) refreshAfterRenewal();
  document.dispatchEvent(new CustomEvent("codeagent:refreshed", { detail: answer }));
  updateMarks();
}

/** Newer data are on their way: refresh once more before the next tick. */
function refreshAfterRenewal() {
  clearTimeout(state.renewal);
  state.renewal = setTimeout(() => {
    if (!document.hidden && boardRequest.intervalMs() > 0) fetchVisible();
  }, RENEWAL_DELAY);
}

/**
 * @param {PanelAnswer} panel
 * @param {BoardAnswer["window"]} window
 */
function draw(panel, window) {
  const element = document.getElementById(`panel-${panel.id}`);
  if (!element || (panel.state === "pending" && state.last.has(panel.id))) return;
  if (panel.state !== "pending") state.last.set(panel.id, { panel, window });
  if (boardRequest.isLazy() && !isDue(panel.id)) return; // drawn when it comes near the screen
  const isUnchanged = state.revisions.get(panel.id) === panel.rev;
  state.revisions.set(panel.id, panel.rev);
  panelView.showFrame(element, panel);
  if (isUnchanged) return;
  if (panel.figure) chartView.show(panel);
  else panelView.showMarkup(panel);
  state.drawn.add(panel.id);
}

/** Whether a panel is drawn now: it is near the screen, or was and has never been drawn. @param {string} id */
const isDue = (id) => state.near.has(id) || (state.seen.has(id) && !state.drawn.has(id));

/** @param {string} id */
function isShown(id) {
  const last = state.last.get(id);
  return !!last && (!last.panel.figure || state.drawn.has(id));
}

/** Draw every panel before the page is printed. The browser does not wait, so the rest is fetched at once. */
function drawAll() {
  const board = mountedBoard();
  if (!board || !boardRequest.isLazy() || state.isOver) return;
  state.screen = { seen: new Set(state.seen), near: new Set(state.near) };
  board.panels.forEach(enterScreen);
  const missing = () => board.panels.filter((id) => !state.last.has(id));
  for (let attempt = 0; attempt < PRINT_ATTEMPTS && missing().length; attempt += 1) {
    const answer = boardRequest.requestNow(boardRequest.address(board, missing(), false));
    if (!answer) break;
    units.learn(answer.units);
    for (const panel of answer.panels) draw(panel, answer.window);
  }
  for (const id of missing()) panelView.showMessage(id, "away", "Its data did not arrive before this was printed");
}

/** Panels below the screen are refreshed no more often than before. */
function forgetPrinted() {
  Object.assign(state, state.screen);
  state.screen = null;
}

/** Attributes of the document that tell scripts and tests what is on screen. */
function updateMarks() {
  const { dataset } = document.documentElement;
  const board = mountedBoard();
  const panels = requestedPanels();
  if (!board || (!panels.length && board.panels.length)) return;
  if (panels.every((id) => state.last.has(id))) dataset.data = board.id;
  if (dataset.ready !== board.id && panels.every(isShown)) {
    dataset.ready = board.id;
    performance.mark("codeagent:ready"); // once for each board: the browser never forgets a mark
  }
}

/** @param {ErrorAnswer} error */
function showRefusal(error) {
  liveStatus.set("trouble");
  outage.setBackends([], []);
  panelView.showStatusLine({ status: "critical", text: `${error.sentence} ${error.hint || ""}`, items: [] });
  for (const id of mountedBoard()?.panels || [])
    panelView.showMessage(id, "away", "No data for this address; the reason is given above.");
}

/** @param {unknown} error */
function handleFailure(error) {
  state.failures += 1;
  const dataAt = liveStatus.dataAt();
  if (state.failures >= FAILURES_UNTIL_BANNER || !dataAt || !navigator.onLine)
    outage.setServer(liveStatus.failureText(error), dataAt);
  liveStatus.set("lost");
  for (const id of mountedBoard()?.panels || [])
    if (!state.last.has(id)) panelView.showMessage(id, "away", "No data while the dashboard server is away");
  clearTimeout(state.retry);
  state.retry = setTimeout(() => {
    if (liveStatus.isLost()) fetchVisible();
  }, RETRY_DELAY);
}

/** @param {Event} event */
function handleUrlChange(event) {
  schedule();
  const board = mountedBoard();
  if (!board || !document.getElementById("grid")) return;
  if (board.repeats?.length && repeatedValues(board) !== state.repeated) {
    abort();
    pageSwap.show(location.href, { isBack: true });
    return;
  }
  const panels = event instanceof CustomEvent ? event.detail?.panels : null;
  if (panels && !state.inFlight) return void fetchVisible(false, panels); // other rows of them; the rest is as it was
  chartView.redrawAll(); // perhaps in another zone
  abort();
  fetchVisible();
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("codeagent:state", handleUrlChange);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && boardRequest.intervalMs()) fetchVisible();
  });
  addEventListener("beforeprint", drawAll);
  addEventListener("afterprint", forgetPrinted);
  addEventListener("online", () => fetchVisible());
  addEventListener("offline", () => fetchVisible());
  document.addEventListener("codeagent:page", checkMount);
  liveStatus.start();
  checkMount();
}
