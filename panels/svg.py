"""The same figure dict as Plotly's, drawn on the server as SVG: the instant view, wikis, mails, chat alerts.

It draws what the builders of this folder make (scatter lines and stacks, heatmaps, horizontal bars, rings,
threshold lines and their labels), not Plotly's whole schema. Time ticks are UTC and carry their instant (`data-t`,
epoch milliseconds), so that the browser can write them in the viewer's zone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape, unescape
from typing import Any, Final

from panels import svg_marks, svg_pie
from panels.svg_marks import Canvas, Scale, paint
from panels.themes import Theme

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
_STEPS: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 432_000, 864_000, 2_592_000,
)  # fmt: skip
_NARROW_PX: Final = 480
_DAY: Final = 86_400
_SHIFTS: Final = {"middle": 4, "top": 12}  # pixels from a value to the baseline of its text


@dataclass(frozen=True)
class Place:
    """The position of the plot inside the picture, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def render(
    figure: Mapping[str, Any],
    width: int,
    height: int,
    theme: Theme | None = None,
    title: str = "",
    zone: tzinfo = UTC,
) -> str:
    """A figure as an SVG element of that size in pixels.

    Without a theme colours stay `var(--token)` and follow the page; with one it is a file that stands alone, with a
    background of its own. `title` is read to those who cannot see it. Times are written in `zone`.
    """
    layout = _fit(figure.get("layout", {}), width)
    margin = layout.get("margin", {})
    place = Place(
        margin.get("l", 48),
        margin.get("t", 8),
        max(width - margin.get("r", 12), margin.get("l", 48) + 1),
        max(height - margin.get("b", 24), margin.get("t", 8) + 1),
    )
    canvas = _canvas(layout, place, theme)
    areas = [shape for shape in layout.get("shapes", []) if shape["type"] == "rect"]
    parts = [
        _background(width, height, theme),
        _value_axis(layout.get("yaxis", {}), canvas, place),
        _time_axis(layout.get("xaxis", {}), canvas, place, zone),
        *(_area(shape, canvas, place) for shape in areas if shape["layer"] == "below"),
        _clip([_mark(trace, canvas) for trace in svg_marks.stack(figure.get("data", []))], place),
        *(_frame(shape, canvas, place) for shape in areas if shape["layer"] == "above"),
        *(_line(shape, canvas, place) for shape in layout.get("shapes", []) if shape["type"] == "line"),
        *(svg_marks.bar_texts(trace, canvas) for trace in figure.get("data", []) if trace.get("type") == "bar"),
        *(_annotation(trace, canvas, place) for trace in layout.get("annotations", [])),
    ]
    name = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="{FONT}" font-size="12">{name}{"".join(parts)}</svg>'
    )


def _mark(trace: Mapping[str, Any], canvas: Canvas) -> str:
    return svg_pie.pie(trace, canvas) if trace["type"] == "pie" else svg_marks.render_trace(trace, canvas)


def _fit(layout: Mapping[str, Any], width: int) -> Mapping[str, Any]:
    """The layout with shorter row names if the long names would leave too little space for the data."""
    narrow = layout.get("meta", {}).get("narrow")
    if not narrow or width >= _NARROW_PX:
        return layout
    axis, margin = layout["yaxis"] | {"ticktext": narrow["ticktext"]}, layout["margin"] | {"l": narrow["l"]}
    return {**layout, "yaxis": axis, "margin": margin}


def _canvas(layout: Mapping[str, Any], place: Place, theme: Theme | None) -> Canvas:
    low, high = layout.get("xaxis", {}).get("range", (0, 1))
    bottom, top = layout.get("yaxis", {}).get("range", (0, 1))
    return Canvas(
        Scale(float(low), float(high), place.left, place.right),
        Scale(float(bottom), float(top), place.bottom, place.top),
        log=layout.get("yaxis", {}).get("type") == "log",
        theme=theme,
    )


def _background(width: int, height: int, theme: Theme | None) -> str:
    return (
        "" if theme is None else f'<rect width="{width}" height="{height}" {paint("fill", "var(--surface)", theme)}/>'
    )


def _value_axis(axis: Mapping[str, Any], canvas: Canvas, place: Place) -> str:
    """Ticks on the left, with a grid line at each unless the figure disables them."""
    lines, texts = [], []
    for value, text in zip(axis.get("tickvals", ()), axis.get("ticktext", ()), strict=False):
        y = canvas.y(math.log10(value) if canvas.log else float(value))
        if not place.top - 1 <= y <= place.bottom + 1:
            continue
        lines.append(f"M{place.left:g} {y:.1f}H{place.right:g}")
        texts.append(f'<text x="{place.left - 6:g}" y="{y + 4:.1f}">{escape(unescape(str(text)))}</text>')
    grid = f'<path d="{"".join(lines)}" {paint("stroke", "var(--grid)", canvas.theme)}/>'
    names = f'<g text-anchor="end" {paint("fill", "var(--text-2)", canvas.theme)}>{"".join(texts)}</g>'
    return (grid if axis.get("showgrid", True) and lines else "") + names


