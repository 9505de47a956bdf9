"""The marks of a figure as SVG: lines, areas, dots, heatmap cells, bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np

from panels.themes import Theme, css, mix
from queries.metrics.frame import Floats

Trace = Mapping[str, Any]
_DASHES: Final = {"dot": "1.5 3", "dash": "5 4"}
_SHADES: Final = 4  # shades between two colours of a scale
_CELL_PX: Final = 3.0


@dataclass(frozen=True)
class Scale:
    """A linear map from [low, high] to [start, end] in pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a number."""
        return self.start + (value - self.low) * self.factor

    @property
    def factor(self) -> float:
        """Pixels per unit."""
        return (self.end - self.start) / ((self.high - self.low) or 1.0)


@dataclass(frozen=True)
class Canvas:
    """Both scales and the theme. On a logarithmic y axis `y` takes the log10."""

    x: Scale
    y: Scale
    log: bool
    theme: Theme | None

    def heights(self, values: Floats) -> Floats:
        """Pixels of y values, NaN where there is none."""
        if self.log:
            values = np.log10(np.where(values > 0, values, np.nan))
        heights: Floats = self.y.start + (values - self.y.low) * self.y.factor
        return heights


def paint(attribute: str, colour: str, theme: Theme | None) -> str:
    """`fill` or `stroke` in a token's colour, with its opacity."""
    value, alpha = css(colour, theme)
    return f'{attribute}="{value}"' + (f' {attribute}-opacity="{alpha:g}"' if alpha < 1 else "")


def stack(traces: Sequence[Trace]) -> list[Trace]:
    """Traces with cumulative stacks: a stacked trace gets `y` as its upper edge and `base` as its lower."""
    done: list[Trace] = []
    bases: dict[str, Floats] = {}
    for trace in traces:
        if "stackgroup" not in trace:
            done.append(trace)
            continue
        height = np.nan_to_num(_numbers(trace["y"]))
        base = bases.get(trace["stackgroup"], np.zeros_like(height))
        bases[trace["stackgroup"]] = base + height
        done.append({**trace, "y": base + height, "base": base})
    return done


def render_trace(trace: Trace, canvas: Canvas) -> str:
    """The marks of one trace."""
    match trace["type"]:
        case "heatmap":
            return _heatmap(trace, canvas)
        case "bar":
            return _bars(trace, canvas)
        case _:
            return _dots(trace, canvas) if trace.get("mode") == "markers" else _scatter(trace, canvas)


def bar_texts(trace: Trace, canvas: Canvas) -> str:
    """The number at each bar's end."""
    texts = [
        f'<text x="{canvas.x(max(value, 0.0)) + 5:.1f}" y="{canvas.y(row) + 4:.1f}">{escape(str(text))}</text>'
        for value, row, text in zip(_numbers(trace["x"]), trace["y"], trace["text"], strict=True)
        if not math.isnan(value)
    ]
    return f"<g {paint('fill', 'var(--text)', canvas.theme)}>{''.join(texts)}</g>"


def _scatter(trace: Trace, canvas: Canvas) -> str:
    x = canvas.x.start + (_times(trace) - canvas.x.low) * canvas.x.factor
    y = canvas.heights(_numbers(trace["y"]))
    if "fillcolor" not in trace:  # an area keeps all its points
        x, y = _thin(x, y, abs(canvas.x.end - canvas.x.start))
    if trace.get("fill") == "toself":
        return f'<path d="{_stroke(x, y)}z" {paint("fill", trace["fillcolor"], canvas.theme)}/>'
    line = trace["line"]
    dash = f' stroke-dasharray="{_DASHES[line["dash"]]}"' if line.get("dash") in _DASHES else ""
    stroke = f'{paint("stroke", line["color"], canvas.theme)} stroke-width="{line["width"]}"{dash}'
    drawn = f'<path d="{_path(x, y)}" {stroke}/>' if line["width"] else ""
    if "fillcolor" not in trace:
        return drawn
    floor = canvas.heights(trace["base"]) if "base" in trace else np.full(y.size, canvas.y(max(0.0, canvas.y.low)))
    return f'<path d="{_area(x, y, floor)}" {paint("fill", trace["fillcolor"], canvas.theme)}/>{drawn}'


