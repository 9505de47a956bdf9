import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { COMPARISONS, QUICK_RANGES, REFRESH_INTERVALS } from "../src/choices.js";
import { comparisonText, rangeText, refreshText } from "../src/control-labels.js";
import { escapeHtml } from "../src/dom.js";
import { substituteText } from "../src/explorer-error.js";
import { matching, noteText } from "../src/filter-menu.js";
import { filtersOf, widen } from "../src/point-menu.js";
import { targetOf } from "../src/popups.js";
import { quickRange } from "../src/time-range.js";
import { openPage } from "./page.js";

before(() => openPage("/overview?tz=utc"));

describe("labels of the controls", () => {
  it("name quick ranges", () => {
    for (const [from, name] of Object.entries(QUICK_RANGES)) assert.equal(rangeText({ from, to: "now" }), name);
  });
  it("write other ranges as instants", () => {
    assert.match(rangeText({ from: "1700000000", to: "1700003600" }), /22:13 – .*23:13/);
    assert.match(rangeText({ from: "1700000000", to: "now" }), / – now$/);
  });
  it("name comparisons", () => {
    assert.equal(comparisonText(""), "Compare");
    for (const [value, name] of Object.entries(COMPARISONS)) assert.equal(comparisonText(value), `vs ${name}`);
  });
  it("name refresh intervals, and the default for what is unknown", () => {
    assert.equal(refreshText("off"), REFRESH_INTERVALS.off);
    assert.equal(refreshText("5m"), "Every 5 min");
    assert.equal(refreshText("7s"), "Every 10 s");
  });
});

describe("quickRange", () => {
  for (const [width, expected] of /** @type {[number, string][]} */ ([
    [1, "now-5m"],
    [7200, "now-3h"],
    [86400 * 7, "now-7d"],
    [86400 * 8, "now-691200s"],
  ]))
    it(`is ${expected} for ${width} s`, () => assert.equal(quickRange(width), expected));
});

describe("a filter's search", () => {
  const values = ["/v1/chat", "/v1/chat/completions", "/v2/embeddings"];
  it("matches every word in any order and case", () => assert.deepEqual(matching(values, "COMP chat"), [values[1]]));
  it("matches all without words", () => assert.deepEqual(matching(values, " "), values));
  it("says what is not listed", () => {
    assert.equal(noteText(0, 0, ""), "No value in this range.");
    assert.equal(noteText(3, 0, "x"), "No value contains “x”.");
    assert.equal(noteText(3, 2, "v1"), "");
    assert.equal(noteText(900, 800, "v1"), "200 of 800 values are shown; search for the others.");
    assert.equal(noteText(3000, 3000, "", 40), "The busiest are listed, and 2,960 more can be searched for.");
  });
});

describe("substituteText", () => {
  const results = { instant: 1700000000000, isCurrent: true, isEmpty: false };
  for (const [name, error, state, expected] of /** @type {[string, object, object, RegExp][]} */ ([
    ["results of the server", { as_of: 1700000000000 }, {}, /results of 22:13:20\.$/],
    ["results on the page", {}, {}, /results of 22:13:20\.$/],
    ["results of another search", {}, { isCurrent: false }, /previous results\.$/],
    ["no results", {}, { isEmpty: true }, /^$/],
  ]))
    it(`tells of ${name}`, () => {
      assert.match(substituteText({ sentence: "", ...error }, { ...results, ...state }), expected);
    });
});

describe("a point of a chart", () => {
  const point = { time: 0, step: 0, labels: { endpoint: "/v1", status: "500", other: "x" }, name: "" };
  it("filters a search by its labels", () => assert.deepEqual(filtersOf(point), { endpoint: "/v1", code: "500" }));
  it("filters by a class of codes", () => {
    assert.deepEqual(filtersOf({ ...point, labels: {}, name: "5xx" }), { code: "5xx" });
  });
  it("widens a cell to what a board needs, but not beyond now", () => {
    assert.deepEqual(widen({ from: 1000, to: 1060 }, 5000), { from: "880", to: "1180" });
    assert.deepEqual(widen({ from: 1000, to: 1060 }, 1060), { from: "760", to: "1060" });
    assert.deepEqual(widen({ from: 1000, to: 2000 }, 5000), { from: "1000", to: "2000" });
  });
});

describe("targetOf", () => {
  for (const [key, current, expected] of /** @type {[string, number, number][]} */ ([
    ["ArrowDown", -1, 0],
    ["ArrowDown", 2, 0],
    ["ArrowUp", -1, 2],
    ["ArrowUp", 0, 2],
    ["Home", 2, 0],
    ["End", 0, 2],
  ]))
    it(`moves from ${current} to ${expected} by ${key}`, () => assert.equal(targetOf(key, current, 3), expected));
});

describe("escapeHtml", () => {
  it("leaves no markup", () => assert.equal(escapeHtml(`<a b="c">&'`), "&#60;a b=&#34;c&#34;&#62;&#38;&#39;"));
});
