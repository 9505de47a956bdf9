import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { draw, fitted } from "../src/chart/draw.js";
import { firingsAt } from "../src/chart/values.js";
import { alone } from "../src/chart/view.js";

const CLOCK = { offsetAt: () => 0, text: String };
const LAYOUT = {
  xaxis: { type: "date", range: [0, 3600000] },
  yaxis: { range: [0, 10], tickvals: [0, 10], ticktext: ["0", "10"] },
};
/** @param {number} series @param {(number | null)[]} y */
const line = (series, y) => ({
  type: "scatter",
  x0: 0,
  dx: 600000,
  y,
  line: { color: "var(--series-1)", width: 1.5 },
  meta: { series, axis: { range: [0, 2] } },
});
/** @param {PlotTrace[]} data */
const picture = (data) => draw({ data, layout: LAYOUT }, { width: 400, height: 200 }, CLOCK);

describe("draw", () => {
  it("leaves a gap where a line has no sample", () => {
    assert.match(picture([line(0, [1, 2, null, 3, 4])]).svg, /d="M[\d. -]+l[\d. -]+M[\d. -]+l/);
  });

  it("keeps names of colours, so that a theme needs no drawing", () => {
    assert.match(picture([line(0, [1, 2])]).svg, /stroke="var\(--series-1\)"/);
  });

  it("escapes texts", () => {
    const layout = { ...LAYOUT, yaxis: { range: [0, 1], tickvals: [0], ticktext: ["&lt;b&gt;"] } };
    assert.match(draw({ data: [], layout }, { width: 400, height: 200 }, CLOCK).svg, />&lt;b&gt;</);
  });

  it("says where values lie", () => {
    const { canvas } = picture([]);
    assert.deepEqual(canvas.place, { left: 48, top: 8, right: 388, bottom: 176 });
    assert.equal(canvas.isTime, true);
  });
});

describe("fitted", () => {
  const layout = { meta: { narrow: { ticktext: ["short"], l: 50 } }, yaxis: { ticktext: ["a long name"] } };
  it("shortens the names of rows on narrow screens only", () => {
    assert.deepEqual(fitted(layout, 400).yaxis?.ticktext, ["short"]);
    assert.deepEqual(fitted(layout, 480).yaxis?.ticktext, ["a long name"]);
  });
});

describe("alone", () => {
  it("shows a series with its comparison, on its own axis", () => {
    const before = { ...line(1, [1]), meta: { compareOf: 0 } };
    const { data, layout } = alone({ data: [before, line(0, [1]), line(1, [2])], layout: LAYOUT }, 0);
    assert.equal(data.length, 2);
    assert.deepEqual(layout.yaxis?.range, [0, 2]);
  });

  it("notes a limit that its own axis does not reach", () => {
    const limit = { yref: "y", xref: "paper", x: 1, xanchor: "left", font: { size: 11 } };
    const annotations = [
      { ...limit, y: 1, text: "1 %" },
      { ...limit, y: 5, text: "5 %" },
    ];
    const shapes = [{ y0: 1 }, { y0: 5 }];
    const shown = alone({ data: [line(0, [1])], layout: { ...LAYOUT, annotations, shapes } }, 0);
    const { svg } = draw(shown, { width: 400, height: 200 }, CLOCK);
    assert.deepEqual([...svg.matchAll(/>(1 %|limit 5 % ↑)</g)].length, 2);
    assert.equal(svg.match(/stroke-dasharray="5 4"/g)?.length, 1);
  });
});

describe("a firing", () => {
  const fired = { type: "rect", name: "High <rate>", xref: "x", x0: 600000, x1: 1200000, fillcolor: "var(--critical)" };
  const figure = /** @type {Figure} */ ({ data: [line(0, [1, 2])], layout: { ...LAYOUT, shapes: [fired] } });

  it("is an area with its name, below the lines", () => {
    const { svg } = draw(figure, { width: 400, height: 200 }, CLOCK);
    assert.match(svg, /<title>High &lt;rate&gt;<\/title><path d="M104.7 8H161.3V176H104.7Z"/);
    assert.ok(svg.indexOf("var(--critical)") < svg.indexOf("var(--series-1)"));
  });

  it("is listed at its times", () => {
    const names = [0, 600000, 900000, 1300000].map((time) => firingsAt(figure, time).map(({ name }) => name));
    assert.deepEqual(names, [[], ["High <rate>"], ["High <rate>"], []]);
  });

  it("is a frame over the cells of a heatmap, in the same colour beside the pointer", () => {
    const frame = { ...fired, layer: "above", fillcolor: "none", line: { color: "var(--critical)", width: 2 } };
    const framed = /** @type {Figure} */ ({ data: figure.data, layout: { ...LAYOUT, shapes: [frame] } });
    const { svg } = draw(framed, { width: 400, height: 200 }, CLOCK);
    assert.match(svg, /class="firing"><title>High &lt;rate&gt;<\/title><path [^>]*stroke-width="2" fill="none"/);
    assert.ok(svg.indexOf("var(--critical)") > svg.indexOf("var(--series-1)"));
    assert.equal(firingsAt(framed, 700000)[0].colour, "var(--critical)");
  });
});
