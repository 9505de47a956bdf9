import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { timeTicks } from "../src/chart/ticks.js";

const HOUR = 3600000;
const utc = () => 0;

describe("timeTicks", () => {
  for (const [hours, width, spacing, expected] of /** @type {[number, number, number, string][]} */ ([
    [1 / 60, 600, 10 / 3600, "second"],
    [1, 600, 10 / 60, "minute"],
    [6, 600, 1, "minute"],
    [6, 240, 2, "minute"],
    [24, 600, 6, "day-minute"],
    [168, 600, 48, "day"],
  ])) {
    it(`puts ticks ${spacing} h apart into ${hours} h on ${width} px`, () => {
      const { instants, form } = timeTicks(0, hours * HOUR, width, utc);
      assert.equal(Math.round(instants[1] - instants[0]), Math.round(spacing * HOUR));
      assert.equal(form, expected);
    });
  }

  it("stands at round local times of a zone", () => {
    const offset = () => 5.5 * HOUR;
    for (const instant of timeTicks(0, 24 * HOUR, 600, offset).instants)
      assert.equal((instant + offset()) % (6 * HOUR), 0);
  });

  it("stands at round local times on both sides of a change of the zone's offset", () => {
    const change = 6 * HOUR;
    const offset = (/** @type {number} */ ms) => (ms < change ? HOUR : 2 * HOUR);
    for (const instant of timeTicks(0, 24 * HOUR, 600, offset).instants)
      assert.equal((instant + offset(instant)) % (6 * HOUR), 0);
  });
});
