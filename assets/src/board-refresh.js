/* One GET a refresh for the panels in view. An Interval ticks, this asynchronous clientside function fetches and
   hands the figures to the graphs; never two in flight, and what is late is asked for again. */

import * as charts from "./charts.js";
import * as serverClock from "./clock.js";
import * as controls from "./controls.js";
import { metaContent, select, selectAll } from "./dom.js";
import { setMountedBoard } from "./mounted-board.js";
import * as outage from "./outage.js";
import * as panelView from "./panel-view.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

const SOON = 700;
const LATER = 2500; // after the server's own two seconds for answers that are being renewed
const AGAIN = 5000; // after a failure the server is asked again so soon, whatever the interval
const BLIP = 2; // failures in a row before the banner says that the server is away: a restart is not worth one
const FIRST_ON_PHONE = 8; // panels a phone asks for at once; the others when they come near the screen
const state = {
  board: null,
  inFlight: null,
  rev: new Map(),
  last: new Map(),
  drawn: new Map(),
  seen: new Set(),
  pausedByUser: false,
};
let observer = null;

const width = () => (select(".kiosk") ? "m" : innerWidth < 600 ? "s" : innerWidth < 2000 ? "m" : "l");

function intervalMs() {
  const chosen = urlState.params().get("refresh") || (state.board ? state.board.refresh : "10s");
  return chosen === "off" ? 0 : Math.max(5, timeFormat.seconds(chosen) || 10) * 1000;
}

/** Called by Dash: when a page is mounted, and at every tick. */
async function refresh(_page, _ticks) {
  pace();
  if (!look() && state.board && !document.hidden && intervalMs() > 0) await fetchVisible();
  return window.dash_clientside.no_update;
}

/** Let Dash tick as often as the address or the board says; never while paused. */
function pace() {
  const wanted = intervalMs() || 86400000;
  if (state.pace === wanted || !document.getElementById("tick-marker") || !window.dash_clientside.set_props) return;
  state.pace = wanted;
  window.dash_clientside.set_props("tick", { interval: wanted });
}

/** Notices a new page: its grid is another element. Dash may announce it a moment before it is in the document. */
function look() {
  const grid = document.getElementById("grid");
  if (!grid) {
    state.grid = state.board = null;
    setMountedBoard(null);
    return false;
  }
  if (grid === state.grid) return false;
  mounted(grid);
  return true;
}

function mounted(grid) {
  state.grid = grid;
  delete document.documentElement.dataset.data;
  delete document.documentElement.dataset.ready;
  state.board = JSON.parse(grid.dataset.board);
  setMountedBoard(state.board);
  for (const map of [state.rev, state.last, state.drawn, state.seen]) map.clear();
  if (state.inFlight) state.inFlight.abort();
  state.inFlight = null;
  watch();
  pace();
  controls.sync();
  outage.draw();
  fetchVisible(false, first(state.board));
}

/** Panels below the fold are neither fetched nor drawn until they come near the screen. */
function watch() {
  if (observer) observer.disconnect();
  observer = new IntersectionObserver(
    (entries) => {
      let fresh = false;
      for (const entry of entries) {
        const id = entry.target.getAttribute("data-panel");
        if (!entry.isIntersecting || state.seen.has(id)) continue;
        state.seen.add(id);
        const kept = state.last.get(id);
        if (kept) draw(kept.panel, kept.window);
        else fresh = true;
      }
      if (fresh) fetchVisible(true);
    },
    { rootMargin: "120px" },
  );
  for (const element of selectAll("[data-panel]")) observer.observe(element);
}

const isPhone = () => innerWidth < 600;

function wanted() {
  const all = state.board ? state.board.panels : [];
  return isPhone() ? all.filter((id) => state.seen.has(id)) : all;
}

/** What the first answer of a page should hold. */
const first = (board) =>
  innerWidth < 600 && board.panels.length > 1 ? board.panels.slice(0, FIRST_ON_PHONE) : board.panels;

const address = (board, panels) => {
  // Where a status line stands above the panels, it speaks of the whole board.
  const whole = location.pathname.startsWith("/embed/") ? "" : "&status=board";
  const subset = panels.length === board.panels.length && board.whole ? "" : `&panels=${panels.join(",")}${whole}`;
  return `/api/boards/${board.id}/refresh?${urlState.dataQuery(board, width())}${subset}`;
};

