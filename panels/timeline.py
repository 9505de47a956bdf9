"""States over time: one row per series, colour and word by the thresholds, the current state at the end of the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from panels import colours, series
from panels.figure import Figure, base, name_rows, stepped_colours, time_fields
from panels.markup import join, tag
from panels.series import Series
from panels.spec import DrawContext, Drawing, Frames, Panel, Status, Timeline
from panels.status import Rating, icon, word, worst_rating

# The rank of a status is its z value; the colour scale consists of flat steps.
RANKS: Final = (Status.GOOD, Status.WARNING, Status.SERIOUS, Status.CRITICAL, Status.NONE)
_FILL: Final = {
    Status.GOOD: "var(--good)/0.5",
    Status.WARNING: "var(--warning)/0.75",
    Status.NONE: "var(--series-other)",
}
_WORD_ROOM: Final = 76


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A row of states for each series; a gap means no samples."""
    view = panel.view
    assert isinstance(view, Timeline)
    rows = list(reversed(series.collect(panel, frames)))
    layout = base(panel, context.window)
    if not rows:
        return Drawing({"data": [], "layout": layout}, alt=f"{panel.title}: no data.")
    states = [_states(view, row) for row in rows]
    now = [_now(row) for row in states] if context.now is None else _present(panel, view, rows, context.now)
    name_rows(layout, [row.name for row in rows])
    layout["margin"]["r"] = _WORD_ROOM
    layout["hovermode"] = "closest"
    layout["annotations"] = [_annotation(view, row, status) for row, status in enumerate(now)]
    rating = worst_rating(
        Rating(status, f"{row.name} {word(status, view.words)}") for row, status in zip(rows, now, strict=True)
    )
    return Drawing(
        {"data": [_trace(panel, view, context, rows, states)], "layout": layout},
        legend=_legend(view, states),
        alt=_alt(panel, view, rows, now),
        status=rating.status,
        reason=rating.text,
    )


def _states(view: Timeline, row: Series) -> list[Status | None]:
    return [None if np.isnan(value) else view.thresholds.status(float(value)) for value in row.values]


def _present(panel: Panel, view: Timeline, rows: Sequence[Series], frames: Frames) -> list[Status]:
    """The state of each row at the newest instant; UNKNOWN without a sample there."""
    present = {row.name: view.thresholds.status(row.last) for row in series.collect(panel, frames)}
    return [present.get(row.name, Status.UNKNOWN) for row in rows]


def _now(states: Sequence[Status | None]) -> Status:
    return states[-1] or Status.UNKNOWN if states else Status.UNKNOWN


def _trace(
    panel: Panel, view: Timeline, context: DrawContext, rows: Sequence[Series], states: Sequence[list[Status | None]]
) -> Figure:
    steps = [edge for rank in range(len(RANKS)) for edge in (rank / len(RANKS), (rank + 1) / len(RANKS))]
    fills = [colour for status in RANKS for colour in [_FILL.get(status, colours.STATUS[status])] * 2]
    return {
        "type": "heatmap",
        **time_fields(rows[0].times, context.window),
        "y": list(range(len(rows))),
        "z": [[None if status is None else RANKS.index(status) for status in row] for row in states],
        "text": [["" if status is None else word(status, view.words) for status in row] for row in states],
        "zmin": -0.5,
        "zmax": len(RANKS) - 0.5,
        "colorscale": stepped_colours(fills, steps),
        "showscale": False,
        "zsmooth": False,
        "xgap": 0,
        "ygap": 6,
        "hoverongaps": False,
        "name": panel.title,
        "hovertemplate": "%{text}<extra></extra>",
        "meta": {"rows": [dict(row.labels) for row in rows], "names": [row.name for row in rows]},
    }


def _annotation(view: Timeline, row: int, status: Status) -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 6,
        "yref": "y",
        "y": row,
        "yanchor": "middle",
        "text": word(status, view.words),
        "showarrow": False,
        "font": {"size": 12, "color": colours.STATUS[status]},
    }


def _legend(view: Timeline, states: Sequence[list[Status | None]]) -> str:
    """The states that occur, with shape and word."""
    occurring = {status for row in states for status in row if status is not None}
    marks = [
        tag("span", icon(status), word(status, view.words), class_="status", data_status=status)
        for status in RANKS
        if status in occurring
    ]
    return str(tag("div", join(marks), class_="legend-states"))


def _alt(panel: Panel, view: Timeline, rows: Sequence[Series], now: Sequence[Status]) -> str:
    parts = [f"{row.name} {word(status, view.words)}" for row, status in zip(rows, now, strict=True)]
    return f"{panel.title}, now: {', '.join(reversed(parts))}."
