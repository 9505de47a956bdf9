import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { age, clock, fieldText, instant, offset, parse, seconds, tickText, zoneName } from "../src/time-format.js";
import { openPage } from "./page.js";

before(() => openPage("/overview?tz=utc"));

describe("seconds", () => {
  for (const [text, expected] of /** @type {[string, number][]} */ ([
    ["5s", 5],
    ["10m", 600],
    ["1h", 3600],
    ["2d", 172800],
    ["1w", 604800],
    ["", 0],
    ["5", 0],
    ["m", 0],
    ["1.5h", 0],
  ])) {
    it(`reads “${text}” as ${expected}`, () => assert.equal(seconds(text), expected));
  }
});

describe("parse", () => {
  it("reads a date and a time in the viewer's zone", () => {
    assert.equal(parse("2026-01-31 14:05"), Date.UTC(2026, 0, 31, 14, 5) / 1000);
    assert.equal(parse(" 2026-01-31T14:05:09 "), Date.UTC(2026, 0, 31, 14, 5, 9) / 1000);
  });
  it("reads a date alone as its midnight", () => assert.equal(parse("2026-01-31"), Date.UTC(2026, 0, 31) / 1000));
  for (const text of ["", "yesterday", "14:05", "2026-01-31 14", "31.01.2026"]) {
    it(`is NaN for “${text}”`, () => assert.ok(Number.isNaN(parse(text))));
  }
  it("reads what is written into a field", () => {
    const ms = Date.UTC(2026, 5, 1, 8, 30);
    assert.equal(parse(fieldText(ms)), ms / 1000);
  });
});

describe("instant", () => {
  it("reads epoch seconds and ISO times as epoch milliseconds", () => {
    assert.equal(instant("1700000000"), 1700000000000);
    assert.equal(instant("2026-01-31T14:05Z"), Date.UTC(2026, 0, 31, 14, 5));
  });
  it("reads times before now", () => {
    assert.ok(Math.abs(instant("now") - instant("now-1h") - 3600000) < 1000);
  });
});

describe("age", () => {
  for (const [value, text] of /** @type {[number, string][]} */ ([
    [0, "0 s"],
    [59.4, "59 s"],
    [90, "2 min"],
    [3600, "1 h"],
    [172800, "2 d"],
  ])) {
    it(`writes ${value} s as ${text}`, () => assert.equal(age(value), text));
  }
});

describe("the viewer's own zone", () => {
  for (const [zone, ms, name] of /** @type {[string, number, string][]} */ ([
    ["Europe/Berlin", Date.UTC(2026, 0, 15), "UTC+1"],
    ["Europe/Berlin", Date.UTC(2026, 6, 15), "UTC+2"],
    ["Asia/Kolkata", Date.UTC(2026, 0, 15), "UTC+5:30"],
    ["America/St_Johns", Date.UTC(2026, 0, 15), "UTC-3:30"],
    ["UTC", Date.UTC(2026, 0, 15), "UTC"],
  ])) {
    it(`is ${name} in ${zone} on ${new Date(ms).toISOString().slice(0, 10)}`, () => {
      const before = process.env.TZ;
      process.env.TZ = zone;
      openPage("/overview");
      try {
        assert.equal(zoneName(ms), name);
      } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
        openPage("/overview?tz=utc");
      }
    });
  }
});

describe("the chosen zone", () => {
  it("is UTC where the address asks for it", () => {
    assert.equal(zoneName(), "UTC");
    assert.equal(offset(Date.now()), 0);
  });
});

describe("a zone of the IANA list that the address names", () => {
  for (const [zone, ms, name] of /** @type {[string, number, string][]} */ ([
    ["Europe/Berlin", Date.UTC(2026, 0, 15), "UTC+1"],
    ["Europe/Berlin", Date.UTC(2026, 6, 15), "UTC+2"],
    ["Asia/Kolkata", Date.UTC(2026, 0, 15, 23, 59, 59, 999), "UTC+5:30"],
    ["America/St_Johns", Date.UTC(2026, 0, 1, 1), "UTC-3:30"],
    ["Etc/UTC", Date.UTC(2026, 0, 15), "UTC"],
  ])) {
    it(`is ${name} in ${zone}`, () => {
      openPage(`/overview?tz=${zone}`);
      assert.equal(zoneName(ms), name);
    });
  }
  it("holds for clocks, ticks of charts and fields of times", () => {
    openPage("/overview?tz=Asia/Tokyo");
    const ms = Date.UTC(2026, 2, 29, 0, 30);
    assert.equal(clock(ms), "09:30:00");
    assert.equal(tickText(ms, "minute"), "09:30");
    assert.equal(fieldText(ms), "2026-03-29 09:30");
    assert.equal(parse("2026-03-29 09:30"), ms / 1000);
  });
  it("reads times right before and after its clock changes", () => {
    openPage("/overview?tz=Europe/Berlin");
    assert.equal(parse("2026-03-29 01:59"), Date.UTC(2026, 2, 29, 0, 59) / 1000);
    assert.equal(parse("2026-03-29 03:00"), Date.UTC(2026, 2, 29, 1, 0) / 1000);
  });
  it("is the browser's own where the browser does not know it", () => {
    openPage("/overview?tz=Europe/Nowhere");
    assert.equal(offset(0), -new Date(0).getTimezoneOffset() * 60000);
  });
});
