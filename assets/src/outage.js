/* What does not answer: one banner above the board for a backend that is away, or for the dashboard server itself. */

import * as serverClock from "./clock.js";
import * as timeFormat from "./time-format.js";
import { visibleName } from "./visible.js";

const STATES_WITHOUT_DATA = new Set(["failed", "stale", "absent"]);
const state = {
  /** @type {Outage[]} */ backends: [],
  /** @type {Outage | null} */ server: null,
  isDark: false,
};

/**
 * The outages that an answer states, the one of the panels' data first. Alerts may be away while every panel is
 * current: then the board stays lit.
 * @param {Outage[]} outages
 * @param {PanelAnswer[]} panels
 */
export function setBackends(outages, panels) {
  state.server = null;
  state.backends = outages || [];
  const count = panels.filter((panel) => STATES_WITHOUT_DATA.has(panel.state)).length;
  state.isDark = state.backends.length > 0 && panels.length > 0 && 2 * count >= panels.length;
  draw();
}

/**
 * The dashboard server did not answer.
 * @param {string} text
 * @param {number} dataAt instant of the newest data on the page, epoch ms; 0 for none
 */
export function setServer(text, dataAt) {
  const since = state.server ? state.server.since : serverClock.now() / 1000;
  state.isDark = true;
  state.server = { source: "The dashboard server", text, since, data_until: dataAt / 1000 || null };
  draw();
}

const outages = () => (state.server ? [state.server] : state.backends);

export const any = () => outages().length > 0;
export const isDark = () => state.isDark;
export const isServerAway = () => !!state.server;

/** Epoch milliseconds up to which the panels have data; 0 when they have none. */
export const dataUntil = () => (outages()[0]?.data_until || 0) * 1000;

/**
 * The outage that is the reason why a panel failed; undefined when it failed for a reason of its own.
 * @param {PanelAnswer} panel
 */
export function reason(panel) {
  if (panel.state !== "failed") return undefined;
  return outages().find((outage) => (panel.outage ? panel.outage === outage.source : panel.sentence === outage.text));
}

/** @param {Outage} outage */
export const panelMessage = (outage) => `No data while ${outage.source} is away`;

export function draw() {
  const root = document.documentElement;
  if (state.isDark) root.dataset.away = state.server ? "server" : "backend";
  else delete root.dataset.away;
  const box = document.getElementById("outage");
  const key = JSON.stringify(outages()) + timeFormat.zoneName();
  if (!box || (box.dataset.key || "[]") === key) return;
  box.dataset.key = key;
  box.replaceChildren(...outages().map(line));
}

/** @param {Outage} outage */
function line(outage) {
  const row = document.createElement("p");
  row.appendChild(document.createElement("span")).className = "status-shape shape-critical";
  row.appendChild(document.createElement("b")).textContent = visibleName(outage.text.replace(/\.$/, ""));
  row.append(` ${times(outage)}`);
  return row;
}

/** @param {Outage} outage */
function times({ since, data_until: until }) {
  const start = since ? `since ${timeFormat.short(since * 1000)}` : "";
  const data = until ? `data up to ${timeFormat.short(until * 1000)}` : "no data yet";
  return [start, data].filter(Boolean).join(" · ");
}
