"""Heatmaps over time: one row per series or per histogram bucket. Lighter colours mean lower values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from panels import axis as axes
from panels import colours, histogram, legend, links, row_choice, series, units
from panels.figure import Figure, base, name_rows, set_axis, stepped_colours, time_fields, wire
from panels.histogram import Caps, Cells
from panels.series import Series
from panels.spec import BucketHeatmap, DrawContext, Drawing, Frames, LabelHeatmap, Panel, Unit
from queries.metrics.frame import EMPTY, Floats

_SCALE: Final = np.linspace(0.0, 1.0, len(colours.HEAT))


def draw_labels(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """One row per series, the highest mean on top; a page of `view.top` rows, those with the largest peaks first."""
    view = panel.view
    assert isinstance(view, LabelHeatmap)
    every = sorted(series.collect(panel, frames), key=lambda row: (-row.max, row.name))
    page = row_choice.page_of(every, [row.name for row in every], view.top, context.rows)
    rows = sorted(page.entries, key=lambda row: (row.mean, row.name))  # drawn from bottom to top
    layout = base(panel, context.window)
    pager = row_choice.pager(panel, page)
    if not rows:
        return Drawing({"data": [], "layout": layout}, legend=pager, alt=f"{panel.title}: no data.")
    caps = Caps(panel, context.bounds)
    values = np.vstack([row.values for row in rows])
    low, high = _extent(values, log=view.log)
    name_rows(layout, [row.name for row in rows])
    layout["hovermode"] = "closest"
    trace = _trace(panel, values, low, high, _log_places(low, high) if view.log else _SCALE) | {
        **time_fields(rows[0].times, context.window),
        "y": list(range(len(rows))),
        "meta": {
            "rows": [dict(row.labels) for row in rows],
            "names": [row.name for row in rows],
            "unit": panel.unit,
            **links.by_row(panel, [(row.labels, row.name) for row in rows], context.window),
        },
    }
    return Drawing(
        {"data": [trace], "layout": layout},
        legend=_legend(panel, low, high, "logarithmic" if view.log else _unit_text(panel)) + pager,
        alt=_alt(caps, list(reversed(rows))),
        notes=_notes(caps, rows),
    )


def draw_buckets(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """One row per bucket on a logarithmic axis, one column per step (or several), colour by rate."""
    view = panel.view
    assert isinstance(view, BucketHeatmap)
    cells = histogram.cells(frames[0] if frames else EMPTY)
    grid = histogram.trim_empty_rows(histogram.columns(cells, view.columns, context.window.step))
    layout = base(panel, context.window)
    if not grid.rates.size or not np.nansum(grid.rates) > 0:
        return Drawing({"data": [], "layout": layout}, alt=f"{panel.title}: no data.")
    edges = _finite(grid.edges)
    axis = axes.logarithmic(edges[0], edges[-1], view.bound_unit)
    set_axis(layout, axis)
    # Cells of unequal height need their edges as numbers: log10 on a linear axis.
    layout["yaxis"] |= {"tickvals": [round(float(np.log10(tick)), 5) for tick in axis.ticks], "showgrid": False}
    layout["hovermode"] = "closest"
    most = float(np.nanmax(grid.rates))
    pairs = list(zip(grid.edges, grid.edges[1:], strict=False))
    names = [histogram.row_name(lower, upper, view.bound_unit) for lower, upper in pairs]
    bounds = [{"le": _le(upper)} for _, upper in pairs]
    trace = _trace(panel, grid.rates, 0.0, most, _SCALE**2) | {
        **time_fields(grid.times, context.window),
        "y": [round(float(np.log10(edge)), 5) for edge in edges],
        "meta": {
            "rows": bounds,
            "names": names,
            "unit": panel.unit,
            **links.by_row(panel, zip(bounds, names, strict=True), context.window),
        },
    }
    return Drawing(
        {"data": [trace], "layout": layout},
        legend=_legend(panel, 0.0, most, f"{panel.unit.value} in each bucket"),
        alt=_bucket_alt(panel, grid, names),
        notes=(f"Top row: {names[-1]}, above the largest bucket",) if np.isinf(grid.edges[-1]) else (),
    )


def _trace(panel: Panel, values: Floats, low: float, high: float, places: Sequence[float] | Floats) -> Figure:
    return {
        "type": "heatmap",
        "z": wire(values),
        "zmin": units.rounded(low, 5),
        "zmax": units.rounded(high, 5),
        "colorscale": stepped_colours(colours.HEAT, [float(place) for place in places]),
        "showscale": False,
        "zsmooth": False,
        "xgap": 0,
        "ygap": 1,
        "hoverongaps": False,
        "name": panel.title,
        "hovertemplate": "%{z:.4~g}<extra></extra>",
    }


def _extent(values: Floats, *, log: bool) -> tuple[float, float]:
    numbers = values[~np.isnan(values)]
    numbers = numbers[numbers > 0] if log else numbers
    if not numbers.size:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = float(numbers.min()), float(numbers.max())
    if log:
        return low, max(high, low * 10)  # a range below a decade must not look dramatic
    return min(low, 0.0), max(high, low + 1e-9)


def _log_places(low: float, high: float) -> Floats:
    """Positions of the colours on a linear scale, so that they are evenly spaced on a logarithmic scale."""
    places = (np.power(high / low, _SCALE) - 1) / (high / low - 1)
    places[0], places[-1] = 0.0, 1.0
    return np.asarray(places, dtype=np.float64)


def _finite(edges: Sequence[float]) -> list[float]:
    """Edges that a logarithmic axis can show: half of the first bound below it, twice the last bound above it."""
    finite = list(edges)
    if finite[0] <= 0:
        finite[0] = finite[1] / 2 if np.isfinite(finite[1]) else 1.0
    if np.isinf(finite[-1]):
        finite[-1] = finite[-2] * 2
    return finite


def _legend(panel: Panel, low: float, high: float, what: str) -> str:
    return legend.scale(colours.HEAT, units.bare(low, panel.unit), units.bare(high, panel.unit), what)


def _unit_text(panel: Panel) -> str:
    return "" if panel.unit is Unit.COUNT else panel.unit.value


def _notes(caps: Caps, rows: Sequence[Series]) -> tuple[str, ...]:
    unit = caps.panel.unit
    capped = (caps.of(unit, 0, row.labels) for row in rows if caps.is_capped(row.max, unit, 0, row.labels))
    ends = sorted({end for end in capped if end is not None})
    return tuple(f"Cells at {units.write(end, unit)} can be higher: this is the largest bucket" for end in ends)


def _alt(caps: Caps, rows: Sequence[Series]) -> str:
    parts = [f"{row.name} {legend.number(caps, row.last, row)}" for row in rows[:8]]
    more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""
    return f"{caps.panel.title} over time, latest values: {', '.join(parts)}{more}."


def _bucket_alt(panel: Panel, grid: Cells, names: Sequence[str]) -> str:
    totals = np.nansum(grid.rates, axis=1)
    fullest = int(np.argmax(totals))
    share = units.digits(100 * totals[fullest] / totals.sum(), 2)
    return f"{panel.title}: the fullest bucket is {names[fullest]} with {share} % of all."


def _le(bound: float) -> str:
    return "+Inf" if np.isinf(bound) else f"{bound:g}"
