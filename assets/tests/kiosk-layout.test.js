import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bestColumns,
  denseRows,
  gridRows,
  mostImportant,
  split,
  splitScreens,
  totalHeight,
} from "../src/kiosk-layout.js";

const bands = (/** @type {number[]} */ ...heights) => heights.map((height) => ({ height }));
const heights = (/** @type {{height: number}[][]} */ columns) =>
  columns.map((column) => column.map((band) => band.height));

describe("totalHeight", () => {
  it("counts the gaps between bands", () => assert.equal(totalHeight(bands(100, 50)), 162));
});

describe("split", () => {
  for (const [name, input, count, expected] of /** @type {[string, number[], number, number[][]][]} */ ([
    ["keeps one column", [1, 2, 3], 1, [[1, 2, 3]]],
    ["keeps the order and makes the highest column low", [100, 100, 200], 2, [[100, 100], [200]]],
    ["makes three columns", [300, 100, 100, 300], 3, [[300], [100, 100], [300]]],
    ["needs no more columns than bands", [100], 3, [[100]]],
  ])) {
    it(name, () => assert.deepEqual(heights(split(bands(...input), count)), expected));
  }
});

describe("bestColumns", () => {
  it("uses one column on a high screen", () => {
    assert.equal(bestColumns(bands(200, 200, 200), 1080, 1920).columns.length, 1);
  });

  it("uses several columns on a wide screen", () => {
    const { columns, scale } = bestColumns(bands(600, 600, 600), 3840, 1080);
    assert.equal(columns.length, 3);
    assert.ok(scale > 1);
  });
});

describe("splitScreens", () => {
  for (const [name, minScale, expected] of /** @type {[string, number, number[][]][]} */ ([
    ["needs one screen where the text is large enough", 0.5, [[300, 300, 300]]],
    ["divides evenly what would be too small", 1.5, [[300, 300], [300]]],
    ["gives a screen to each band at most", 9, [[300], [300], [300]]],
  ])) {
    it(name, () => assert.deepEqual(heights(splitScreens(bands(300, 300, 300), 1900, 940, minScale)), expected));
  }

  it("is quick with many bands", () => {
    assert.ok(splitScreens(bands(...Array.from({ length: 40 }, () => 264)), 1900, 940, 1.5).length >= 10);
  });
});

/**
 * Panels of a kind with these spans.
 * @param {"tile" | "chart" | "table" | "list"} kind
 * @param {number[]} spans
 */
const panels = (kind, ...spans) =>
  spans.map((span) => ({ kind, span, columns: kind === "table" ? 4 : 12, height: 0, isWorrying: false }));
const spans = (/** @type {{span: number}[][]} */ rows) => rows.map((row) => row.map((item) => item.span));

describe("gridRows", () => {
  it("are those of the board", () => {
    assert.deepEqual(spans(gridRows(panels("chart", 12, 6, 6, 8, 6))), [[12], [6, 6], [8], [6]]);
    assert.deepEqual(gridRows([]), []);
  });
});

describe("denseRows", () => {
  it("have three charts beside each other, or two small tables", () => {
    assert.deepEqual(spans(denseRows(panels("chart", 6, 6, 12))), [[4, 4, 4]]);
    assert.deepEqual(spans(denseRows(panels("table", 12, 6))), [[6, 6]]);
  });

  it("keep tiles, lists and wide tables as they are", () => {
    assert.deepEqual(spans(denseRows(panels("tile", 2, 2, 2, 2, 2, 2))), [[2, 2, 2, 2, 2, 2]]);
    const wide = panels("table", 12).map((item) => ({ ...item, columns: 7 }));
    assert.deepEqual(spans(denseRows([...panels("list", 12), ...wide])), [[12], [12]]);
  });

  it("are filled by a panel that follows soon, else stretched", () => {
    const items = [...panels("chart", 4, 4), ...panels("list", 12), ...panels("chart", 4)];
    assert.deepEqual(spans(denseRows(items)), [[4, 4, 4], [12]]);
    assert.deepEqual(spans(denseRows(panels("chart", 4, 4))), [[6, 6]]);
  });
});

describe("mostImportant", () => {
  const items = panels("chart", 1, 2, 3, 4).map((item) => ({ ...item, isWorrying: item.span === 4 }));
  it("keeps what fits from the top, and what is wrong wherever it stands", () => {
    const kept = mostImportant(items, (chosen) => chosen.length <= 2);
    assert.deepEqual(spans([kept]), [[1, 4]]);
  });
  it("keeps everything that fits, and never nothing", () => {
    assert.equal(mostImportant(items, () => true).length, 4);
    assert.equal(mostImportant(items, () => false).length, 1);
  });
});
