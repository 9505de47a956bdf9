import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { timeTicks } from "../src/time-ticks.js";

const HOUR = 3600000;
const utc = () => 0;

describe("timeTicks", () => {
  for (const [hours, width, spacing] of /** @type {[number, number, number][]} */ ([
    [1, 600, 10 / 60],
    [6, 600, 1],
    [6, 240, 2],
    [24, 600, 6],
    [72, 0, 12],
  ])) {
    it(`puts ticks ${spacing} h apart into ${hours} h on ${width} px`, () => {
      const { instants, isDaily } = timeTicks(0, hours * HOUR, width, utc);
      assert.equal(instants[1] - instants[0], spacing * HOUR);
      assert.equal(isDaily, false);
    });
  }

  it("stands at round local times on both sides of a change of the zone's offset", () => {
    const change = 6 * HOUR;
    const offset = (/** @type {number} */ ms) => (ms < change ? HOUR : 2 * HOUR);
    for (const instant of timeTicks(0, 24 * HOUR, 600, offset).instants)
      assert.equal((instant + offset(instant)) % (6 * HOUR), 0);
  });

  it("names days when they are a day or more apart", () => assert.ok(timeTicks(0, 7 * 24 * HOUR, 600, utc).isDaily));
});
