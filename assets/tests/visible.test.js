import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { visible, visibleName } from "../src/visible.js";

describe("visible", () => {
  it("shows a character that turns the text round by its number", () => assert.equal(visible("a\u202eb"), "a⟨202E⟩b"));
  it("shows control characters as their pictures", () => assert.equal(visible("\u0000\u007f"), "␀␡"));
  it("leaves ordinary text of any script alone", () => {
    for (const text of ["plain", "Ünï", "日本語", "العربية", "👩‍💻", "a\tb\nc"]) assert.equal(visible(text), text);
  });
});

describe("visibleName", () => {
  it("shows tabs and line ends too", () => assert.equal(visibleName("a\tb\nc"), "a␉b␊c"));
});
