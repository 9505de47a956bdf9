"""Shares of a whole as a ring, the largest first; many parts, or parts below zero, as bars with a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from panels import bars, legend, links, series, units
from panels.figure import Figure, as_text, base, wire
from panels.histogram import Caps
from panels.series import Series
from panels.spec import Bars, DrawContext, Drawing, Frames, Panel, Pie

HOLE: Final = 0.62


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A part for each series' last value."""
    view = panel.view
    assert isinstance(view, Pie)
    parts = sorted(series.collect(panel, frames), key=lambda entry: (-entry.last, entry.name))
    if reason := _why_bars(view, parts):
        drawn = bars.draw(replace(panel, view=Bars(share=True)), frames, context)
        return replace(drawn, notes=(*drawn.notes, reason))
    visible = series.assign_colours(panel, [entry for entry in parts if entry.last > 0])
    whole = sum(entry.last for entry in visible)
    caps = Caps(panel, context.bounds)
    texts = [_text(caps, entry, whole) for entry in visible]
    layout = base(panel, context.window)
    layout |= {"margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "hovermode": "closest"}
    for axis in ("xaxis", "yaxis"):
        layout[axis] = {"type": "linear", "range": [0, 1], "visible": False, "fixedrange": True}
    return Drawing(
        {"data": [_trace(panel, visible, texts, context)] if visible else [], "layout": layout},
        legend=legend.parts(panel, visible, texts, context.window),
        alt=_alt(panel, visible, texts),
    )


def _why_bars(view: Pie, parts: Sequence[Series]) -> str:
    if any(entry.last < 0 for entry in parts):
        return "Shown as bars, since a part is below zero"
    if len(parts) > view.top:
        return f"Shown as bars, since a ring of more than {view.top} parts cannot be read"
    return ""


def _text(caps: Caps, entry: Series, whole: float) -> str:
    return f"{legend.number(caps, entry.last, entry)}  ·  {units.digits(100 * entry.last / whole, 2)} %"


def _trace(panel: Panel, parts: Sequence[Series], texts: Sequence[str], context: DrawContext) -> Figure:
    whole = units.write(sum(part.last for part in parts), panel.unit)
    return {
        "type": "pie",
        "name": panel.title,
        "values": wire(np.array([entry.last for entry in parts])),
        "labels": [as_text(entry.name) for entry in parts],
        "text": list(texts),
        "textinfo": "none",
        "hole": HOLE,
        "sort": False,
        "direction": "clockwise",
        "title": {"text": as_text(whole), "position": "middle center", "font": {"size": 16}},
        "marker": {"colors": [entry.colour for entry in parts], "line": {"width": 2, "color": "var(--surface)"}},
        "hovertemplate": "%{label}: %{text}<extra></extra>",
        "meta": {
            "rows": [dict(entry.labels) for entry in parts],
            "names": [entry.name for entry in parts],
            "unit": panel.unit,
            **links.by_row(panel, [(entry.labels, entry.name) for entry in parts], context.window),
        },
    }


def _alt(panel: Panel, parts: Sequence[Series], texts: Sequence[str]) -> str:
    if not parts:
        return f"{panel.title}: no data."
    named = [f"{entry.name} {text}" for entry, text in zip(parts, texts, strict=True)]
    return f"{panel.title}, shares, largest first: {', '.join(named)}."
