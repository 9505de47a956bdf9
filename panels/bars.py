"""Horizontal bars, largest on top, the number at each bar's end."""

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
    """A bar for each series' last value, at most `view.top`; the others are summed as "other" when shares matter."""
    view = panel.view
    assert isinstance(view, Bars)
    found = sorted(series.collect(panel, frames), key=lambda each: (-each.last, each.name))
    whole = sum(max(each.last, 0.0) for each in found)
    shown = _folded(found, view)
    caps = Caps(panel, context.bounds)
    texts = [_text(caps, each, whole, share=view.share) for each in shown]
    rating = worst_rating(
        Rating(view.thresholds.status(each.last), f"{each.name} {text}")
        for each, text in zip(shown, texts, strict=True)
        if not math.isnan(each.last)
    )
    return Drawing(
        {"data": [_trace(panel, view, shown, texts)], "layout": _layout(panel, context, shown, texts)},
        alt=_alt(panel, shown, texts),
        status=rating.status,
        reason=rating.text,
        notes=(f"{view.top} largest of {len(found)} shown",) if len(found) > view.top and not view.share else (),
    )


def _folded(found: Sequence[Series], view: Bars) -> list[Series]:
    rest = found[view.top :]
    if not rest or not view.share:
        return list(found[: view.top])
    other = sum(each.last for each in rest)
    folded = Series(f"{len(rest)} others", {}, np.array([0]), np.array([other]), colours.OTHER)
    return [*found[: view.top], folded]


def _trace(panel: Panel, view: Bars, shown: Sequence[Series], texts: Sequence[str]) -> Figure:
    """Plotly stacks categories from below: the largest comes last."""
    upwards = list(reversed(shown))
    return {
        "type": "bar", "orientation": "h", "name": panel.title,
        "x": wire(np.array([each.last for each in upwards])), "y": list(range(len(upwards))), "width": 0.66,
        "text": list(reversed(texts)), "textposition": "outside", "cliponaxis": False, "constraintext": "none",
        "marker": {"color": [_colour(view, each) for each in upwards], "line": {"width": 0}},
        "customdata": [[as_text(each.name), text] for each, text in zip(upwards, reversed(texts), strict=True)],
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
        "meta": {"rows": [dict(each.labels) for each in upwards], "names": [each.name for each in upwards],
                 "unit": panel.unit},
    }  # fmt: skip


def _layout(panel: Panel, context: DrawContext, shown: Sequence[Series], texts: Sequence[str]) -> Figure:
    layout = base(panel, context.window)
    longest = max((each.last for each in shown), default=0.0)
    layout["xaxis"] = {"type": "linear", "range": [0, units.rounded(longest or 1.0, 5)],
                       "visible": False, "fixedrange": True}  # fmt: skip
    layout["yaxis"] |= {"type": "linear", "fixedrange": True}
    name_rows(layout, [each.name for each in reversed(shown)])
    layout["margin"] |= {"r": text_margin(texts), "b": 8}
    layout["hovermode"] = "closest"
    return layout


def _colour(view: Bars, each: Series) -> str:
    """The limits' colour where it matters, a well-known thing's own colour, else one calm hue for all."""
    status = view.thresholds.status(each.last)
    if status in (Status.WARNING, Status.SERIOUS, Status.CRITICAL):
        return colours.STATUS[status]
    if each.colour == colours.OTHER:
        return each.colour
    return colours.known(colours.identity(each.labels, each.name)) or PLAIN


def _text(caps: Caps, each: Series, whole: float, *, share: bool) -> str:
    text = legend.number(caps, each.last, each)
    return f"{text}  ·  {units.digits(100 * each.last / whole, 2)} %" if share and whole > 0 else text


def _alt(panel: Panel, shown: Sequence[Series], texts: Sequence[str]) -> str:
    if not shown:
        return f"{panel.title}: no data."
    parts = [f"{each.name} {text}" for each, text in zip(shown, texts, strict=True)]
    return f"{panel.title}, largest first: {', '.join(parts)}."
