import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { criticalTimes, labelHtml } from "../src/span-row.js";
import { isPlain, matchNames, withAncestors } from "../src/span-search.js";
import { CRITICAL } from "../src/span-tree.js";
import { clampWindow } from "../src/trace-zoom.js";

const SPANS = {
  id: ["a", "b", "c.2"],
  parent: [-1, 0, 1],
  start: [0, 10, 20],
  duration: [100, 50, 5],
  self: [50, 45, 5],
  flags: [0, CRITICAL, CRITICAL],
  name: [0, 1, 2],
  service: [0, 0, 1],
  path: { 2: [21, 22] },
};
const TRACE = {
  id: "t",
  start: 0,
  duration: 100,
  names: ["GET", "Query", "Read"],
  services: ["Gateway", "Store"],
  spans: SPANS,
};

describe("isPlain", () => {
  for (const text of ["chat", "a-b", "/v1/chat", "NOTE"]) it(`“${text}” is`, () => assert.ok(isPlain(text)));
  for (const text of ["status:error", '"a b"', "-a", "a OR b", "a*", "NOT a"])
    it(`“${text}” is not`, () => assert.ok(!isPlain(text)));
});

describe("matchNames", () => {
  for (const [text, expected] of /** @type {[string, number[]][]} */ ([
    ["query", [1]],
    ["GATE", [0, 1]],
    ["c", [2]],
    ["none", []],
  ]))
    it(`finds ${expected.length} for “${text}”`, () => assert.deepEqual([...matchNames(TRACE, text)], expected));
});

describe("withAncestors", () => {
  it("adds what a span lies in", () => assert.deepEqual([...withAncestors(SPANS.parent, new Set([2]))], [2, 1, 0]));
});

describe("clampWindow", () => {
  for (const [from, to, expected] of /** @type {[number, number, [number, number]][]} */ ([
    [20, 50, [20, 50]],
    [-10, 30, [0, 40]],
    [80, 120, [60, 100]],
    [50, 51, [50, 60]],
    [-5, 500, [0, 100]],
  ]))
    it(`shows ${expected} for ${from} to ${to}`, () => assert.deepEqual(clampWindow(from, to, 100), expected));
});

describe("criticalTimes", () => {
  it("is empty off the critical path", () => assert.deepEqual(criticalTimes(SPANS, 0), []));
  it("is the whole span without parts", () => assert.deepEqual(criticalTimes(SPANS, 1), [10, 60]));
  it("is its parts where there are some", () => assert.deepEqual(criticalTimes(SPANS, 2), [21, 22]));
});

describe("labelHtml", () => {
  it("stands behind its bar", () => assert.match(labelHtml(10, 20, "5 ms"), /left:20%/));
  it("stands at the edge beyond which the bar lies", () => {
    assert.match(labelHtml(-20, -10, "5 ms"), /‹ 5 ms/);
    assert.match(labelHtml(110, 120, "5 ms"), /5 ms ›/);
  });
});
