import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { addDays, addMonths, moved, weekStart, weeksOf } from "../src/calendar.js";
import { parse } from "../src/time-format.js";
import { daysName, rangeError } from "../src/time-range.js";
import { openPage } from "./page.js";

const MONDAY = 1;
const SUNDAY = 7;

before(() => openPage("/overview?tz=utc"));

describe("days", () => {
  it("are counted over ends of months, of years, and of February", () => {
    assert.equal(addDays("2026-12-31", 1), "2027-01-01");
    assert.equal(addDays("2028-03-01", -1), "2028-02-29");
    assert.equal(addMonths("2026-01-31", 1), "2026-02-28");
    assert.equal(addMonths("2026-01-15", -1), "2025-12-15");
    assert.equal(addMonths("2028-02-29", -12), "2027-02-28");
  });

  it("belong to the week that begins on the reader's first weekday", () => {
    assert.equal(weekStart("2026-11-27", MONDAY), "2026-11-23");
    assert.equal(weekStart("2026-11-27", SUNDAY), "2026-11-22");
    assert.equal(weekStart("2026-11-22", SUNDAY), "2026-11-22");
    assert.equal(weekStart("2026-11-22", MONDAY), "2026-11-16");
  });

  it("fill whole weeks of a month", () => {
    const weeks = weeksOf("2026-11-27", MONDAY);
    assert.deepEqual([weeks.length, weeks[0][0], weeks.at(-1)?.at(-1)], [6, "2026-10-26", "2026-12-06"]);
    assert.ok(weeks.every((week) => week.length === 7));
    assert.equal(weeksOf("2027-02-10", MONDAY).length, 4); // begins on a Monday
  });
});

describe("keys", () => {
  const to = (/** @type {string} */ key, shiftKey = false) => moved("2026-11-27", { key, shiftKey }, MONDAY);
  it("move by days, weeks, months and years", () => {
    assert.deepEqual(
      [to("ArrowLeft"), to("ArrowRight"), to("ArrowUp"), to("ArrowDown"), to("Home"), to("End")],
      ["2026-11-26", "2026-11-28", "2026-11-20", "2026-12-04", "2026-11-23", "2026-11-29"],
    );
    assert.deepEqual(
      [to("PageUp"), to("PageDown"), to("PageUp", true), to("PageDown", true)],
      ["2026-10-27", "2026-12-27", "2025-11-27", "2027-11-27"],
    );
  });
  it("leave other keys alone", () => assert.equal(to("Enter"), ""));
});

describe("rangeError", () => {
  const now = parse("2026-11-27 12:00");
  const error = (/** @type {string} */ from, /** @type {string} */ to) => rangeError(from, to, now);
  it("accepts times, days and durations", () => {
    assert.equal(error("2026-11-26 08:00", "2026-11-26 09:30"), null);
    assert.equal(error("2026-11-26", ""), null);
    assert.equal(error("2026-11-26T08:00", "2026-11-27T09:00"), null); // of a phone's fields
    assert.equal(error("now-6h", "now"), null);
  });
  it("names what is no time, and its field", () => {
    for (const text of ["yesterday", "2026-02-30 10:00", "2026-13-01", "2026-11-26 25:00", "now-6x", "nowhere", ""])
      assert.deepEqual([text, error(text, "now")?.field], [text, "absolute-from"]);
    assert.equal(error("now-6h", "soon")?.field, "absolute-to");
    assert.match(error("2026-02-30", "now")?.text || "", /“2026-02-30” is not a time. Write 2026-01-31 14:05/);
  });
  it("refuses a range that is empty or has not begun", () => {
    assert.match(error("2026-11-26", "2026-11-25")?.text || "", /ends before it begins/);
    assert.match(error("2026-12-26", "now")?.text || "", /future/);
  });
});

describe("daysName", () => {
  it("knows today and yesterday by their midnights, and no other range", () => {
    const midnight = parse(new Date().toISOString().slice(0, 10));
    const day = 86400;
    assert.equal(daysName({ from: String(midnight), to: "now" }), "Today");
    assert.equal(daysName({ from: String(midnight - day), to: String(midnight) }), "Yesterday");
    assert.equal(daysName({ from: String(midnight - day), to: String(midnight - 60) }), "");
    assert.equal(daysName({ from: "now-6h", to: "now" }), "");
  });
});
