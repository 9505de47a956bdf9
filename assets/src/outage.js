/* What does not answer: one banner above the board for a backend that is away, or for the dashboard server itself. */

import * as serverClock from "./clock.js";
import * as timeFormat from "./time-format.js";
import { visibleName } from "./visible.js";

const state = { backends: [], server: null, dark: false };
const WITHOUT = new Set(["failed", "stale", "absent"]);

/** The outages that an answer states: [{source, text, since, data_until}], the one of the panels' data first,
    instants in epoch seconds or null. Alerts may be away while every panel is current: then the board stays lit. */
function stated(outages, panels) {
  state.server = null;
  state.backends = outages || [];
  const without = panels.filter((panel) => WITHOUT.has(panel.state)).length;
  state.dark = state.backends.length > 0 && panels.length > 0 && 2 * without >= panels.length;
  draw();
}

/** The dashboard server did not answer; `dataAt` is the instant (ms) of the newest data on the page, 0 for none. */
function lost(text, dataAt) {
  const since = state.server ? state.server.since : serverClock.now() / 1000;
  state.dark = true;
  state.server = { source: "The dashboard server", text, since, data_until: dataAt / 1000 || null };
  draw();
}

const all = () => (state.server ? [state.server] : state.backends);

/** Epoch milliseconds up to which the panels have data; 0 when they have none. */
const dataUntil = () => (all()[0]?.data_until || 0) * 1000;

/** The outage that is the reason why a panel failed; undefined when it failed for a reason of its own. */
function reason(panel) {
  if (panel.state !== "failed") return undefined;
  return all().find((outage) => (panel.outage ? panel.outage === outage.source : panel.sentence === outage.text));
}

const away = (outage) => `No data while ${outage.source} is away`;

function draw() {
  const outages = all();
  const root = document.documentElement;
  if (state.dark) root.dataset.away = state.server ? "server" : "backend";
  else delete root.dataset.away;
  const box = document.getElementById("outage");
  const key = JSON.stringify(outages) + timeFormat.zoneName();
  if (!box || (box.dataset.key || "[]") === key) return;
  box.dataset.key = key;
  box.replaceChildren(...outages.map(line));
}

function line(outage) {
  const row = document.createElement("p");
  row.appendChild(document.createElement("span")).className = "status-shape shape-critical";
  row.appendChild(document.createElement("b")).textContent = visibleName(outage.text.replace(/\.$/, ""));
  row.append(` ${times(outage)}`);
  return row;
}

function times({ since, data_until: until }) {
  const start = since ? `since ${timeFormat.short(since * 1000)}` : "";
  const data = until ? `data up to ${timeFormat.short(until * 1000)}` : "no data yet";
  return [start, data].filter(Boolean).join(" · ");
}

export const any = () => all().length > 0;
export const isDark = () => state.dark;
export const ofServer = () => !!state.server;
export { away, dataUntil, draw, lost, reason, stated };
