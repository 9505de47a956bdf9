import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flameBars, joinPaths, placeOf, shapeOf, share, visibleRows } from "../src/span-tree.js";

/** root ─ a ─ b, root ─ a, second root; services: 0 gateway, 1 database. */
const SPANS = {
  id: ["r", "a1", "b", "a2", "s"],
  parent: [-1, 0, 1, 0, -1],
  start: [0, 10, 20, 60, 0],
  duration: [100, 40, 10, 30, 50],
  self: [30, 30, 10, 30, 50],
  flags: [0, 1, 0, 0, 0],
  name: [0, 1, 2, 1, 3],
  service: [0, 0, 1, 0, 1],
  path: {},
};
const TRACE = {
  id: "t",
  start: 0,
  duration: 100,
  names: ["r", "a", "b", "s"],
  services: ["gateway", "database"],
  spans: SPANS,
};

describe("shapeOf", () => {
  it("counts children and descendants and gives depths", () => {
    const { children, below, depth } = shapeOf(SPANS.parent);
    assert.deepEqual([...children], [2, 1, 0, 0, 0]);
    assert.deepEqual([...below], [3, 1, 0, 0, 0]);
    assert.deepEqual([...depth], [0, 1, 2, 1, 0]);
  });

  it("needs no recursion for a chain of fifty thousand spans", () => {
    const { below, depth } = shapeOf(Array.from({ length: 50_000 }, (_, place) => place - 1));
    assert.equal(below[0], 49_999);
    assert.equal(depth[49_999], 49_999);
  });
});

describe("visibleRows", () => {
  const { below } = shapeOf(SPANS.parent);

  it("leaves out what is below a folded span", () => {
    assert.deepEqual(visibleRows(below, new Set([1]), null), [0, 1, 3, 4]);
    assert.deepEqual(visibleRows(below, new Set([0]), null), [0, 4]);
  });

  it("keeps only what a search keeps", () => {
    assert.deepEqual(visibleRows(below, new Set(), new Set([2, 4])), [2, 4]);
  });
});

describe("placeOf", () => {
  it("finds a span by its key", () => assert.equal(placeOf(TRACE, "a2"), 3));
  it("is -1 for a span that is not in the trace", () => assert.equal(placeOf(TRACE, "zz"), -1));
  it("tells spans of one id apart by their service", () => {
    const shared = { ...TRACE, spans: { ...SPANS, id: ["x", "y", "x.2", "z", "w"] } };
    assert.equal(placeOf(shared, "x@database"), 2);
    assert.equal(placeOf(shared, "x@gateway"), 0);
  });
});

describe("share", () => {
  it("is the place in the window in percent", () => assert.equal(share([50, 150], 100), 50));
  it("lies beyond 0 and 100 outside the window", () => {
    assert.equal(share([50, 150], 0), -50);
    assert.equal(share([50, 150], 200), 150);
  });
  it("is finite in an empty window", () => assert.equal(share([5, 5], 5), 0));
});

describe("joinPaths", () => {
  it("joins calls of one path and adds up their times", () => {
    const nodes = joinPaths(SPANS);
    const a = nodes.find((node) => node.name === 1);
    assert.deepEqual([a?.calls, a?.total, a?.self, a?.errors], [2, 70, 60, 1]);
  });

  it("gives the whole trace the time of its roots", () => assert.equal(joinPaths(SPANS)[0].total, 150));

  it("counts every span once", () => {
    assert.equal(
      joinPaths(SPANS).reduce((calls, node) => calls + node.calls, 0),
      SPANS.id.length,
    );
  });
});

describe("flameBars", () => {
  it("keeps children within their parent", () => {
    const nodes = joinPaths(SPANS);
    const bars = new Map(flameBars(nodes, 0).map((bar) => [bar.place, bar]));
    for (const bar of bars.values()) {
      const parent = bars.get(nodes[bar.place].up);
      if (!parent) continue;
      assert.ok(bar.left >= parent.left - 1e-9 && bar.left + bar.width <= parent.left + parent.width + 1e-9);
      assert.equal(bar.depth, parent.depth + 1);
    }
  });

  it("begins at the chosen node, which fills the width", () => {
    const [first] = flameBars(joinPaths(SPANS), 1);
    assert.deepEqual(first, { place: 1, left: 0, width: 100, depth: 0 });
  });
});