async function fetchVisible(onlyMissing = false, named = null) {
  const board = state.board;
  const panels = (named || wanted()).filter((id) => !onlyMissing || !state.last.has(id));
  if (!board || !panels.length) return;
  if (state.inFlight) {
    state.again = true;
    return;
  }
  const control = new AbortController();
  state.inFlight = control;
  const timer = setTimeout(() => control.abort(), 15000);
  if (!state.live) live("loading");
  try {
    const response = await ask(address(board, panels), control.signal);
    const answer = await data(response);
    state.failures = 0;
    if (board !== state.board || control.signal.aborted) return;
    if (response.ok) show(answer);
    else refused(answer.error || { sentence: `The server answered ${response.status}.` });
  } catch (error) {
    if (board === state.board && state.inFlight === control) lost(error); // not one that was given up for a newer
  } finally {
    clearTimeout(timer);
    if (state.inFlight === control) state.inFlight = null;
    if (state.again) {
      state.again = false;
      setTimeout(() => fetchVisible(true), 0);
    }
  }
}

/** A proxy's error page or a sign-in page is an answer too, but not the dashboard server's. */
function data(response) {
  if ((response.headers.get("Content-Type") || "").includes("json")) return response.json();
  throw Object.assign(new Error("not JSON"), { name: "NotData", status: response.status });
}

/** The answer of an address; the first one may be on its way since before Dash had started. */
function ask(url, signal) {
  const early = state.early;
  state.early = null;
  if (early && early.url === url) return early.answer;
  return fetch(url, { signal, headers: { Accept: "application/json" } }).then(serverClock.learn);
}

function startEarly() {
  const id = location.pathname.slice(1);
  const known = JSON.parse(document.getElementById("boards").textContent)[id];
  if (!known) return;
  const board = { id, whole: true, ...known };
  const url = address(board, first(board));
  state.early = { url, answer: fetch(url, { headers: { Accept: "application/json" } }).then(serverClock.learn) };
  state.early.answer.catch(() => {});
  plotly();
}

function show(answer) {
  state.dataAt = answer.window.now * 1000;
  outage.stated(answer.outages, answer.panels);
  panelView.sentence(answer.sentence);
  for (const panel of answer.panels) draw(panel, answer.window);
  live(answer.panels.some((panel) => panel.state === "failed") ? "trouble" : "live");
  const pending = answer.panels.filter((panel) => panel.state === "pending").map((panel) => panel.id);
  // The status line waits for panels that are not on the screen yet: one panel's answer brings it anew.
  const missing = pending.length || !answer.awaited ? pending : [answer.panels[0].id];
  if (missing.length) setTimeout(() => fetchVisible(false, missing), SOON);
  else if (answer.panels.some((panel) => panel.renewing)) again();
  document.dispatchEvent(new CustomEvent("codeagent:refreshed", { detail: answer }));
  done();
}

/** Newer data are on their way: one more look before the next tick. */
function again() {
  clearTimeout(state.later);
  state.later = setTimeout(() => {
    if (!document.hidden && intervalMs() > 0) fetchVisible();
  }, LATER);
}

function draw(panel, window) {
  const element = document.getElementById(`panel-${panel.id}`);
  if (!element) return;
  if (panel.state === "pending" && state.last.has(panel.id)) return;
  if (panel.state !== "pending") state.last.set(panel.id, { panel, window });
  if (isPhone() && !state.seen.has(panel.id)) return; // drawn when it comes near the screen
  const changed = state.rev.get(panel.id) !== panel.rev;
  state.rev.set(panel.id, panel.rev);
  panelView.frame(element, panel);
  if (!changed) return;
  if (panel.figure) figure(panel);
  else panelView.markup(element, panel);
}

/** plotly.js is run when the first chart is due; Dash's graph would fetch its own, three times the size. */
function plotly() {
  state.plotly =
    state.plotly ||
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = metaContent("plotly");
      script.onload = resolve;
      script.onerror = () => {
        state.plotly = null;
        reject(new Error("plotly.js did not load"));
      };
      document.head.appendChild(script);
    });
  return state.plotly;
}

/** The graph is mounted with its first figure, so that nothing empty is ever drawn. */
async function figure(panel) {
  const board = state.board;
  if (!window.Plotly) await plotly();
  const body = document.getElementById(`body-${panel.id}`);
  if (board !== state.board || !body) return;
  const prepared = charts.prepare(panel.figure, body.clientWidth);
  const id = `graph-${panel.id}`;
  if (document.getElementById(id)) window.dash_clientside.set_props(id, { figure: prepared });
  else {
    const graph = {
      namespace: "dash_core_components",
      type: "Graph",
      props: {
        id,
        figure: prepared,
        config: charts.CONFIG,
        responsive: true,
        className: "graph",
        style: { height: "100%" },
      },
    };
    window.dash_clientside.set_props(`body-${panel.id}`, { children: graph });
  }
  listen(panel, 0);
}

