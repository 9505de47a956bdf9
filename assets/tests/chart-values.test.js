import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scaleOf } from "../src/chart/scale.js";
import { barRow, heatmapRow, indexAt, lineRows, pointOf, rowPoint } from "../src/chart/values.js";

const LINE = {
  name: "p95",
  startMs: 1000,
  dx: 100,
  y: [1, null, 3],
  meta: { unit: "milliseconds", labels: { a: "b" } },
};
const HEATMAP = {
  type: "heatmap",
  startMs: 1000,
  dx: 100,
  y: [0, 1, 2],
  z: [
    [5, 6],
    [7, null],
  ],
  meta: { unit: "count", names: ["low", "high"], rows: [{ le: "10" }, { le: "+Inf" }] },
};
/** A canvas on which a value is its pixel. */
const CANVAS = {
  x: scaleOf(0, 1, 0, 1),
  y: scaleOf(0, 1, 0, 1),
  isLog: false,
  isTime: true,
  place: { left: 0, top: 0, right: 1, bottom: 1 },
};

describe("indexAt", () => {
  for (const [time, expected] of [
    [1000, 0],
    [1049, 0],
    [1051, 1],
    [1249, 2],
    [1251, -1],
    [940, -1],
  ])
    it(`is ${expected} at ${time}`, () => assert.equal(indexAt(LINE, time, 3), expected));
});

describe("lineRows", () => {
  it("is the nearest value with its unit", () => {
    const [row] = lineRows(LINE, 1190);
    assert.deepEqual([row.name, row.value, row.text, row.time], ["p95", 3, "3 ms", 1200]);
  });

  it("writes the exact value of a stacked or scaled line", () => {
    assert.equal(lineRows({ ...LINE, customdata: [10, 20, 30] }, 1200)[0].text, "30 ms");
  });

  it("is empty where the line has a gap or does not reach", () => {
    assert.deepEqual(lineRows(LINE, 1100), []);
    assert.deepEqual(lineRows(LINE, 5000), []);
  });
});

describe("heatmapRow", () => {
  it("finds the row by its edges", () => assert.equal(heatmapRow(HEATMAP, 1000, 1.5)[0].name, "high"));
  it("is empty in an empty cell", () => assert.deepEqual(heatmapRow(HEATMAP, 1100, 1.5), []));
});

describe("barRow", () => {
  const bars = { type: "bar", text: ["1 s", "2 s"], meta: { names: ["a", "b"] } };
  it("is the bar nearest to a height", () => {
    assert.deepEqual([barRow(bars, 0.7)[0].name, barRow(bars, 0.7)[0].text], ["b", "2 s"]);
  });
  it("is empty beside the bars", () => assert.deepEqual(barRow(bars, 2.6), []));
});

describe("pointOf", () => {
  it("gives the bounds of a cell, open at the top", () => {
    assert.deepEqual(pointOf([HEATMAP], 1000, 0.5, CANVAS).bounds, [0, 10]);
    assert.deepEqual(pointOf([HEATMAP], 1000, 1.5, CANVAS).bounds, [10, Infinity]);
  });

  it("chooses the line that is drawn closest", () => {
    const other = { ...LINE, name: "p50", y: [100, 100, 100] };
    assert.equal(pointOf([LINE, other], 1000, 90, CANVAS).name, "p50");
    assert.equal(pointOf([LINE, other], 1000, 2, CANVAS).name, "p95");
  });

  it("has the links of the line with the value of the point", () => {
    const links = [["Logs", "https://e.com/?v={{__value}}"]];
    const linked = { ...LINE, meta: { ...LINE.meta, links } };
    assert.deepEqual(pointOf([linked], 1200, 2, CANVAS).links, [["Logs", "https://e.com/?v=3"]]);
  });

  it("names no series of a stack, and nothing where there is nothing", () => {
    assert.equal(pointOf([{ ...LINE, stackgroup: "a" }], 1000, 2, CANVAS).name, "");
    assert.deepEqual(pointOf([LINE], 9000, 2, CANVAS), { time: 9000, step: 60000, labels: {}, name: "" });
  });
});

describe("rowPoint", () => {
  const links = [["Open a", "https://e.com/a?v={{__value}}"]];
  /** @type {Record<string, string>[]} */
  const rows = [{ pod: "a" }, {}];
  const meta = { names: ["a", "others"], rows, row_links: [links, []] };

  it("has the labels of a bar and its links with the bar's value", () => {
    const point = rowPoint({ type: "bar", x: [2.5, 1], meta }, 0);
    assert.deepEqual(point?.labels, { pod: "a" });
    assert.deepEqual(point?.links, [["Open a", "https://e.com/a?v=2.5"]]);
  });

  it("has the value of a part of a ring", () => {
    assert.equal(rowPoint({ type: "pie", values: [7, 1], meta }, 0)?.links?.[0][1], "https://e.com/a?v=7");
  });

  it("has no links for what stands for others, and is null beside the bars", () => {
    assert.equal(rowPoint({ type: "bar", x: [2.5, 1], meta }, 1)?.links, undefined);
    assert.equal(rowPoint({ type: "bar", x: [2.5, 1], meta }, 2), null);
  });
});

describe("links of a cell", () => {
  it("have its value, or its word where it has one", () => {
    const row_links = [[], [["Open", "/logs?state={{__value}}"]]];
    const numbers = { ...HEATMAP, meta: { ...HEATMAP.meta, row_links } };
    const words = {
      ...numbers,
      text: [
        ["", ""],
        ["on $& off", ""],
      ],
    };
    assert.equal(pointOf([numbers], 1000, 1.5, CANVAS).links?.[0][1], "/logs?state=7");
    assert.equal(pointOf([words], 1000, 1.5, CANVAS).links?.[0][1], "/logs?state=on%20%24%26%20off");
    assert.equal(pointOf([numbers], 1000, 0.5, CANVAS).links, undefined);
  });
});
