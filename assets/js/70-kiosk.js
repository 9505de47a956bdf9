/* The wall: boards in rotation, the next one asked for before its turn, a failing one skipped, a soft reload now
   and then so that a screen that hangs for weeks stays as quick as on its first day. */
"use strict";
(function (app) {
  const RELOAD_AFTER = 6 * 3600 * 1000;
  const started = Date.now();
  let timer = 0;

  const boards = () => (app.url.params().get("boards") || "overview").split(",").filter(Boolean);
  const every = () => Math.max(5, app.time.seconds(app.url.params().get("every") || "30s")) * 1000;
  const at = () => Number(app.url.params().get("at") || 0) % boards().length;
  const onWall = () => location.pathname === "/kiosk";

  async function reachable() {
    try { return (await fetch("/health/live", { cache: "no-store" })).ok; } catch { return false; }
  }

  async function next() {
    if (!onWall() || boards().length < 2) return schedule();
    if (!(await reachable())) return schedule();
    const params = app.url.params();
    params.set("at", String((at() + 1) % boards().length));
    const address = location.pathname + "?" + params.toString();
    if (Date.now() - started > RELOAD_AFTER) { location.replace(address); return; }
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
    if (known) fetch(app.refresh.address({ id, ...known, whole: true }, known.panels)).catch(() => {});
  }

  document.addEventListener("codeagent:prefetch", (event) => { if (innerWidth >= 600) prefetch(event.detail); });
  document.addEventListener("codeagent:state", () => setTimeout(schedule, 0));
  setTimeout(schedule, 0);
})(window.codeagent);
