import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scaleOf } from "../src/chart/scale.js";
import { draggedRange, pinchedRange, steppedTime } from "../src/chart/zoom.js";

const HOUR = 3600000;
/** An hour on 360 pixels. */
const SCALE = scaleOf(0, HOUR, 40, 400);

describe("draggedRange", () => {
  it("is the time between both places, in either direction", () => {
    assert.deepEqual(draggedRange(SCALE, 130, 220), [900, 1800]);
    assert.deepEqual(draggedRange(SCALE, 220, 130), [900, 1800]);
  });
  it("ends where the plot ends", () => assert.deepEqual(draggedRange(SCALE, 310, 900), [2700, 3600]));
  it("is null for less than a minute", () => assert.equal(draggedRange(SCALE, 100, 103), null));
});

describe("pinchedRange", () => {
  it("keeps the instants below the fingers", () => {
    assert.deepEqual(pinchedRange(SCALE, [130, 310], [40, 400]), [900, 2700]);
    assert.deepEqual(pinchedRange(SCALE, [40, 400], [130, 310]), [-1800, 5400]);
  });
  it("is null for fingers that meet or cross", () => {
    assert.equal(pinchedRange(SCALE, [130, 310], [200, 200]), null);
    assert.equal(pinchedRange(SCALE, [130, 310], [310, 130]), null);
  });
});

describe("steppedTime", () => {
  const place = { time: 1000, step: 100, start: 0, end: 1050 };
  for (const [key, isFar, expected] of /** @type {[string, boolean, number | null][]} */ ([
    ["ArrowLeft", false, 900],
    ["ArrowLeft", true, 0],
    ["ArrowRight", false, 1050],
    ["Home", false, 0],
    ["End", false, 1050],
    ["a", false, null],
  ]))
    it(`is ${expected} by ${key}${isFar ? " with shift" : ""}`, () =>
      assert.equal(steppedTime(key, place, isFar), expected));
});
