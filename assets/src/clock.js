/* What time it is: the server's clock decides, since a browser's may be an hour off. Ages and ranges follow it. */

import { metaContent } from "./dom.js";

const SAMPLES = 20;
const AGREES = 5000; // ms: headers have whole seconds, and an answer takes a moment
/** @type {number[]} */
const leads = []; // ms: the server's clock minus performance.now(), which no correction of the browser's clock moves

/**
 * Learn from an answer's Date header. An answer from a cache is older than its arrival: the latest of several counts.
 * @param {Response} response
 * @returns {Response} the same
 */
export function learn(response) {
  const date = Date.parse(response.headers.get("Date") || "");
  if (Number.isNaN(date) || isCached(response.url)) return response;
  leads.push(date + 1000 * Number(response.headers.get("Age") || 0) - performance.now());
  if (leads.length > SAMPLES) leads.shift();
  return response;
}

/** The document says when it was sent, before the first answer; a document from the browser's cache is ignored. */
function learnFromDocument() {
  const sent = Number(metaContent("server-time"));
  const [load] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (sent && load && load.transferSize > 0) leads.push(sent - load.responseStart);
}

/** @param {string} url */
function isCached(url) {
  const entry = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByName(url)).pop();
  return !!entry && entry.transferSize === 0 && entry.decodedBodySize > 0;
}

/** Epoch milliseconds. */
export function now() {
  const own = Date.now();
  if (!leads.length) return own;
  const server = Math.max(...leads) + performance.now();
  return Math.abs(server - own) < AGREES ? own : server;
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  learnFromDocument();
}
