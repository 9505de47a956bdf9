/* What the parts of the log page share: its parameters, its requests, and its times to the millisecond. */

import { PERSONAL } from "./choices.js";
import * as serverClock from "./clock.js";
import { selectAll } from "./dom.js";
import * as explorer from "./explorer.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

export const isLogPage = () => explorer.currentRoot()?.dataset.page === "logs";

/**
 * The parameters of the page that choose lines, with others added.
 * @param {Record<string, string>} [more]
 */
export function query(more = {}) {
  const parameters = urlState.params();
  for (const name of ["cursor", "live", ...PERSONAL]) parameters.delete(name);
  for (const [name, value] of Object.entries(more)) parameters.set(name, value);
  return parameters.toString();
}

/**
 * The JSON of an address. Throws an Error with a sentence for the reader.
 * @param {string} address
 * @param {RequestInit} [options]
 */
export async function request(address, options = {}) {
  const response = serverClock.learn(await fetch(address, { headers: { Accept: "application/json" }, ...options }));
  const answer = await response.json();
  if (!response.ok || answer.error)
    throw new Error([answer.error.sentence, answer.error.hint].filter(Boolean).join(" "));
  return answer;
}

/**
 * Write instants to the millisecond; with the day when it is not today.
 * @param {ParentNode} root
 */
export function writeTimes(root) {
  const today = new Date(serverClock.now()).toDateString();
  for (const element of selectAll("[data-ms]", root)) {
    const ms = Number(element.dataset.ms);
    const day = new Date(ms).toDateString() === today ? "" : `${timeFormat.day(ms)} `;
    element.textContent = `${day}${timeFormat.clock(ms)}.${String(ms % 1000).padStart(3, "0")}`;
    element.title = `${timeFormat.full(ms)} ${timeFormat.zoneName(ms)}`;
  }
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("codeagent:state", () => {
    if (isLogPage()) writeTimes(document);
  });
}
