import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import * as outage from "../src/outage.js";
import { openPage } from "./page.js";

const AWAY = { source: "Prometheus", text: "Prometheus is away.", since: 100, data_until: 90 };
const panel = (/** @type {string} */ state, more = {}) => /** @type {PanelAnswer} */ ({ id: "a", state, ...more });

/** @type {Record<string, string>} */
let page = {};

beforeEach(() => {
  openPage("/overview");
  page = {};
  Object.assign(document, { getElementById: () => null, documentElement: { dataset: page } });
  outage.setBackends([], []);
});

describe("a backend that is away", () => {
  it("darkens the board when half of its panels lack data", () => {
    outage.setBackends([AWAY], [panel("stale"), panel("failed"), panel("fresh"), panel("fresh")]);
    assert.deepEqual([outage.any(), outage.isDark(), page.away], [true, true, "backend"]);
  });
  it("leaves the board lit while most panels are current", () => {
    outage.setBackends([AWAY], [panel("failed"), panel("fresh"), panel("fresh")]);
    assert.deepEqual([outage.any(), outage.isDark(), page.away], [true, false, undefined]);
  });
  it("tells up to when there are data", () => {
    outage.setBackends([AWAY], [panel("stale")]);
    assert.equal(outage.dataUntil(), 90000);
    outage.setBackends([{ ...AWAY, data_until: null }], [panel("failed")]);
    assert.equal(outage.dataUntil(), 0);
  });
  it("is over with the next answer without it", () => {
    outage.setBackends([AWAY], [panel("stale")]);
    outage.setBackends([], [panel("fresh")]);
    assert.deepEqual([outage.any(), outage.isDark(), page.away], [false, false, undefined]);
  });
});

describe("the dashboard server that is away", () => {
  it("stands before backends, since when it was missed first", () => {
    outage.setBackends([AWAY], [panel("stale")]);
    outage.setServer("The dashboard server cannot be reached", 5000);
    assert.deepEqual([outage.isServerAway(), page.away, outage.dataUntil()], [true, "server", 5000]);
    outage.setBackends([], [panel("fresh")]);
    assert.equal(outage.isServerAway(), false);
  });
});

describe("reason", () => {
  it("is the outage that a failed panel names or repeats", () => {
    outage.setBackends([AWAY], [panel("failed")]);
    assert.equal(outage.reason(panel("failed", { outage: "Prometheus" })), AWAY);
    assert.equal(outage.reason(panel("failed", { sentence: "Prometheus is away." })), AWAY);
  });
  it("is none for a panel with a reason of its own", () => {
    outage.setBackends([AWAY], [panel("failed")]);
    assert.equal(outage.reason(panel("failed", { sentence: "The expression does not parse." })), undefined);
    assert.equal(outage.reason(panel("stale", { outage: "Prometheus" })), undefined);
  });
});
