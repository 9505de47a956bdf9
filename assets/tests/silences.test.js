/* What a silence matches, in words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { previewText, splitMatcher } from "../src/silences.js";

test("a value may contain equals signs", () => {
  assert.deepEqual(splitMatcher("query=a=b"), { name: "query", value: "a=b" });
});

test("the preview names the first alerts and counts the others", () => {
  assert.equal(previewText([]), "Matches no alert at the moment.");
  assert.equal(previewText(["a"]), "Matches 1 alert: a.");
  assert.equal(previewText(["a", "b", "c", "d", "e"]), "Matches 5 alerts: a; b; c and 2 more.");
});
