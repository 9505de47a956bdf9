"""Every kind of panel on one page, to be looked at: `python -m tests.gallery OUT.html [light|dark] [svg]`.

Drawn by Plotly with the app's own stylesheets, or with `svg` by the server's SVG, as the instant view shows it.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

import orjson

from app.assets import FOLDER, PLOTLY
from panels import draw, svg
from panels.spec import Bars, BucketHeatmap, LabelHeatmap, Lines, Timeline, Unit
from tests.panel_samples import Sample, samples

CHARTS = (Lines, Bars, LabelHeatmap, BucketHeatmap, Timeline)
SCRIPT = """
const root = document.documentElement;
const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const colour = (text) => {
  const match = /^var\\((--[\\w-]+)\\)(?:\\/([\\d.]+))?$/.exec(text);
  if (!match) return text;
  const value = token(match[1]);
  if (!match[2]) return value;
  return `rgba(${[1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16)).join()},${match[2]})`;
};
function walk(value) {
  if (typeof value === "string") return value.startsWith("var(") ? colour(value) : value;
  if (Array.isArray(value)) return value.map(walk);
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each)]));
}
const STOPS = [
  { dtickrange: [null, 60000], value: "%H:%M:%S" }, { dtickrange: [60000, 86400000], value: "%H:%M" },
  { dtickrange: [86400000, null], value: "%-d %b" }];
for (const [id, figure] of Object.entries(JSON.parse(document.getElementById("figures").textContent))) {
  const { data, layout } = walk(figure);
  Object.assign(layout, { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    font: { family: "system-ui, sans-serif", size: 12, color: token("--text-2") } });
  const narrow = innerWidth < 600 && (layout.meta || {}).narrow;
  if (narrow) { layout.yaxis.ticktext = narrow.ticktext; layout.margin.l = narrow.l; }
  for (const axis of [layout.xaxis, layout.yaxis]) axis.gridcolor = token("--grid");
  if (layout.xaxis.type === "date") layout.xaxis.tickformatstops = STOPS;
  Plotly.newPlot(id, data, layout, { displayModeBar: false, responsive: true });
}
"""
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Panels</title><style>{style}</style></head>
<body><main class="main"><div class="grid">{panels}</div></main>
<script type="application/json" id="figures">{figures}</script>{scripts}</body></html>"""


def page(theme: str, *, as_svg: bool) -> str:
    """The gallery as one HTML file."""
    figures: dict[str, object] = {}
    panels = "".join(_panel(sample, figures, as_svg=as_svg) for sample in samples())
    style = "\n".join(path.read_text() for path in (FOLDER / "tokens.css", *sorted((FOLDER / "css").glob("*.css"))))
    scripts = "" if as_svg else f"<script>{(FOLDER / PLOTLY).read_text()}</script><script>{SCRIPT}</script>"
    encoded = (
        orjson.dumps({} if as_svg else figures, option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")
    )
    return PAGE.format(theme=theme, style=style, panels=panels, figures=encoded, scripts=scripts)


def _panel(sample: Sample, figures: dict[str, object], *, as_svg: bool) -> str:
    panel = sample.panel
    drawing = draw(panel, sample.frames, sample.context)
    is_chart = isinstance(panel.view, CHARTS)
    kind = f"{type(panel.view).__name__.lower()} {'chart' if is_chart else 'markup'}"
    unit = panel.unit.value if is_chart and panel.unit is not Unit.COUNT else ""
    body = drawing.html
    if drawing.figure is not None:
        figures[f"figure-{panel.id}"] = drawing.figure
        size = panel.span * 112 - 24, panel.rows * 92 - 12 - 90
        body = svg.render(drawing.figure, *size) if as_svg else f'<div id="figure-{panel.id}" class="graph"></div>'
    notes = f'<p class="notes">{escape(" · ".join(drawing.notes))}</p>' if drawing.notes else ""
    return (
        f'<section class="panel {kind}" style="--span:{panel.span};--rows:{panel.rows}" data-panel="{panel.id}" '
        f'data-state="fresh"><header><h2>{escape(panel.title)}</h2><span class="unit">{unit}</span></header>'
        f'<div class="panel-body" aria-label="{escape(drawing.alt)}">{body}</div>'
        f'<div class="panel-legend">{drawing.legend}{notes}</div></section>'
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    Path(arguments[0]).write_text(page("dark" if "dark" in arguments else "light", as_svg="svg" in arguments))