function listen(panel, tries) {
  if (charts.attach(panel.id, panel.drill)) {
    state.drawn.set(panel.id, performance.now());
    done();
    return;
  }
  if (tries < 200) setTimeout(() => listen(panel, tries + 1), 50);
}

/** Marks that say to scripts and tests what is on screen. */
function done() {
  const root = document.documentElement;
  const all = wanted();
  if (!all.length) return;
  if (all.every((id) => state.last.has(id))) root.dataset.data = state.board.id;
  if (
    all.every((id) => {
      const kept = state.last.get(id);
      return kept && (!kept.panel.figure || state.drawn.has(id));
    })
  ) {
    root.dataset.ready = state.board.id;
    reveal();
    performance.mark("codeagent:ready");
  }
}

/** The live page takes over from the server's first picture. */
function reveal() {
  const instant = document.getElementById("instant");
  if (instant) instant.remove();
}

function refused(error) {
  reveal();
  live("trouble");
  outage.stated([], []);
  panelView.sentence({ status: "critical", text: `${error.sentence} ${error.hint || ""}`, items: [] });
  for (const id of state.board.panels) panelView.say(id, "away", "No data for this address: the reason stands above.");
}

function lost(error) {
  reveal();
  state.failures = (state.failures || 0) + 1;
  if (state.failures >= BLIP || !state.dataAt || !navigator.onLine) outage.lost(why(error), state.dataAt || 0);
  live("lost");
  for (const id of state.board.panels)
    if (!state.last.has(id)) panelView.say(id, "away", "No data while the dashboard server is away");
  clearTimeout(state.retry);
  state.retry = setTimeout(() => {
    if (state.live === "lost" && state.board) fetchVisible();
  }, AGAIN);
}

function why(error) {
  if (!navigator.onLine) return "This device is offline";
  if (error.name === "AbortError") return "The dashboard server does not answer";
  if (error.name === "NotData" && error.status >= 500)
    return `The dashboard server does not answer (status ${error.status})`;
  if (error.name === "NotData") return "Something else than the dashboard server answers, perhaps a sign-in page";
  return "The dashboard server cannot be reached";
}

function live(what) {
  state.live = what;
  tell();
}

function tell() {
  const button = document.getElementById("live");
  const text = document.getElementById("live-text");
  if (!button || !text || !state.board) return;
  const [shown, how] = standing();
  button.dataset.live = how;
  if (text.textContent !== shown) text.textContent = shown;
}

/** What stands beside the dot, and the dot: "live" (green) only while new data come and nothing is away. */
function standing() {
  const every = intervalMs() / 1000;
  const age = (ms) => timeFormat.age(Math.max(0, serverClock.now() - ms) / 1000);
  if (!state.dataAt)
    return state.live === "lost"
      ? ["offline", "lost"]
      : state.live === "trouble"
        ? ["no data", "trouble"]
        : ["loading", ""];
  if (state.live === "lost" || outage.ofServer()) return [`offline, data ${age(state.dataAt)} old`, "lost"];
  if (outage.isDark()) return [outage.dataUntil() ? `data ${age(outage.dataUntil())} old` : "no data", "lost"];
  if (every === 0) return [`paused, ${age(state.dataAt)} old`, ""];
  if (serverClock.now() - state.dataAt > 1000 * Math.max(30, every * 2.5))
    return [`data ${age(state.dataAt)} old`, "trouble"];
  const how = state.live === "trouble" || outage.any() ? "trouble" : "live";
  if ((urlState.params().get("to") || "now") !== "now") return ["fixed range", how === "live" ? "" : how];
  return [select(".kiosk") ? `data ${age(state.dataAt)} old` : "live", how];
}

/** Draw again what is at hand (another theme, another zone). */
function redraw() {
  state.rev.clear();
  for (const { panel, window } of [...state.last.values()]) draw(panel, window);
}

function changed() {
  pace();
  if (!state.board || !document.getElementById("grid")) return;
  if (state.inFlight) {
    state.inFlight.abort();
    state.inFlight = null;
  }
  fetchVisible();
}

export const now = () => fetchVisible();
export const current = () => state;
export { address, intervalMs, redraw, width };

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("codeagent:state", changed);
  document.addEventListener("codeagent:theme", () => {
    if (state.board) redraw();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && state.board && intervalMs()) fetchVisible();
  });
  addEventListener("online", () => state.board && fetchVisible());
  addEventListener("offline", () => state.board && fetchVisible());
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  setInterval(tell, 1000);
  startEarly();
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.codeagent = { refresh };
}
