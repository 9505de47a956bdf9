import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { axisOf } from "../src/touch/axis.js";
import { panelAfterTurn } from "../src/touch/landscape.js";
import { hintText, pullOf } from "../src/touch/pull.js";
import { neighbour, swipeOf } from "../src/touch/swipe.js";

const START = { x: 200, y: 300 };
const moved = (/** @type {number} */ x, /** @type {number} */ y) => ({ x: START.x + x, y: START.y + y });

describe("the axis of a movement", () => {
  it("is open until the finger has moved", () => assert.equal(axisOf(START, moved(8, 5)), ""));
  it("is across or along", () => {
    assert.equal(axisOf(START, moved(-40, 10)), "x");
    assert.equal(axisOf(START, moved(10, 40)), "y");
  });
  it("is neither for a slanted movement", () => assert.equal(axisOf(START, moved(40, 30)), ""));
});

describe("a swipe", () => {
  it("leads to the next board towards the left, and to the one before towards the right", () => {
    assert.equal(swipeOf(START, moved(-120, 10)), 1);
    assert.equal(swipeOf(START, moved(120, 10)), -1);
  });
  it("is long enough and straight", () => {
    assert.equal(swipeOf(START, moved(-60, 0)), 0);
    assert.equal(swipeOf(START, moved(-120, 100)), 0);
    assert.equal(swipeOf(START, moved(0, -300)), 0);
  });
  it("ends at the first and at the last board, and leads nowhere from other pages", () => {
    const boards = ["a", "b", "c"];
    const beside = (/** @type {string} */ current, /** @type {number} */ step) =>
      neighbour(boards, (board) => board === current, step);
    assert.equal(beside("a", 1), "b");
    assert.equal(beside("a", -1), undefined);
    assert.equal(beside("c", 1), undefined);
    assert.equal(beside("x", 1), undefined);
  });
});

describe("pulling", () => {
  it("refreshes once it is far enough", () => {
    assert.equal(pullOf(START, moved(0, 5)), "");
    assert.equal(pullOf(START, moved(4, 40)), "pulled");
    assert.equal(pullOf(START, moved(10, 90)), "armed");
  });
  it("is downwards", () => {
    assert.equal(pullOf(START, moved(0, -90)), "");
    assert.equal(pullOf(START, moved(90, 90)), "");
  });
  it("says how old the data are, where they have an age", () => {
    assert.equal(hintText("Pull to refresh", "data 5 s old"), "Pull to refresh · data 5 s old");
    assert.equal(hintText("Pull to refresh", ""), "Pull to refresh");
  });
});

describe("turning the phone", () => {
  const turn = { isLandscape: true, full: "", opened: "", touched: "latency", age: 4000 };
  it("shows the chart that was touched last", () => assert.equal(panelAfterTurn(turn), "latency"));
  it("changes nothing without a chart that was touched lately", () => {
    assert.equal(panelAfterTurn({ ...turn, touched: "" }), null);
    assert.equal(panelAfterTurn({ ...turn, age: 60_000 }), null);
    assert.equal(panelAfterTurn({ ...turn, full: "errors" }), null);
  });
  it("shows the board again when it is turned back, unless somebody has opened another panel", () => {
    const back = { ...turn, isLandscape: false, full: "latency", opened: "latency" };
    assert.equal(panelAfterTurn(back), "");
    assert.equal(panelAfterTurn({ ...back, full: "errors" }), null);
    assert.equal(panelAfterTurn({ ...back, opened: "" }), null);
  });
});
