import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { setMountedBoard } from "../src/mounted-board.js";
import { changed, dataQuery, go, link, params, set } from "../src/url-state.js";
import { openPage } from "./page.js";

const BOARD = { id: "overview", first: 8, range: "now-1h", refresh: "10s", panels: ["a"], filters: ["endpoint"] };

beforeEach(() => setMountedBoard(null));

describe("set", () => {
  it("changes a parameter, keeps the others and announces the change once", () => {
    const page = openPage("/overview?from=now-6h&tz=utc");
    set({ from: "now-1h" });
    assert.deepEqual(page.pushed, ["/overview?tz=utc&from=now-1h"]);
    assert.deepEqual(page.events, ["codeagent:state"]);
  });

  it("removes a parameter with an empty value", () => {
    openPage("/overview?endpoint=a&endpoint=b");
    set({ endpoint: [] });
    assert.equal(params().has("endpoint"), false);
  });

  it("leaves the history alone when nothing changes", () => {
    const page = openPage("/overview?from=now-1h");
    set({ from: "now-1h" });
    assert.deepEqual(page.pushed, []);
  });

  it("replaces the entry of the history when it is told to", () => {
    const page = openPage("/trace?id=1");
    set({ span: "2" }, { replace: true });
    assert.deepEqual(page.pushed, ["replaced /trace?id=1&span=2"]);
  });

  it("says which panels alone have changed their rows", () => {
    const page = openPage("/api-performance");
    set({ "slowest.sort": "rate", "slowest.page": "" });
    set({ "slowest.sort": "", from: "now-6h" });
    assert.deepEqual(page.details, [{ panels: ["slowest"] }, { panels: null }]);
  });

  it("keeps several values of one parameter", () => {
    openPage("/overview");
    set({ endpoint: ["/v1/a", "/v1/b"] });
    assert.deepEqual(params().getAll("endpoint"), ["/v1/a", "/v1/b"]);
  });
});

describe("changed", () => {
  it("is the address of the page with other values", () => {
    openPage("/providers?from=now-6h&provider=openai");
    assert.equal(changed({ provider: "mistral" }), "/providers?from=now-6h&provider=mistral");
  });
});

describe("link", () => {
  it("takes range and personal choices along, but no filter that the other page does not have", () => {
    openPage("/overview?from=now-6h&theme=dark&endpoint=a");
    assert.equal(link("/providers"), "/providers?from=now-6h&theme=dark");
  });

  it("keeps the filters that are named", () => {
    openPage("/overview?from=now-6h&environment=prod");
    assert.equal(link("/providers", {}, ["environment"]), "/providers?from=now-6h&environment=prod");
  });

  it("takes a board's own range along to a page that is not a board", () => {
    openPage("/overview");
    setMountedBoard(BOARD);
    assert.equal(link("/traces"), "/traces?from=now-1h");
    assert.equal(link("/providers"), "/providers");
  });

  it("lets changes win over what the address has", () => {
    openPage("/overview?from=now-6h");
    assert.equal(link("/traces?q=a&from=now-2d", { q: "b" }), "/traces?q=b&from=now-2d");
  });
});

describe("go", () => {
  it("does not leave the app", () => {
    const page = openPage("/overview");
    go("//evil.example/x");
    go("https://evil.example/x");
    assert.deepEqual(page.pushed, []);
  });
});

describe("dataQuery", () => {
  it("has the rows that are chosen of the board's own panels, last and in order", () => {
    openPage("/overview?b.page=2&a.sort=-rate&a.search=x y&other.page=3&endpoint=/v1&a.page=2");
    const query = dataQuery({ ...BOARD, panels: ["a", "b"] }, "m");
    assert.equal(query, "from=now-1h&to=now&w=m&endpoint=/v1&a.page=2&a.search=x%20y&a.sort=-rate&b.page=2");
  });

  it("is the same for everyone who sees the same: sorted, without personal choices", () => {
    openPage("/overview?tz=utc&theme=dark&endpoint=b&endpoint=a&from=now-1h");
    const first = dataQuery(BOARD, "m");
    openPage("/overview?endpoint=a&from=now-1h&endpoint=b&endpoint=b");
    assert.equal(dataQuery(BOARD, "m"), first);
    assert.ok(!first.includes("theme"));
  });
});
