/* What does not answer: one banner above the board for a backend that is away, or for the dashboard server itself. */
"use strict";
(function (app) {
  const state = { backends: [], server: null };

  /** The outages that an answer states: [{source, text, since, data_until}], instants in epoch seconds or null. */
  function stated(outages) {
    state.server = null;
    state.backends = outages || [];
    draw();
  }

  /** The dashboard server did not answer; `dataAt` is the instant (ms) of the newest data on the page, 0 for none. */
  function lost(text, dataAt) {
    const since = state.server ? state.server.since : Date.now() / 1000;
    state.server = { source: "The dashboard server", text, since, data_until: dataAt / 1000 || null };
    draw();
  }

  const all = () => (state.server ? [state.server] : state.backends);

  /** Epoch milliseconds up to which there are data, the oldest of all outages; 0 when there are none. */
  function dataUntil() {
    const ends = all().map((outage) => outage.data_until || 0);
    return ends.length ? Math.min(...ends) * 1000 : 0;
  }

  /** The outage that is the reason why a panel failed; undefined when it failed for a reason of its own. */
  function reason(panel) {
    if (panel.state !== "failed") return undefined;
    return all().find((outage) => (panel.outage ? panel.outage === outage.source : panel.sentence === outage.text));
  }

  const away = (outage) => `No data while ${outage.source.charAt(0).toUpperCase()}${outage.source.slice(1)} is away`;

  function draw() {
    const outages = all();
    const root = document.documentElement;
    if (outages.length) root.dataset.away = state.server ? "server" : "backend"; else delete root.dataset.away;
    const box = document.getElementById("outage");
    const key = JSON.stringify(outages) + app.time.zoneName();
    if (!box || (box.dataset.key || "[]") === key) return;
    box.dataset.key = key;
    box.replaceChildren(...outages.map(line));
  }

  function line(outage) {
    const row = document.createElement("p");
    row.appendChild(document.createElement("span")).className = "status-shape shape-critical";
    row.appendChild(document.createElement("b")).textContent = app.visibleName(outage.text.replace(/\.$/, ""));
    row.append(" " + times(outage));
    return row;
  }

  function times({ since, data_until: until }) {
    const start = since ? `since ${app.time.short(since * 1000)}` : "";
    const data = until ? `data up to ${app.time.short(until * 1000)}` : "no data yet";
    return [start, data].filter(Boolean).join(" · ");
  }

  app.outage = { stated, lost, draw, reason, away, dataUntil, any: () => all().length > 0, ofServer: () => !!state.server };
})(window.codeagent);
