"""Values over time: lines, one lightly filled line, or stacked areas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from panels import axis as axes
from panels import colours, histogram, legend, series, units
from panels.axis import Axis
from panels.figure import as_text, base, set_axis, threshold_lines, time_fields, wire
from panels.histogram import Caps
from panels.series import Series
from panels.spec import DrawContext, Drawing, Frames, Lines, Panel, Thresholds
from panels.status import Rating, worst_rating
from queries.metrics.frame import Floats

LINE_WIDTH: Final = 1.5
# A limit is drawn even far above the data, unless the data would shrink below this part of the height.
_SQUEEZE: Final = 12.0


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """Lines of every series, at most `view.top` of them, with limits and the earlier period."""
    view = panel.view
    assert isinstance(view, Lines)
    every = series.collect(panel, frames)
    kept, rest = series.largest(every, view.top)
    kept = series.coloured(panel, kept)
    shown = (*kept, series.total(rest, "other")) if rest and view.stacked else kept
    earlier = _earlier(panel, context, shown)
    caps = Caps(panel, context.bounds)
    axis = _axis(panel, view, shown, [line for _, line in earlier])
    layout = base(panel, context.window)
    layout["xaxis"]["range"][1] = max(layout["xaxis"]["range"][1], *(int(each.times[-1]) * 1000 for each in shown), 0)
    set_axis(layout, axis)
    if view.log:
        layout["yaxis"]["type"] = "log"
    threshold_lines(layout, view.thresholds, axis, panel.unit)
    before = [_earlier_trace(panel, context, of, line) for of, line in earlier]
    # Behind the present lines, but before a stack, which would hide it.
    stack = view.stacked
    traces = (
        [*_stack(panel, view, context, shown), *before] if stack else [*before, *_lines(panel, view, context, shown)]
    )
    rating = worst_rating(
        Rating(
            caps.status(view.thresholds, each.now, panel.unit, each.query, each.labels),
            f"{each.name} {legend.number(caps, each.now, each)}",
        )
        for each in shown
        if view.thresholds != Thresholds() and not math.isnan(each.now)
    )
    return Drawing(
        {"data": traces, "layout": layout},
        legend=legend.table(panel, shown, caps),
        alt=_alt(caps, shown),
        status=rating.status,
        reason=rating.text,
        notes=_notes(caps, view, shown, rest, earlier, context),
    )


def _lines(panel: Panel, view: Lines, context: DrawContext, shown: Sequence[Series]) -> list[dict[str, Any]]:
    """A line for each series, lightly filled if it is the only one, and dots for samples that stand alone."""
    traces = []
    for number, each in enumerate(shown):
        trace = _trace(panel, view, context, number, each)
        # Plotly fills across gaps, so a line with gaps stays unfilled.
        if len(shown) == 1 and not view.log and len(parts([each])) == 1:
            trace |= {"fill": "tozeroy", "fillcolor": colours.faded(each.colour, 0.1)}
        traces.append(trace)
        if dots := _lonely(each):
            traces.append(dots | {"meta": {"series": number, "labels": dict(each.labels)}})
    return traces


def _stack(panel: Panel, view: Lines, context: DrawContext, shown: Sequence[Series]) -> list[dict[str, Any]]:
    """Stacked areas. Plotly draws zero where a stack has no sample, so each part between gaps is a stack of its own."""
    traces = []
    for part, (first, last) in enumerate(parts(shown)):
        for number, each in enumerate(shown):
            piece = replace(each, times=each.times[first:last], values=each.values[first:last])
            trace = _trace(panel, view, context, number, piece)
            trace |= {"stackgroup": f"part-{part}", "fillcolor": colours.faded(each.colour, 0.8)}
            trace["line"] = {"color": each.colour, "width": 0}
            traces.append(trace)
    dots = _lonely(series.total(shown, "total")) if shown else {}
    return [*traces, dots | {"meta": {"series": -1}}] if dots else traces


def parts(shown: Sequence[Series]) -> list[tuple[int, int]]:
    """First and one past the last index of each stretch in which some series has samples."""
    same_axis = [each.values for each in shown if each.values.size == shown[0].values.size]
    if not same_axis:
        return []
    here = ~np.isnan(np.vstack(same_axis)).all(axis=0)
    edges = np.flatnonzero(np.diff(here.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _trace(panel: Panel, view: Lines, context: DrawContext, number: int, each: Series) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": each.name, **time_fields(each.times, context.window),
        "y": wire(_positive(each.values) if view.log else each.values),
        "line": {"color": each.colour, "width": LINE_WIDTH, **({"dash": "dash"} if each.is_projection else {})},
        "connectgaps": False,
        "hovertemplate": f"{_plain(each.name)}: %{{y:.4~g}}<extra></extra>",
        "meta": {"labels": dict(each.labels), "name": each.name, "unit": panel.unit, "series": number,
                 "axis": _axis(panel, view, [each]).layout()},
    }  # fmt: skip


def _lonely(each: Series) -> dict[str, Any]:
    """Dots where a sample has no neighbour, since a line needs two; {} when there are none."""
    here = ~np.isnan(each.values)
    before, after = np.roll(here, 1), np.roll(here, -1)
    before[0] = after[-1] = False
    alone = np.flatnonzero(here & ~before & ~after)
    if not alone.size:
        return {}
    return {"type": "scatter", "mode": "markers", "x": each.times[alone] * 1000, "y": wire(each.values[alone]),
            "marker": {"size": 4, "color": each.colour}, "hoverinfo": "skip"}  # fmt: skip


def _earlier(panel: Panel, context: DrawContext, shown: Sequence[Series]) -> list[tuple[int, Series]]:
    """The earlier period's series, each with the number of the present series it belongs to; a stack's sum has -1."""
    found = series.collect(panel, context.compare)
    if not found or not isinstance(panel.view, Lines):
        return []
    if panel.view.stacked:
        same_axis = [each for each in found if each.times.size == found[0].times.size]
        return [(-1, replace(series.total(same_axis, "total"), colour="var(--text)"))]
    numbers = {(each.query, each.name): number for number, each in enumerate(shown)}
    pairs = ((numbers.get((each.query, each.name)), each) for each in found)
    return [(number, replace(each, colour=shown[number].colour)) for number, each in pairs if number is not None]


def _earlier_trace(panel: Panel, context: DrawContext, of: int, each: Series) -> dict[str, Any]:
    log = isinstance(panel.view, Lines) and panel.view.log
    name = f"{each.name}, {context.compare_label or 'before'}"
    return {
        "type": "scatter", "mode": "lines", "name": name, **time_fields(each.times, context.window),
        "y": wire(_positive(each.values) if log else each.values), "connectgaps": False,
        "line": {"color": colours.faded(each.colour, 0.55), "width": 1, "dash": "dot"},
        "hovertemplate": f"{_plain(name)}: %{{y:.4~g}}<extra></extra>",
        "meta": {"labels": dict(each.labels), "name": name, "unit": panel.unit, "compareOf": of},
    }  # fmt: skip


def _axis(panel: Panel, view: Lines, shown: Sequence[Series], earlier: Sequence[Series] = ()) -> Axis:
    """The axis that shows these series, the earlier ones, the limits near them, the floor and the ceiling."""
    low, high = _extent(view, shown, earlier)
    if view.log:
        return axes.logarithmic(low / 1.15, high * 1.15, panel.unit)
    low = low if view.floor is None else min(view.floor, low)
    wanted = [limit for limit in (view.thresholds.warning, view.thresholds.critical) if limit is not None]
    thresholds = [limit for limit in wanted if limit - low <= _SQUEEZE * (high - low)] or wanted[:1] * (high <= low)
    top = axes.headroom(low, max([high, *thresholds]))
    if view.ceiling is not None and high <= view.ceiling:
        top = view.ceiling * 1.02
    return axes.linear(low, top, panel.unit)


def _extent(view: Lines, shown: Sequence[Series], earlier: Sequence[Series]) -> tuple[float, float]:
    """Smallest and largest number to be shown; of a stack the sum."""
    rows = [_positive(each.values) if view.log else each.values for each in (*shown, *earlier)]
    if view.stacked and len(shown) > 1:
        rows.append(series.total(shown, "total").values)
    numbers = np.concatenate(rows) if rows else np.empty(0)
    numbers = numbers[~np.isnan(numbers)]
    if not numbers.size:
        return (1.0, 10.0) if view.log else (0.0, 0.0)
    return float(numbers.min()), float(numbers.max())


def _positive(values: Floats) -> Floats:
    """What a logarithmic axis can show."""
    return np.where(values > 0, values, np.nan)


def _notes(
    caps: Caps,
    view: Lines,
    shown: Sequence[Series],
    rest: Sequence[Series],
    earlier: Sequence[tuple[int, Series]],
    context: DrawContext,
) -> tuple[str, ...]:
    notes = []
    if rest and view.stacked:
        notes.append(f"{view.top} of {view.top + len(rest)} shown, the others summed as “other”")
    elif rest:
        notes.append(f"The {view.top} largest of {view.top + len(rest)} shown")
    notes.extend(_capped(caps, shown))
    for query in sorted({each.query for each in shown}):
        notes.extend(note for note in caps.notes(view.thresholds, caps.panel.unit, query) if note not in notes)
    if earlier:
        notes.append(f"Dotted: {context.compare_label or 'the period before'}")
    return tuple(notes)


def _capped(caps: Caps, shown: Sequence[Series]) -> Iterator[str]:
    """Names of the series that reach their largest bucket, by where it ends."""
    unit = caps.panel.unit
    ends: dict[float, list[str]] = {}
    for each in shown:
        end = caps.of(unit, each.query, each.labels)
        if end is not None and histogram.is_capped(each.max, end):
            ends.setdefault(end, []).append(each.name)
    for end, names in ends.items():
        yield f"{', '.join(names)} at {units.write(end, unit)} means more: it is the largest bucket"


def _alt(caps: Caps, shown: Sequence[Series]) -> str:
    if not shown:
        return f"{caps.panel.title}: no data."
    parts = [f"{each.name} {legend.number(caps, each.now, each)}" for each in shown if not each.is_projection]
    return f"{caps.panel.title}, latest values: {', '.join(parts)}."


def _plain(name: str) -> str:
    """A name inside a hover template, whose fields begin with `%{`."""
    return as_text(name).replace("%{", "% {")