def _dots(trace: Trace, canvas: Canvas) -> str:
    y = canvas.heights(_numbers(trace["y"]))
    path = "".join(f"M{canvas.x(float(x)):.1f} {top:.1f}h0" for x, top in zip(trace["x"], y, strict=True))
    marker = trace["marker"]
    look = paint("stroke", marker["color"], canvas.theme)
    return f'<path d="{path}" {look} stroke-width="{marker["size"]}" stroke-linecap="round"/>'


def _bars(trace: Trace, canvas: Canvas) -> str:
    thick = abs(canvas.y.factor) * trace["width"]
    left = canvas.x(0)
    rows = zip(_numbers(trace["x"]), trace["y"], trace["marker"]["color"], strict=True)
    return "".join(
        f'<rect x="{left:.1f}" y="{canvas.y(row) - thick / 2:.1f}" width="{max(canvas.x(value) - left, 0):.1f}" '
        f'height="{thick:.1f}" {paint("fill", colour, canvas.theme)}/>'
        for value, row, colour in rows
        if not math.isnan(value)
    )


def _heatmap(trace: Trace, canvas: Canvas) -> str:
    """Cells of one shade are one path, neighbours in a row merged: a day of twenty rows takes a few kilobytes."""
    cells = np.array([_numbers(row) for row in trace["z"]], dtype=np.float64)
    times = _times(trace)
    cells, times = _coarser(cells, times, canvas)
    if not cells.size:
        return ""
    width = float(times[1] - times[0]) if times.size > 1 else float(trace.get("dx", 1))
    edges = _row_edges(trace, cells.shape[0])
    scale = trace["colorscale"]
    shades = _shades(cells, trace, scale)
    paths: dict[int, list[str]] = {}
    for row in range(cells.shape[0]):
        top, bottom = canvas.y(edges[row + 1]), canvas.y(edges[row])
        gap = min(trace.get("ygap", 0), (bottom - top) / 3) / 2
        for first, last, shade in _runs(shades[row]):
            left, right = canvas.x(times[first] - width / 2), canvas.x(times[last] + width / 2)
            size = f"h{right - left:.1f}v{bottom - top - 2 * gap:.1f}h{left - right:.1f}z"
            paths.setdefault(shade, []).append(f"M{left:.1f} {top + gap:.1f}{size}")
    return "".join(
        f'<path d="{"".join(parts)}" {_shade_look(shade, scale, canvas.theme)}/>' for shade, parts in paths.items()
    )


def _shades(cells: Floats, trace: Trace, scale: Sequence[Sequence[Any]]) -> Floats:
    """For each cell the position on the scale in steps of 1/_SHADES between neighbouring colours; -1 for none."""
    span = (trace["zmax"] - trace["zmin"]) or 1.0
    share = np.clip((cells - trace["zmin"]) / span, 0.0, 1.0)
    places = np.array([place for place, _ in scale])
    # np.interp needs ascending positions; two colours at the same position are separated by a tiny offset.
    shades = np.interp(np.nan_to_num(share), places + np.arange(places.size) * 1e-9, np.arange(places.size))
    shades = np.rint(shades * _SHADES)
    return np.where(np.isnan(cells), -1.0, shades)


def _shade_look(shade: int, scale: Sequence[Sequence[Any]], theme: Theme | None) -> str:
    index, part = divmod(shade, _SHADES)
    low = scale[index][1]
    if part == 0 or low == scale[min(index + 1, len(scale) - 1)][1]:
        return paint("fill", low, theme)
    return f'fill="{mix(low, scale[index + 1][1], part / _SHADES, theme)}"'


