/* The wall: boards in rotation, the next one asked for before its turn, a failing one skipped, a soft reload now
   and then so that a screen that hangs for weeks stays as quick as on its first day. */

import * as boardRefresh from "./board-refresh.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

const RELOAD_AFTER = 6 * 3600 * 1000;
const started = Date.now();
let timer = 0;

const boards = () => (urlState.params().get("boards") || "overview").split(",").filter(Boolean);
const every = () => Math.max(5, timeFormat.seconds(urlState.params().get("every") || "30s")) * 1000;
const at = () => Number(urlState.params().get("at") || 0) % boards().length;
const onWall = () => location.pathname === "/kiosk";

async function reachable() {
  try {
    return (await fetch("/health/live", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function next() {
  if (!onWall() || boards().length < 2) return schedule();
  if (!(await reachable())) return schedule();
  const params = urlState.params();
  params.set("at", String((at() + 1) % boards().length));
  const address = `${location.pathname}?${params.toString()}`;
  if (Date.now() - started > RELOAD_AFTER) {
    location.replace(address);
    return;
  }
  history.replaceState({}, "", address);
  window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  schedule();
}

/** The next board's answer is fetched a few seconds early, so that nothing flashes. */
function schedule() {
  clearTimeout(timer);
  if (!onWall()) return;
  setTimeout(() => prefetch(boards()[(at() + 1) % boards().length]), Math.max(0, every() - 3000));
  timer = setTimeout(next, every());
}

function prefetch(id) {
  const known = JSON.parse(document.getElementById("boards").textContent)[id];
  if (known) fetch(boardRefresh.address({ id, ...known, whole: true }, known.panels)).catch(() => {});
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("codeagent:prefetch", (event) => {
    if (innerWidth >= 600 && event instanceof CustomEvent) prefetch(event.detail);
  });
  document.addEventListener("codeagent:state", () => setTimeout(schedule, 0));
  setTimeout(schedule, 0);
}
