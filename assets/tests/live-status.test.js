import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { ageText, begin, ForeignAnswer, failureText, isLost, set } from "../src/live-status.js";
import { setMountedBoard } from "../src/mounted-board.js";
import * as outage from "../src/outage.js";
import { openPage } from "./page.js";

/** @type {Record<string, {textContent: string, dataset: Record<string, string>}>} */
let elements = {};

/** @param {string} address */
function open(address) {
  openPage(address);
  elements = Object.fromEntries(["live", "live-text"].map((id) => [id, { textContent: "", dataset: {} }]));
  Object.assign(document, {
    getElementById: (/** @type {string} */ id) => elements[id],
    documentElement: { dataset: {} },
  });
  setMountedBoard({ id: "overview", range: "now-1h", refresh: "10s", panels: ["a"], first: 1 });
}

/** The text and the dot in the top bar. */
const bar = () => [elements["live-text"].textContent, elements.live.dataset.live];
const away = (/** @type {number | null} */ until) => ({
  source: "Prometheus",
  text: "Prometheus is away.",
  since: 1,
  data_until: until,
});
const failed = [/** @type {PanelAnswer} */ ({ id: "a", state: "failed" })];
const fresh = [/** @type {PanelAnswer} */ ({ id: "a", state: "fresh" })];

beforeEach(() => {
  open("/overview");
  outage.setBackends([], []);
});

describe("the text beside the dot", () => {
  it("is loading until the first answer, and tells when there is none", () => {
    begin();
    assert.deepEqual(bar(), ["loading", ""]);
    set("trouble");
    assert.deepEqual(bar(), ["no data", "trouble"]);
    set("lost");
    assert.deepEqual(bar(), ["offline", "lost"]);
  });
  it("is live while new data come", () => {
    set("live", Date.now());
    assert.deepEqual(bar(), ["live", "live"]);
    assert.equal(isLost(), false);
  });
  it("is the age of data that are not renewed", () => {
    set("live", Date.now() - 240000);
    assert.deepEqual(bar(), ["data 4 min old", "trouble"]);
    assert.equal(ageText(), "data 4 min old");
  });
  it("says offline with the age when the connection is lost", () => {
    set("lost", Date.now() - 60000);
    assert.deepEqual(bar(), ["offline, data 1 min old", "lost"]);
    assert.ok(isLost());
  });
  it("says that refreshing is paused, and that a range is fixed", () => {
    open("/overview?refresh=off");
    set("live", Date.now());
    assert.match(bar()[0], /^paused, .* old$/);
    open("/overview?from=1700000000&to=1700003600");
    set("live", Date.now());
    assert.deepEqual(bar(), ["fixed range", ""]);
  });
  it("is never green while a backend is away", () => {
    outage.setBackends([away(Date.now() / 1000 - 120)], fresh);
    set("live", Date.now());
    assert.deepEqual(bar(), ["live", "trouble"]);
    outage.setBackends([away(Date.now() / 1000 - 120)], failed);
    set("live", Date.now());
    assert.deepEqual(bar(), ["data 2 min old", "lost"]);
    outage.setBackends([away(null)], failed);
    set("live", Date.now());
    assert.deepEqual(bar(), ["no data", "lost"]);
  });
});

describe("failureText", () => {
  const online = (/** @type {boolean} */ onLine) =>
    Object.defineProperty(globalThis, "navigator", { value: { onLine }, configurable: true });
  it("tells what is in the way", () => {
    online(true);
    assert.equal(failureText(new ForeignAnswer(502)), "The dashboard server does not answer (status 502)");
    assert.match(failureText(new ForeignAnswer(200)), /perhaps with a sign-in page/);
    assert.equal(failureText(new DOMException("late", "AbortError")), "The dashboard server does not answer");
    assert.equal(failureText(new TypeError("fetch failed")), "The dashboard server cannot be reached");
    online(false);
    assert.equal(failureText(new TypeError("fetch failed")), "This device is offline");
  });
});
