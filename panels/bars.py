"""Horizontal bars, the largest on top, with the number at the end of each bar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from panels import colours, legend, links, row_choice, series, units
from panels.figure import Figure, as_text, base, name_rows, text_margin, wire
from panels.histogram import Caps
from panels.row_choice import RowPage
from panels.series import Series
from panels.spec import Bars, DrawContext, Drawing, Frames, Panel, Status
from panels.status import Rating, worst_rating

PLAIN: Final = "var(--series-1)"


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A bar for each series' last value, a page of `view.top`; with `share`, others than the largest are summed.

    The status is that of the largest: what a search hides is as bad as before.
    """
    view = panel.view
    assert isinstance(view, Bars)
    ranked = sorted(series.collect(panel, frames), key=lambda entry: (-entry.last, entry.name))
    whole = sum(max(entry.last, 0.0) for entry in ranked)
    page = row_choice.page_of(ranked, [entry.name for entry in ranked], view.top, context.rows)
    entries = _with_others(page, ranked[view.top :]) if view.share else list(page.entries)
    caps = Caps(panel, context.bounds)
    texts = [_text(caps, entry, whole, share=view.share) for entry in entries]
    rating = worst_rating(
        Rating(view.thresholds.status(entry.last), f"{entry.name} {legend.number(caps, entry.last, entry)}")
        for entry in ranked[: view.top]
        if not math.isnan(entry.last)
    )
    return Drawing(
        {"data": [_trace(panel, view, entries, texts, context)], "layout": _layout(panel, context, entries, texts)},
        alt=_alt(panel, entries, texts),
        status=rating.status,
        reason=rating.text,
        legend=row_choice.pager(panel, page),
    )


def _with_others(page: RowPage[Series], others: Sequence[Series]) -> list[Series]:
    """The entries of the first page, and the sum of all others; those of other pages and of a search alone."""
    if not others or page.first or page.choice.search:
        return list(page.entries)
    other = sum(entry.last for entry in others)
    return [*page.entries, Series(f"{len(others)} others", {}, np.array([0]), np.array([other]), colours.OTHER)]


def _trace(panel: Panel, view: Bars, entries: Sequence[Series], texts: Sequence[str], context: DrawContext) -> Figure:
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
            **links.by_row(panel, [(_labels(entry), entry.name) for entry in upwards], context.window),
        },
    }


def _labels(entry: Series) -> Mapping[str, str] | None:
    """The labels of an entry; None for the sum of others."""
    return None if entry.colour == colours.OTHER else entry.labels


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
