import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf } from "../src/range-brush.js";

const TIME = { start: "0", end: "100000" };
const DURATIONS = { ...TIME, low: "0", high: "3" };

describe("changesOf", () => {
  it("is the range in epoch seconds", () => {
    const area = { left: 0.1, right: 0.5, top: 0, bottom: 1 };
    assert.deepEqual(changesOf(TIME, area), { from: "10", to: "50", cursor: "" });
  });

  it("is at least a second", () => {
    assert.equal(changesOf(TIME, { left: 0.1, right: 0.1, top: 0, bottom: 1 }).to, "11");
  });

  for (const [top, bottom, min, max] of /** @type {[number, number, string | undefined, string | undefined][]} */ ([
    [0, 1, undefined, undefined],
    [1 / 3, 1, undefined, "100"],
    [1 / 3, 2 / 3, "10", "100"],
    [0.01, 0.99, undefined, undefined],
  ])) {
    it(`limits durations to ${min}–${max} from ${top.toFixed(2)} to ${bottom.toFixed(2)} of the height`, () => {
      const changes = changesOf(DURATIONS, { left: 0, right: 1, top, bottom });
      assert.deepEqual([changes.min, changes.max], [min, max]);
    });
  }
});
