"""Shared parts of every Plotly figure: layout, compact numbers, time axes, the lines of marks.

Figures are plain dicts in Plotly's schema; plotly itself is never imported. Colours are `var(--token)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np

from panels.axis import Axis
from panels.spec import Firing, Mark, Panel, Status
from queries.core.time_range import Window
from queries.metrics.frame import Floats, Times

Figure = dict[str, Any]
WIRE_DIGITS: Final = 5
_PLAIN_AXIS: Final = {"zeroline": False, "showline": False, "ticks": "", "ticklabelstandoff": 4}
_NAME: Final = 28
_NARROW_NAME: Final = 17
AREA_OPACITY: Final = 0.12
FRAME_WIDTH: Final = 2  # pixels
CHARACTER: Final = 6.9  # width of an average character at 12 px


def base(panel: Panel, window: Window) -> Figure:
    """A layout with a time axis over the window; builders add the value axis."""
    return {
        "margin": {"l": 48, "r": 12, "t": 8, "b": 24},
        "showlegend": False,
        "uirevision": panel.id,
        "hovermode": "x",
        "xaxis": {"type": "date", "range": [window.start * 1000, window.end * 1000], "showgrid": False, **_PLAIN_AXIS},
        "yaxis": {**_PLAIN_AXIS},
    }


def set_axis(layout: Figure, axis: Axis) -> None:
    """Set the value axis of the layout, and a left margin that fits its texts."""
    layout["yaxis"].update(axis.layout())
    layout["margin"]["l"] = text_margin(axis.texts)


def name_rows(layout: Figure, names: Sequence[str]) -> None:
    """Set row names on the left, the first at the bottom. `layout.meta.narrow` has shorter names for narrow screens."""
    long = [shorten(name, _NAME) for name in names]
    short = [shorten(name, _NARROW_NAME) for name in names]
    layout["yaxis"] |= {
        "type": "linear",
        "range": [-0.5, len(names) - 0.5],
        "tickmode": "array",
        "showgrid": False,
        "tickvals": list(range(len(names))),
        "ticktext": [as_text(name) for name in long],
    }
    layout["margin"]["l"] = text_margin(long)
    layout["meta"] = {"narrow": {"ticktext": [as_text(name) for name in short], "l": text_margin(short)}}


def text_margin(texts: Sequence[str], most: int = 230) -> int:
    """The left margin in pixels that the longest text needs."""
    longest = max((len(text) for text in texts), default=1)
    return min(most, round(longest * CHARACTER) + 14)


def time_fields(times: Times, window: Window) -> Figure:
    """`x0` and `dx` of evenly spaced instants in epoch milliseconds; `x` if the spacing is uneven."""
    if times.size == 0:
        return {"x0": window.start * 1000, "dx": window.step * 1000}
    gaps = np.diff(times)
    if gaps.size and (gaps != gaps[0]).any():
        return {"x": times * 1000}
    return {"x0": int(times[0]) * 1000, "dx": int(gaps[0] if gaps.size else window.step) * 1000}


def wire(values: Floats) -> Floats:
    """Numbers rounded to five significant digits: enough for a pixel, and half the size in JSON."""
    flat = np.where(np.isfinite(values), values, 0.0)
    size = np.floor(np.log10(np.abs(flat, out=np.ones_like(flat), where=flat != 0)))
    scale = np.power(10.0, WIRE_DIGITS - 1 - np.clip(size, -300 + WIRE_DIGITS, 300))
    # Dividing by a power of ten gives the shortest decimal; multiplying by its inverse would not.
    inverse = np.power(10.0, np.clip(size, -295, 300) - (WIRE_DIGITS - 1))
    scaled = np.rint(flat * scale)
    rounded = np.where(scale >= 1, scaled / scale, scaled * inverse)
    return np.where(np.isnan(values), np.nan, np.where(np.isfinite(values), rounded, np.nan))


def mark_lines(figure: Figure, marks: Sequence[Mark]) -> Figure:
    """The figure with a vertical line at each mark, where its horizontal axis is time."""
    axis = figure.get("layout", {}).get("xaxis", {})
    if not marks or axis.get("type") != "date":
        return figure
    low, high = axis["range"]
    lines = [_mark_line(mark) for mark in marks if low <= mark.instant * 1000 <= high]
    layout = {**figure["layout"], "shapes": [*figure["layout"].get("shapes", []), *lines]}
    return {**figure, "layout": layout}


def firing_areas(figure: Figure, firings: Sequence[Firing]) -> Figure:
    """The figure with a shaded area for each firing, below its data, where its horizontal axis is time.

    The cells of a heatmap hide what is below them, and a shade above them would change their colours: there, firings
    are frames above the cells.
    """
    axis = figure.get("layout", {}).get("xaxis", {})
    if not firings or axis.get("type") != "date":
        return figure
    low, high = axis["range"]
    spans = [(firing, max(firing.start * 1000, low), min(firing.end * 1000, high)) for firing in firings]
    draw = _frame if any(trace.get("type") == "heatmap" for trace in figure.get("data", ())) else _area
    areas = [draw(firing, round(start), round(end)) for firing, start, end in spans if start < end]
    layout = {**figure["layout"], "shapes": [*areas, *figure["layout"].get("shapes", [])]}
    return {**figure, "layout": layout}


def _area(firing: Firing, start: int, end: int) -> Figure:
    colour = {Status.CRITICAL: "var(--critical)", Status.SERIOUS: "var(--serious)"}.get(firing.status, "var(--warning)")
    return {
        "type": "rect",
        "name": firing.title,
        "xref": "x",
        "x0": start,
        "x1": end,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "fillcolor": colour,
        "opacity": AREA_OPACITY,
        "line": {"width": 0},
        "layer": "below",
    }


def _frame(firing: Firing, start: int, end: int) -> Figure:
    area = _area(firing, start, end)
    line = {"width": FRAME_WIDTH, "color": area["fillcolor"]}
    return {**area, "fillcolor": "rgba(0,0,0,0)", "opacity": 1, "line": line, "layer": "above"}


def _mark_line(mark: Mark) -> Figure:
    instant = round(mark.instant * 1000)
    return {
        "type": "line",
        "name": mark.title,
        "xref": "x",
        "x0": instant,
        "x1": instant,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": "var(--accent)", "width": 1, "dash": "dot"},
    }


def shorten(text: str, most: int = 28) -> str:
    """A long name with its middle left out, because its ends identify it: `POST /v1/chat…mpletions`."""
    if len(text) <= most:
        return text
    head = (most - 1) * 3 // 5
    return f"{text[:head]}…{text[-(most - 1 - head) :]}"


def as_text(name: str) -> str:
    """An external name as literal text, where Plotly interprets HTML (ticks, hover)."""
    return escape(name, quote=False)


def stepped_colours(colours: Sequence[str], places: Sequence[float]) -> list[list[Any]]:
    """A colour scale with its colours at `places` (0 to 1, ascending, first 0 and last 1)."""
    return [[round(place, 5), colour] for place, colour in zip(places, colours, strict=True)]
