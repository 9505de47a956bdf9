"""A ring of parts as SVG, clockwise from the top, with its sum in the middle."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape, unescape
from typing import Any, Final

from panels.svg_marks import Canvas, paint

_ROUND: Final = 2 * math.pi
_SUM_SIZE: Final = 16  # pixels of its text
_SUM_SHIFT: Final = 5.5  # from the middle to the baseline
_ALMOST: Final = 0.9999  # an arc of a whole circle has no end


def pie(trace: Mapping[str, Any], canvas: Canvas) -> str:
    """The parts with a gap between them, and the title in the middle."""
    left, right = canvas.x.start, canvas.x.end
    top, bottom = canvas.y.end, canvas.y.start
    centre = ((left + right) / 2, (top + bottom) / 2)
    radius = min(right - left, bottom - top) / 2
    slices = zip(turns(trace["values"]), trace["marker"]["colors"], strict=True)
    edge = paint("stroke", "var(--surface)", canvas.theme)
    parts = "".join(
        f'<path d="{_part(centre, radius, radius * trace["hole"], start, end)}" '
        f'{paint("fill", colour, canvas.theme)} {edge} stroke-width="2"/>'
        for (start, end), colour in slices
        if end > start
    )
    text = escape(unescape(trace["title"]["text"]))
    look = f'text-anchor="middle" font-size="{_SUM_SIZE}" {paint("fill", "var(--text)", canvas.theme)}'
    return f'{parts}<text x="{centre[0]:.1f}" y="{centre[1] + _SUM_SHIFT:.1f}" {look}>{text}</text>'


def turns(values: Any) -> Iterator[tuple[float, float]]:
    """Where each part begins and ends, in turns from the top."""
    numbers = [float(value) for value in values]
    whole, start = sum(numbers) or 1.0, 0.0
    for number in numbers:
        yield start, start + number / whole
        start += number / whole


def _part(centre: tuple[float, float], outer: float, inner: float, start: float, end: float) -> str:
    end = min(end, start + _ALMOST)
    is_large = int(end - start > 0.5)
    return (
        f"M{_point(centre, outer, start)}A{outer:.1f} {outer:.1f} 0 {is_large} 1 {_point(centre, outer, end)}"
        f"L{_point(centre, inner, end)}A{inner:.1f} {inner:.1f} 0 {is_large} 0 {_point(centre, inner, start)}z"
    )


def _point(centre: tuple[float, float], radius: float, turn: float) -> str:
    angle = turn * _ROUND
    return f"{centre[0] + radius * math.sin(angle):.1f} {centre[1] - radius * math.cos(angle):.1f}"
