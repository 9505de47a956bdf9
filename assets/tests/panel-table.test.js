/* The numbers of a panel as tables. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { numberTables } from "../src/panel-table.js";

const timeText = (/** @type {number} */ ms) => `at ${ms / 1000}`;

/**
 * @param {number[]} times
 * @param {Record<string, (number | null)[]>} series
 * @param {string} [title]
 */
const query = (times, series, title = "Requests") => ({
  title,
  legend: "",
  unit: "count",
  times,
  series: Object.entries(series).map(([name, values]) => ({
    labels: Object.fromEntries(name ? [["name", name]] : []),
    values,
  })),
});

/** @param {QueryNumbers[]} queries */
const tables = (...queries) => numberTables({ title: "Panel", sentence: "", queries }, timeText);

test("a course has a row for each instant, newest first, and a column for each series", () => {
  const [table] = tables(query([15, 30], { a: [1, 2], b: [null, 4] }));

  assert.deepEqual(table.columns, ["a", "b"]);
  assert.deepEqual(table.rows, [
    ["at 30", "2", "4"],
    ["at 15", "1", "–"],
  ]);
});

test("queries at different instants share the table; columns name their query", () => {
  const [table] = tables(query([15, 30], { a: [1, 2] }, "p50"), query([30, 45], { a: [5, 6] }, "p95"));

  assert.deepEqual(table.columns, ["p50 · a", "p95 · a"]);
  assert.deepEqual(table.rows, [
    ["at 45", "–", "6"],
    ["at 30", "2", "5"],
    ["at 15", "1", "–"],
  ]);
});

test("what has one value is listed by series with its instant", () => {
  const [table] = tables(query([60], { a: [1], b: [2500] }));

  assert.equal(table.heading, "Series");
  assert.deepEqual(table.columns, ["Value at at 60"]);
  assert.deepEqual(table.rows, [
    ["a", "1"],
    ["b", "2.5k"],
  ]);
});

test("series are named as in the legend of the chart", () => {
  const numbers = query([15, 30], { a: [1, 2] });
  const [fixed] = tables({ ...numbers, legend: "p95" }, { ...numbers, legend: "p99" });
  const [template] = tables({ ...numbers, legend: "to {{ name }}" });

  assert.deepEqual(fixed.columns, ["p95", "p99"]);
  assert.deepEqual(template.columns, ["to a"]);
});

test("a series without labels is named by its query, and nothing invisible stays so", () => {
  const [unnamed] = tables(query([15, 30], { "": [1, 2] }));
  const [hostile] = tables(query([15, 30], { "a\u202eb": [1, 2] }));

  assert.deepEqual(unnamed.columns, ["Requests"]);
  assert.ok(!hostile.columns[0].includes("\u202e"));
});

test("long and wide tables are cut and say so", () => {
  const times = Array.from({ length: 400 }, (_, index) => 15 * index);
  const series = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`s${index}`, times]));
  const [table] = tables(query(times, series));

  assert.equal(table.rows.length, 300);
  assert.equal(table.columns.length, 12);
  assert.deepEqual(table.notes, ["8 more series are in the CSV.", "100 more older instants are in the CSV."]);
});

test("queries without a result have no table", () => {
  assert.deepEqual(tables({ title: "", legend: "", unit: "count", times: [], series: [] }), []);
  // @ts-expect-error: a query that failed has no series
  assert.deepEqual(tables({ expr: "up", error: "It failed." }), []);
});

test("a timeline has the words that it shows", () => {
  const states = [
    { name: "alpha", times: [15, 30], words: ["starting", "running"] },
    { name: "beta", times: [30], words: [null] },
  ];
  const answer = { title: "States", sentence: "", queries: [query([15, 30], { alpha: [1, 2] })], states };
  const [table, ...others] = numberTables(answer, timeText);

  assert.deepEqual(others, []);
  assert.deepEqual(table.columns, ["alpha", "beta"]);
  assert.deepEqual(table.rows, [
    ["at 30", "running", "–"],
    ["at 15", "starting", "–"],
  ]);
});

test("a unit that few boards use is written by the rule of the answer", () => {
  const numbers = { ...query([60], { a: [1240] }), unit: "watts" };
  const units = { watts: { kind: "si", suffix: "W" } };
  const [table] = numberTables({ title: "Power", sentence: "", queries: [numbers], units }, timeText);

  assert.equal(table.rows[0][1], "1.24 kW");
});
