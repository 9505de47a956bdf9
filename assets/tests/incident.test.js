/* Which instant a note is about. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { instantOf } from "../src/incident.js";

test("a typed time counts", () => {
  assert.equal(instantOf("2026-01-31T14:05:00", 5, 9), new Date("2026-01-31T14:05:00").getTime() / 1000);
});

test("without one it is now, but not after the end of the report", () => {
  assert.equal(instantOf("", 500, 300), 300);
  assert.equal(instantOf("", 500, 900), 500);
});
