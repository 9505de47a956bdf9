"""States over time: one row per series, colour and word by its state, the current state at the end of the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from panels import colours, links, states
from panels.figure import Figure, as_text, base, name_rows, shorten, stepped_colours, text_margin, time_fields
from panels.legend import swatch
from panels.markup import join, tag
from panels.spec import DrawContext, Drawing, Frames, Panel, Status, Timeline
from panels.states import State, StateRow
from panels.status import Rating, icon, worst_rating

_FILL: Final = {
    Status.GOOD: "var(--good)/0.5",
    Status.WARNING: "var(--warning)/0.75",
    Status.NONE: "var(--series-other)",
}
_LEAST_ROOM: Final = 76
_MOST_ROOM: Final = 140
_WORD: Final = 18  # characters beside a row


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """A row of states for each series; a gap means no samples."""
    view = panel.view
    assert isinstance(view, Timeline)
    rows = list(reversed(states.rows(panel, view, frames)))
    layout = base(panel, context.window)
    if not rows:
        return Drawing({"data": [], "layout": layout}, alt=f"{panel.title}: no data.")
    present = None if context.now is None else states.rows(panel, view, context.now)
    now = [_now(row) for row in rows] if present is None else _present(rows, present)
    name_rows(layout, [row.name for row in rows])
    words = [shorten(state.word, _WORD) for state in now]
    layout["margin"]["r"] = max(text_margin(words, _MOST_ROOM), _LEAST_ROOM)
    layout["hovermode"] = "closest"
    layout["annotations"] = [_annotation(row, state) for row, state in enumerate(now)]
    rating = worst_rating(
        Rating(state.status, f"{row.name} {state.word}") for row, state in zip(rows, now, strict=True)
    )
    palette = states.palette(view, rows)
    fills = _fills(palette)
    return Drawing(
        {"data": [_trace(panel, context, rows, palette, fills)], "layout": layout},
        legend=_legend(rows, palette, fills),
        alt=_alt(panel, rows, now),
        status=rating.status,
        reason=rating.text,
    )


def _now(row: StateRow) -> State:
    return (row.states[-1] if row.states else None) or states.UNKNOWN


def _present(rows: Sequence[StateRow], present: Sequence[StateRow]) -> list[State]:
    """The state of each row at the newest instant; UNKNOWN without a sample there."""
    known = {row.name: _now(row) for row in present}
    return [known.get(row.name, states.UNKNOWN) for row in rows]


def _fills(palette: Sequence[State]) -> list[str]:
    """A colour for each state: that of its status, or one of its own."""
    free = [state for state in palette if states.has_own_colour(state)]
    own = dict(zip(free, colours.assign([({}, state.word) for state in free]), strict=True))
    return [own.get(state) or _FILL.get(state.status, colours.STATUS[state.status]) for state in palette]


def _trace(
    panel: Panel, context: DrawContext, rows: Sequence[StateRow], palette: Sequence[State], fills: Sequence[str]
) -> Figure:
    """The place of a state in the palette is its z value; the colour scale consists of flat steps."""
    places = {state: place for place, state in enumerate(palette)}
    linked = links.by_row(panel, [(row.labels, row.name) for row in rows], context.window)
    steps = [edge for rank in range(len(palette)) for edge in (rank / len(palette), (rank + 1) / len(palette))]
    return {
        "type": "heatmap",
        **time_fields(rows[0].times, context.window),
        "y": list(range(len(rows))),
        "z": [[None if state is None else places[state] for state in row.states] for row in rows],
        "text": [["" if state is None else as_text(state.word) for state in row.states] for row in rows],
        "zmin": -0.5,
        "zmax": len(palette) - 0.5,
        "colorscale": stepped_colours([fill for fill in fills for _ in range(2)], steps),
        "showscale": False,
        "zsmooth": False,
        "xgap": 0,
        "ygap": 6,
        "hoverongaps": False,
        "name": panel.title,
        "hovertemplate": "%{text}<extra></extra>",
        "meta": {"rows": [dict(row.labels) for row in rows], "names": [row.name for row in rows], **linked},
    }


def _annotation(row: int, state: State) -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 6,
        "yref": "y",
        "y": row,
        "yanchor": "middle",
        "text": as_text(shorten(state.word, _WORD)),
        "showarrow": False,
        "font": {"size": 12, "color": colours.STATUS[state.status]},
    }


def _legend(rows: Sequence[StateRow], palette: Sequence[State], fills: Sequence[str]) -> str:
    """The states that occur, with shape or swatch and word."""
    occurring = {state for row in rows for state in row.states if state is not None}
    marks = [_mark(state, fill) for state, fill in zip(palette, fills, strict=True) if state in occurring]
    return str(tag("div", join(marks), class_="legend-states"))


def _mark(state: State, fill: str) -> Markup:
    if not states.has_own_colour(state):
        return tag("span", icon(state.status), state.word, class_="status", data_status=state.status)
    return tag("span", tag("i", class_="swatch", style=f"--c:{swatch(fill)}"), state.word, class_="status")


def _alt(panel: Panel, rows: Sequence[StateRow], now: Sequence[State]) -> str:
    parts = [f"{row.name} {state.word}" for row, state in zip(rows, now, strict=True)]
    return f"{panel.title}, now: {', '.join(reversed(parts))}."