def _time_axis(axis: Mapping[str, Any], canvas: Canvas, place: Place, zone: tzinfo) -> str:
    if axis.get("type") != "date" or axis.get("visible") is False:
        return ""
    texts: list[str] = []
    for second, text in time_ticks(canvas.x.low / 1000, canvas.x.high / 1000, place.right - place.left, zone):
        x = canvas.x(second * 1000)
        half = 3.2 * len(text)
        x = min(max(x, place.left + half), place.right + 10 - half) if len(texts) else max(x, place.left)
        texts.append(f'<text x="{x:.1f}" y="{place.bottom + 17:g}" data-t="{second * 1000}">{text}</text>')
    return f'<g text-anchor="middle" {paint("fill", "var(--text-2)", canvas.theme)}>{"".join(texts)}</g>'


def time_ticks(start: float, end: float, pixels: float, zone: tzinfo = UTC) -> list[tuple[int, str]]:
    """Instants (epoch seconds) that are round in a zone, with their texts, far enough apart to be readable."""
    apart = 112 if end - start > 0.9 * _DAY else 64
    least = (end - start) / max(pixels / apart, 1.0)
    step = next((instant for instant in _STEPS if instant >= least), _STEPS[-1])
    offset = int((datetime.fromtimestamp(start, zone).utcoffset() or timedelta()).total_seconds())
    first = math.ceil((start + offset) / step) * step - offset
    form = "%-d %b" if step >= _DAY else "%-d %b %H:%M" if end - start > 0.9 * _DAY else "%H:%M"
    form = "%H:%M:%S" if step < 60 else form
    instants = range(first, math.floor(end) + 1, step)
    return [(instant, datetime.fromtimestamp(instant, zone).strftime(form)) for instant in instants]


def _clip(marks: Sequence[str], place: Place) -> str:
    """Clip marks to the plot. A nested <svg> clips without an id, which would have to be unique on the page."""
    width, height = place.right - place.left, place.bottom - place.top
    return (
        f'<svg x="{place.left:g}" y="{place.top:g}" width="{width:g}" height="{height:g}" '
        f'viewBox="{place.left:g} {place.top:g} {width:g} {height:g}" fill="none" stroke-linejoin="round">'
        f"{''.join(marks)}</svg>"
    )


def _area(shape: Mapping[str, Any], canvas: Canvas, place: Place) -> str:
    """The shaded span of a firing, which tells its title."""
    left, right = canvas.x(shape["x0"]), canvas.x(shape["x1"])
    look = f'{paint("fill", shape["fillcolor"], canvas.theme)} fill-opacity="{shape["opacity"]:g}"'
    path = f'<path d="M{left:.1f} {place.top:g}H{right:.1f}V{place.bottom:g}H{left:.1f}Z" {look}/>'
    return f'<g class="firing"><title>{escape(shape["name"])}</title>{path}</g>'


def _frame(shape: Mapping[str, Any], canvas: Canvas, place: Place) -> str:
    """The span of a firing over the cells of a heatmap, as a frame inside of the plot."""
    line = shape["line"]
    half = line["width"] / 2
    left, right = canvas.x(shape["x0"]) + half, canvas.x(shape["x1"]) - half
    look = f'{paint("stroke", line["color"], canvas.theme)} stroke-width="{line["width"]}" fill="none"'
    path = f"M{left:.1f} {place.top + half:g}H{right:.1f}V{place.bottom - half:g}H{left:.1f}Z"
    return f'<g class="firing"><title>{escape(shape["name"])}</title><path d="{path}" {look}/></g>'


def _line(shape: Mapping[str, Any], canvas: Canvas, place: Place) -> str:
    """A threshold line across the plot, or the vertical line of a mark, which tells its title."""
    if shape.get("xref") == "x":
        look = paint("stroke", shape["line"]["color"], canvas.theme)
        x = canvas.x(shape["x0"])
        line = f'<path d="M{x:.1f} {place.top:g}V{place.bottom:g}" {look} stroke-dasharray="2 3"/>'
        return f"<g><title>{escape(shape['name'])}</title>{line}</g>"
    y = canvas.y(math.log10(shape["y0"]) if canvas.log else shape["y0"])
    if not place.top <= y <= place.bottom:
        return ""
    look = paint("stroke", shape["line"]["color"], canvas.theme)
    return f'<path d="M{place.left:g} {y:.1f}H{place.right:g}" {look} stroke-dasharray="5 4"/>'


def _annotation(note: Mapping[str, Any], canvas: Canvas, place: Place) -> str:
    """A text beside or above a value at the plot's right end, or above the plot."""
    middle = place.top if note.get("yref") == "paper" else canvas.y(float(note["y"]))
    if not place.top - 1 <= middle <= place.bottom + 1:
        return ""
    y = middle + _SHIFTS.get(note.get("yanchor", ""), -3)
    inside = note.get("xanchor") == "right"
    x = place.right - 2 if inside else place.right + note.get("xshift", 0)
    font = note.get("font", {})
    look = paint("fill", font.get("color", "var(--text-2)"), canvas.theme)
    anchor = "end" if inside else "start"
    return (
        f'<text x="{x:g}" y="{y:.1f}" text-anchor="{anchor}" font-size="{font.get("size", 12)}" {look}>'
        f"{escape(unescape(str(note['text'])))}</text>"
    )