def _runs(shades: Floats) -> list[tuple[int, int, int]]:
    """(first, last, shade) of equal neighbours; cells without a number are left out."""
    starts = np.flatnonzero(np.diff(shades, prepend=np.nan) != 0)
    ends = np.append(starts[1:], shades.size) - 1
    return [(int(a), int(b), int(shades[a])) for a, b in zip(starts, ends, strict=True) if shades[a] >= 0]


def _coarser(cells: Floats, times: Floats, canvas: Canvas) -> tuple[Floats, Floats]:
    """Columns of at least three pixels: the largest number of each group, so that peaks stay visible."""
    room = max(1, int(abs(canvas.x.end - canvas.x.start) / _CELL_PX))
    size = -(-times.size // room) if times.size else 1
    if size <= 1 or cells.size == 0:
        return cells, times
    starts = np.arange(0, times.size, size)
    return np.fmax.reduceat(cells, starts, axis=1), times[starts] + (times[1] - times[0]) * (size - 1) / 2


def _row_edges(trace: Trace, rows: int) -> list[float]:
    y = trace["y"]
    return [float(edge) for edge in y] if len(y) == rows + 1 else [row - 0.5 for row in range(rows + 1)]


def _path(x: Floats, y: Floats) -> str:
    """A line with its gaps, in relative steps of a tenth of a pixel: a third shorter than absolute coordinates."""
    return "".join(_stroke(x[first:last], y[first:last]) for first, last in _parts(y))


def _area(x: Floats, y: Floats, floor: Floats) -> str:
    """Each part without a gap, closed along the floor."""
    return "".join(
        _stroke(
            np.concatenate((x[first:last], x[first:last][::-1])),
            np.concatenate((y[first:last], floor[first:last][::-1])),
        )
        + "z"
        for first, last in _parts(y)
    )


def _parts(y: Floats) -> list[tuple[int, int]]:
    """First and one past the last index of each part without a gap."""
    here = ~np.isnan(y)
    starts = np.flatnonzero(here & ~np.concatenate(([False], here[:-1])))
    ends = np.flatnonzero(here & ~np.concatenate((here[1:], [False]))) + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _stroke(x: Floats, y: Floats) -> str:
    tenths = np.rint(np.column_stack((x, y)) * 10).astype(np.int64)
    (left, top), steps = tenths[0], np.diff(tenths, axis=0)
    moves = "".join(f"{_tenth(dx)}{_tenth(dy)}" for dx, dy in steps.tolist())
    return f"M{left / 10:g} {top / 10:g}" + (f"l{moves.lstrip()}" if moves else "")


def _tenth(value: int) -> str:
    """Tenths as a number; a minus sign replaces the separator."""
    text = f"{value / 10:g}"
    return text if value < 0 else f" {text}"


def _thin(x: Floats, y: Floats, pixels: float) -> tuple[Floats, Floats]:
    """The lowest and the highest sample of each four pixels, if there are more samples than pixels can show."""
    size = int(x.size // max(pixels / 4, 1))
    if size <= 2:
        return x, y
    selected: set[int] = {0, x.size - 1}
    for part in np.array_split(np.arange(x.size), -(-x.size // size)):
        heights = y[part]
        if np.isnan(heights).all():
            selected.add(int(part[0]))
            continue
        selected |= {int(part[np.nanargmin(heights)]), int(part[np.nanargmax(heights)])}
        selected |= {int(gap) for gap in part[np.isnan(heights)][:1]}
    order = sorted(selected)
    return x[order], y[order]


def _times(trace: Trace) -> Floats:
    """Instants of a trace in epoch milliseconds."""
    if "x" in trace:
        return np.asarray(trace["x"], dtype=np.float64)
    count = len(trace["y"]) if trace["type"] == "scatter" else (len(trace["z"][0]) if len(trace["z"]) else 0)
    return float(trace["x0"]) + float(trace["dx"]) * np.arange(count, dtype=np.float64)


def _numbers(values: Any) -> Floats:
    """Any list or array of numbers and nulls as floats."""
    return np.asarray(values, dtype=np.float64)
