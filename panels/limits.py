"""Limits on a chart: a dashed line where the data come near, a note above the plot where a limit is far above them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from panels.axis import Axis, tick_text
from panels.spec import Thresholds, Unit

Figure = dict[str, Any]
# A limit is on the axis while the data take at least a third of its height.
_NEAR: Final = 3.0
_SIZE: Final = 11  # pixels of the text
_CHARACTER: Final = 6.6  # width of an average character at that size
_NOTE_HEIGHT: Final = 18
_CLOSE: Final = 0.1  # share of the axis below which two labels would overlap


@dataclass(frozen=True)
class Limit:
    """A limit in the panel's unit. `has_line` is false for the limit of a series, which draws its own line."""

    value: float
    colour: str
    has_line: bool = True


def of_thresholds(thresholds: Thresholds) -> tuple[Limit, ...]:
    """The limits of thresholds, the warning first."""
    pairs = ((thresholds.warning, "var(--warning)"), (thresholds.critical, "var(--critical)"))
    return tuple(Limit(value, colour) for value, colour in pairs if value is not None)


def near(limits: Sequence[Limit], low: float, high: float) -> list[float]:
    """The limits that belong on an axis of data between `low` and `high`; the lowest one where all data are equal."""
    values = sorted(limit.value for limit in limits)
    if high <= low:
        return [value for value in values if value > high][:1]
    return [value for value in values if value - low <= _NEAR * (high - low)]


def draw(layout: Figure, limits: Sequence[Limit], axis: Axis, unit: Unit) -> None:
    """Add the lines of limits inside the axis, their numbers in the margin beside it, and the note of the next one."""
    placed = [(limit, _position(limit, axis)) for limit in limits if not axis.log or limit.value > 0]
    inside = [(limit, place) for limit, place in placed if limit.has_line and axis.low < place <= axis.high]
    above = sorted((place, limit.colour, limit) for limit, place in placed if place > axis.high)
    for (limit, place), anchor in zip(inside, _anchors([place for _, place in inside], axis), strict=True):
        layout.setdefault("shapes", []).append(_line(limit))
        label = {"yref": "y", "y": place, "yanchor": anchor, "xanchor": "left", "xshift": 4}
        layout.setdefault("annotations", []).append(_text(tick_text(limit.value, unit), limit.colour, label))
    if inside:
        longest = max(len(tick_text(limit.value, unit)) for limit, _ in inside)
        layout["margin"]["r"] = max(layout["margin"]["r"], round(longest * _CHARACTER) + 8)
    if above:
        _, colour, limit = above[0]
        label = {"yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "right"}
        text = f"limit {tick_text(limit.value, unit)} ↑"
        layout.setdefault("annotations", []).append(_text(text, colour, label))
        layout["margin"]["t"] = _NOTE_HEIGHT


def _position(limit: Limit, axis: Axis) -> float:
    return math.log10(limit.value) if axis.log else limit.value


def _anchors(places: Sequence[float], axis: Axis) -> Iterator[str]:
    """Labels stand at the height of their lines; two that are close move apart."""
    apart = _CLOSE * (axis.high - axis.low)
    for place in places:
        above = any(0 < other - place < apart for other in places)
        below = any(0 < place - other < apart for other in places)
        yield "bottom" if below else "top" if above and place - axis.low > apart else "middle"


def _line(limit: Limit) -> Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": "y",
        "y0": limit.value,
        "y1": limit.value,
        "line": {"color": limit.colour, "width": 1, "dash": "dash"},
        "layer": "above",
    }


def _text(text: str, colour: str, place: Figure) -> Figure:
    font = {"size": _SIZE, "color": colour}
    return {"xref": "paper", "x": 1, "text": text, "showarrow": False, "borderpad": 1, "font": font, **place}
