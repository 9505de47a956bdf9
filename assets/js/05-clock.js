/* What time it is: the server's clock decides, since a browser's may be an hour off. Ages and ranges are based on it. */
"use strict";
window.codeagent = window.codeagent || {};
(function (app) {
  const SAMPLES = 20;
  const AGREES = 5000; // ms: headers have whole seconds, and an answer takes a moment
  const leads = []; // the server's clock minus performance.now(), which no correction of the browser's clock moves

  /** Learn from an answer's Date header. One from a cache is older than its arrival: the latest of several counts. */
  function learn(response) {
    const date = Date.parse(response.headers.get("Date") || "");
    if (Number.isNaN(date) || isCached(response.url)) return response;
    leads.push(date + 1000 * Number(response.headers.get("Age") || 0) - performance.now());
    if (leads.length > SAMPLES) leads.shift();
    return response;
  }

  /** The document says when it was sent: known before the first answer. One that the browser had kept says nothing. */
  function learnFromDocument() {
    const sent = Number((document.querySelector('meta[name="server-time"]') || {}).content);
    const load = performance.getEntriesByType("navigation")[0];
    if (sent && load && load.transferSize > 0) leads.push(sent - load.responseStart);
  }

  function isCached(url) {
    const entry = performance.getEntriesByName(url).pop();
    return !!entry && entry.transferSize === 0 && entry.decodedBodySize > 0;
  }

  /** Epoch milliseconds. */
  function now() {
    const own = Date.now();
    if (!leads.length) return own;
    const server = Math.max(...leads) + performance.now();
    return Math.abs(server - own) < AGREES ? own : server;
  }

  learnFromDocument();
  app.clock = { now, learn };
})(window.codeagent);
