/* The words and the dot in the top bar: whether the data on the page are live, and how old they are. */

import * as boardRequest from "./board-request.js";
import * as serverClock from "./clock.js";
import { select } from "./dom.js";
import { mountedBoard } from "./mounted-board.js";
import * as outage from "./outage.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

/** An answer that does not come from the dashboard server. */
export class ForeignAnswer extends Error {
  /** @param {number} status of HTTP */
  constructor(status) {
    super("not JSON");
    this.status = status;
  }
}

/** `dataAt` is the instant of the newest data on the page, in epoch ms; 0 for none. */
const state = { status: "", dataAt: 0 };

export const dataAt = () => state.dataAt;
export const isLost = () => state.status === "lost";

/** The first request of the page is under way. */
export function begin() {
  if (!state.status) set("loading");
}

/**
 * @param {"loading" | "live" | "trouble" | "lost"} status
 * @param {number} [instant] of the data, epoch ms
 */
export function set(status, instant = state.dataAt) {
  state.status = status;
  state.dataAt = instant;
  update();
}

/**
 * Why there is no answer.
 * @param {unknown} error
 */
export function failureText(error) {
  if (!navigator.onLine) return "This device is offline";
  if (error instanceof ForeignAnswer)
    return error.status >= 500
      ? `The dashboard server does not answer (status ${error.status})`
      : "Another server answers in place of the dashboard server, perhaps with a sign-in page";
  if (error instanceof Error && error.name === "AbortError") return "The dashboard server does not answer";
  return "The dashboard server cannot be reached";
}

function update() {
  const button = document.getElementById("live");
  const label = document.getElementById("live-text");
  if (!button || !label || !mountedBoard()) return;
  const [text, dot] = describe();
  button.dataset.live = dot;
  if (label.textContent !== text) label.textContent = text;
}

/**
 * The text beside the dot, and the dot: "live" (green) only while new data come and nothing is away.
 * @returns {[string, string]}
 */
function describe() {
  const interval = boardRequest.intervalMs();
  if (!state.dataAt) return describeEmpty();
  const age = ageText();
  if (isLost() || outage.isServerAway()) return [`offline, ${age}`, "lost"];
  if (outage.isDark()) return [outage.dataUntil() ? `data ${ageOf(outage.dataUntil())} old` : "no data", "lost"];
  if (interval === 0) return [`paused, ${ageOf(state.dataAt)} old`, ""];
  if (serverClock.now() - state.dataAt > Math.max(30000, interval * 2.5)) return [age, "trouble"];
  const dot = state.status === "trouble" || outage.any() ? "trouble" : "live";
  if ((urlState.params().get("to") || "now") !== "now") return ["fixed range", dot === "live" ? "" : dot];
  return [select(".kiosk") ? age : "live", dot];
}

/** @returns {[string, string]} */
function describeEmpty() {
  if (state.status === "lost") return ["offline", "lost"];
  return state.status === "trouble" ? ["no data", "trouble"] : ["loading", ""];
}

/** How old the data on the page are; empty without data. */
export const ageText = () => (state.dataAt ? `data ${ageOf(state.dataAt)} old` : "");

/** @param {number} instant epoch ms */
const ageOf = (instant) => timeFormat.age(Math.max(0, serverClock.now() - instant) / 1000);

/** Keep the age up to date. Called once, by board-refresh.js. */
export function start() {
  setInterval(update, 1000);
}
