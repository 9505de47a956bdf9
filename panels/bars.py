"""Horizontal bars, the largest on top, with the number at the end of each bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from panels import colours, legend, series, units
from panels.figure import Figure, as_text, base, name_rows, text_margin, wire
from panels.histogram import Caps
from panels.series import Series
from panels.spec import Bars, DrawContext, Drawing, Frames, Panel, Status
from panels.status import Rating, worst_rating

PLAIN: Final = "var(--series-1)"


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A bar for each series' last value, at most `view.top`; with `share`, the others are summed as "other"."""
    view = panel.view
    assert isinstance(view, Bars)
    ranked = sorted(series.collect(panel, frames), key=lambda entry: (-entry.last, entry.name))
    whole = sum(max(entry.last, 0.0) for entry in ranked)
    entries = _fold(ranked, view)
    caps = Caps(panel, context.bounds)
    texts = [_text(caps, entry, whole, share=view.share) for entry in entries]
    rating = worst_rating(
        Rating(view.thresholds.status(entry.last), f"{entry.name} {text}")
        for entry, text in zip(entries, texts, strict=True)
        if not math.isnan(entry.last)
    )
    return Drawing(
        {"data": [_trace(panel, view, entries, texts)], "layout": _layout(panel, context, entries, texts)},
        alt=_alt(panel, entries, texts),
        status=rating.status,
        reason=rating.text,
        notes=() if view.share else _left_out(ranked, view),
    )


def _left_out(ranked: Sequence[Series], view: Bars) -> tuple[str, ...]:
    return (f"Showing the {view.top} largest of {len(ranked)}",) if len(ranked) > view.top else ()


def _fold(ranked: Sequence[Series], view: Bars) -> list[Series]:
    rest = ranked[view.top :]
    if not rest or not view.share:
        return list(ranked[: view.top])
    other = sum(entry.last for entry in rest)
    folded = Series(f"{len(rest)} others", {}, np.array([0]), np.array([other]), colours.OTHER)
    return [*ranked[: view.top], folded]


def _trace(panel: Panel, view: Bars, entries: Sequence[Series], texts: Sequence[str]) -> Figure:
    """Plotly draws categories from bottom to top, so the largest comes last."""
    upwards = list(reversed(entries))
    return {
        "type": "bar",
        "orientation": "h",
        "name": panel.title,
        "x": wire(np.array([entry.last for entry in upwards])),
        "y": list(range(len(upwards))),
        "width": 0.66,
        "text": list(reversed(texts)),
        "textposition": "outside",
        "cliponaxis": False,
        "constraintext": "none",
        "marker": {"color": [_colour(view, entry) for entry in upwards], "line": {"width": 0}},
        "customdata": [[as_text(entry.name), text] for entry, text in zip(upwards, reversed(texts), strict=True)],
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
        "meta": {
            "rows": [dict(entry.labels) for entry in upwards],
            "names": [entry.name for entry in upwards],
            "unit": panel.unit,
        },
    }


def _layout(panel: Panel, context: DrawContext, entries: Sequence[Series], texts: Sequence[str]) -> Figure:
    layout = base(panel, context.window)
    longest = max((entry.last for entry in entries), default=0.0)
    layout["xaxis"] = {
        "type": "linear",
        "range": [0, units.rounded(longest or 1.0, 5)],
        "visible": False,
        "fixedrange": True,
    }
    layout["yaxis"] |= {"type": "linear", "fixedrange": True}
    name_rows(layout, [entry.name for entry in reversed(entries)])
    layout["margin"] |= {"r": text_margin(texts), "b": 8}
    layout["hovermode"] = "closest"
    return layout


def _colour(view: Bars, entry: Series) -> str:
    """The colour of the status from WARNING on, else the colour of a well-known value, else a neutral one."""
    status = view.thresholds.status(entry.last)
    if status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL):
        return colours.STATUS[status]
    if entry.colour == colours.OTHER:
        return entry.colour
    return colours.known(colours.identity(entry.labels, entry.name)) or PLAIN


def _text(caps: Caps, entry: Series, whole: float, *, share: bool) -> str:
    text = legend.number(caps, entry.last, entry)
    return f"{text}  ·  {units.digits(100 * entry.last / whole, 2)} %" if share and whole > 0 else text


def _alt(panel: Panel, entries: Sequence[Series], texts: Sequence[str]) -> str:
    if not entries:
        return f"{panel.title}: no data."
    parts = [f"{entry.name} {text}" for entry, text in zip(entries, texts, strict=True)]
    return f"{panel.title}, largest first: {', '.join(parts)}."
