import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { address, decode, firstPanels, intervalMs, width } from "../src/board-request.js";
import { ForeignAnswer } from "../src/live-status.js";
import { setMountedBoard } from "../src/mounted-board.js";
import { openPage } from "./page.js";

const names = (/** @type {number} */ count) => Array.from({ length: count }, (_, index) => `p${index}`);
const board = (/** @type {object} */ more = {}) => ({
  id: "overview",
  range: "now-1h",
  refresh: "30s",
  panels: names(12),
  first: 5,
  whole: true,
  ...more,
});
const screen = (/** @type {number} */ px) => Object.assign(globalThis, { innerWidth: px });

beforeEach(() => {
  openPage("/overview");
  screen(1440);
  setMountedBoard(board());
});

describe("intervalMs", () => {
  it("is the board's own unless the address has another", () => {
    assert.equal(intervalMs(), 30000);
    openPage("/overview?refresh=1m");
    assert.equal(intervalMs(), 60000);
  });
  it("is never below five seconds, and 10 seconds for what is not a duration", () => {
    openPage("/overview?refresh=1s");
    assert.equal(intervalMs(), 5000);
    openPage("/overview?refresh=often");
    assert.equal(intervalMs(), 10000);
  });
  it("is 0 while paused", () => {
    openPage("/overview?refresh=off");
    assert.equal(intervalMs(), 0);
  });
});

describe("width", () => {
  it("is a class of the screen's width", () => {
    const classes = [390, 599, 600, 1999, 2000].map((px) => screen(px) && width());
    assert.deepEqual(classes, ["s", "s", "m", "m", "l"]);
  });
});

describe("firstPanels", () => {
  it("are all panels of a usual board on a wide screen, and those in view on a phone", () => {
    assert.equal(firstPanels(board()).length, 12);
    screen(390);
    assert.deepEqual(firstPanels(board()), names(5));
  });
  it("are those in view of a board with more panels than a screen holds", () => {
    const many = board({ panels: names(41) });
    setMountedBoard(many);
    assert.deepEqual(firstPanels(many), names(16));
  });
});

describe("address", () => {
  it("names no panels when all of a board are requested", () => {
    assert.equal(address(board(), names(12)), "/api/boards/overview/refresh?from=now-1h&to=now&w=m");
  });
  it("names some panels, and whether the status line of the board comes with them", () => {
    const query = "/api/boards/overview/refresh?from=now-1h&to=now&w=m&panels=p0,p1&status=";
    assert.equal(address(board(), names(2)), `${query}board`);
    assert.equal(address(board(), names(2), false), `${query}none`);
  });
  it("has the signature of a frame, and no status line there", () => {
    openPage("/embed/overview/p0?sig=a%2Bb");
    const frame = board({ address: "/embed/overview/data", panels: ["p0"], whole: false });
    assert.equal(address(frame, ["p0"]), "/embed/overview/data?from=now-1h&to=now&w=m&panels=p0&sig=a%2Bb");
  });
});

describe("decode", () => {
  it("reads JSON", async () => {
    const response = new Response('{"panels": []}', { headers: { "Content-Type": "application/json" } });
    assert.deepEqual(await decode(response), { panels: [] });
  });
  it("refuses the page of another server, with its status", async () => {
    const response = new Response("<html>", { status: 502, headers: { "Content-Type": "text/html" } });
    await assert.rejects(decode(response), (error) => error instanceof ForeignAnswer && error.status === 502);
  });
});
