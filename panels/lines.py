"""Values over time: lines, one lightly filled line, or stacked areas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from panels import axis as axes
from panels import colours, expected, histogram, legend, limits, links, series, units
from panels.axis import Axis
from panels.figure import as_text, base, set_axis, time_fields, wire
from panels.histogram import Caps
from panels.limits import Limit
from panels.series import Series
from panels.spec import DrawContext, Drawing, Frames, Lines, Panel, Thresholds
from panels.status import Rating, worst_rating
from queries.metrics.frame import Floats

LINE_WIDTH: Final = 1.5
# A ceiling is the top of the axis while the data reach this share of it; else they have this much room above them.
_CEILING_SHARE: Final = 1 / 3
_ROOM: Final = 1.5


def draw(panel: Panel, frames: Frames, context: DrawContext) -> Drawing:
    """Lines of every series, at most `view.top` of them, with thresholds and the comparison period."""
    view = panel.view
    assert isinstance(view, Lines)
    every = series.collect(panel, frames)
    largest, rest = series.largest(every, view.top)
    largest = series.assign_colours(panel, largest)
    entries = (*largest, series.total(rest, "other")) if rest and view.stacked else largest
    earlier = _earlier(panel, context, entries)
    caps = Caps(panel, context.bounds)
    band = expected.band(panel, context.earlier_days)
    axis = _axis(panel, view, entries, [line for _, line in (*earlier, *(band.sides() if band else ()))])
    layout = base(panel, context.window)
    layout["xaxis"]["range"][1] = max(
        layout["xaxis"]["range"][1], *(int(entry.times[-1]) * 1000 for entry in entries), 0
    )
    set_axis(layout, axis)
    if view.log:
        layout["yaxis"]["type"] = "log"
    limits.draw(layout, _limits(panel, view, entries), axis, panel.unit)
    before = [_earlier_trace(panel, context, of, line) for of, line in earlier]
    # Behind the current lines, but in front of a stack, which would hide it.
    stack = view.stacked
    traces = (
        [*_stack(panel, view, context, entries), *before]
        if stack
        else [*before, *_lines(panel, view, context, entries)]
    )
    traces = [*expected.traces(band), *traces] if band else traces
    rating = worst_rating(
        Rating(
            caps.status(view.thresholds, entry.now, panel.unit, entry.query, entry.labels),
            f"{entry.name} {legend.number(caps, entry.now, entry)}",
        )
        for entry in entries
        if view.thresholds != Thresholds() and not math.isnan(entry.now)
    )
    return Drawing(
        {"data": traces, "layout": layout},
        legend=legend.table(panel, entries, caps, context.window),
        alt=_alt(caps, entries),
        status=rating.status,
        reason=rating.text,
        notes=(*_notes(caps, view, entries, rest, earlier, context), *(expected.notes(band, every) if band else ())),
    )


def _lines(panel: Panel, view: Lines, context: DrawContext, entries: Sequence[Series]) -> list[dict[str, Any]]:
    """A line for each series, lightly filled if it is the only one, and dots for isolated samples."""
    traces = []
    for number, entry in enumerate(entries):
        trace = _trace(panel, view, context, number, entry)
        # Plotly fills across gaps, so a line with gaps stays unfilled.
        if len(entries) == 1 and not view.log and len(parts([entry])) == 1:
            trace |= {"fill": "tozeroy", "fillcolor": colours.fade(entry.colour, 0.1)}
        traces.append(trace)
        if dots := _lonely(entry):
            traces.append(dots | {"meta": {"series": number, "labels": dict(entry.labels)}})
    return traces


def _stack(panel: Panel, view: Lines, context: DrawContext, entries: Sequence[Series]) -> list[dict[str, Any]]:
    """Stacked areas. Plotly draws zero where a stack has no sample, so each part between gaps is a separate stack."""
    traces = []
    for part, (first, last) in enumerate(parts(entries)):
        ordered = _failures_first(entries)
        for number, entry in ordered:
            has_edge = entry is ordered[-1][1] and colours.is_success(entry.colour)
            piece = replace(entry, times=entry.times[first:last], values=entry.values[first:last])
            trace = _trace(panel, view, context, number, piece)
            trace |= {"stackgroup": f"part-{part}", "fillcolor": colours.stack_fill(entry.colour)}
            trace["line"] = {"color": entry.colour, "width": int(has_edge)}
            traces.append(trace)
    dots = _lonely(series.total(entries, "total")) if entries else {}
    return [*traces, dots | {"meta": {"series": -1}}] if dots else traces


def _failures_first(entries: Sequence[Series]) -> list[tuple[int, Series]]:
    """Series with their numbers; failures stand on the axis, where their height can be read."""
    return sorted(enumerate(entries), key=lambda numbered: not colours.is_failure(numbered[1].colour))


def parts(entries: Sequence[Series]) -> list[tuple[int, int]]:
    """First and one past the last index of each section in which a series has samples."""
    same_axis = [entry.values for entry in entries if entry.values.size == entries[0].values.size]
    if not same_axis:
        return []
    here = ~np.isnan(np.vstack(same_axis)).all(axis=0)
    edges = np.flatnonzero(np.diff(here.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _links(panel: Panel, entry: Series, context: DrawContext) -> dict[str, Any]:
    targets = links.of_series(panel, entry.labels, entry.name, context.window)
    return {"links": [[target.title, target.url] for target in targets]} if targets else {}


def _trace(panel: Panel, view: Lines, context: DrawContext, number: int, entry: Series) -> dict[str, Any]:
    is_dashed = entry.is_projection or series.query_of(panel, entry.query).is_limit
    return {
        "type": "scatter",
        "mode": "lines",
        "name": entry.name,
        **time_fields(entry.times, context.window),
        "y": wire(_positive(entry.values) if view.log else entry.values),
        "line": {"color": entry.colour, "width": LINE_WIDTH, **({"dash": "dash"} if is_dashed else {})},
        "connectgaps": False,
        "hovertemplate": f"{_plain(entry.name)}: %{{y:.4~g}}<extra></extra>",
        "meta": {
            "labels": dict(entry.labels),
            "name": entry.name,
            **_links(panel, entry, context),
            "unit": panel.unit,
            "series": number,
            "axis": _axis(panel, view, [entry]).layout(),
        },
    }


def _lonely(entry: Series) -> dict[str, Any]:
    """Dots for samples without a neighbour, because a line needs two points; {} if there are none."""
    here = ~np.isnan(entry.values)
    before, after = np.roll(here, 1), np.roll(here, -1)
    before[0] = after[-1] = False
    alone = np.flatnonzero(here & ~before & ~after)
    if not alone.size:
        return {}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": entry.times[alone] * 1000,
        "y": wire(entry.values[alone]),
        "marker": {"size": 4, "color": entry.colour},
        "hoverinfo": "skip",
    }


def _earlier(panel: Panel, context: DrawContext, entries: Sequence[Series]) -> list[tuple[int, Series]]:
    """The series of the comparison period, each with the number of its current series; -1 for a stack's sum."""
    earlier = series.collect(panel, context.compare)
    if not earlier or not isinstance(panel.view, Lines):
        return []
    if panel.view.stacked:
        same_axis = [entry for entry in earlier if entry.times.size == earlier[0].times.size]
        return [(-1, replace(series.total(same_axis, "total"), colour="var(--text)"))]
    numbers = {(entry.query, entry.name): number for number, entry in enumerate(entries)}
    pairs = ((numbers.get((entry.query, entry.name)), entry) for entry in earlier)
    return [(number, replace(entry, colour=entries[number].colour)) for number, entry in pairs if number is not None]


def _earlier_trace(panel: Panel, context: DrawContext, of: int, entry: Series) -> dict[str, Any]:
    log = isinstance(panel.view, Lines) and panel.view.log
    name = f"{entry.name}, {context.compare_label or 'before'}"
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        **time_fields(entry.times, context.window),
        "y": wire(_positive(entry.values) if log else entry.values),
        "connectgaps": False,
        "line": {"color": colours.fade(entry.colour, 0.55), "width": 1, "dash": "dot"},
        "hovertemplate": f"{_plain(name)}: %{{y:.4~g}}<extra></extra>",
        "meta": {"labels": dict(entry.labels), "name": name, "unit": panel.unit, "compareOf": of},
    }


def _axis(panel: Panel, view: Lines, entries: Sequence[Series], earlier: Sequence[Series] = ()) -> Axis:
    """The axis for these series, the comparison period, nearby limits, the floor and a ceiling that is not far."""
    own = [entry for entry in entries if not series.query_of(panel, entry.query).is_limit]
    low, high = _extent(view, own or entries, earlier)
    if view.log:
        return axes.logarithmic(low / 1.15, high * 1.15, panel.unit)
    low = low if view.floor is None else min(view.floor, low)
    top = axes.headroom(low, max([high, *limits.near(_limits(panel, view, entries), low, high)]))
    if view.ceiling is not None and high <= view.ceiling:
        is_reached = high <= low or high >= _CEILING_SHARE * view.ceiling
        top = view.ceiling * 1.02 if is_reached else max(top, low + _ROOM * (high - low))
    return axes.linear(low, top, panel.unit)


def _limits(panel: Panel, view: Lines, entries: Sequence[Series]) -> tuple[Limit, ...]:
    """The thresholds, and the limits that are series."""
    of_series = [
        Limit(entry.max, entry.colour, has_line=False)
        for entry in entries
        if series.query_of(panel, entry.query).is_limit
    ]
    return (*limits.of_thresholds(view.thresholds), *of_series)


def _extent(view: Lines, entries: Sequence[Series], earlier: Sequence[Series]) -> tuple[float, float]:
    """The smallest and the largest number to show; for a stack, of the sum."""
    rows = [_positive(entry.values) if view.log else entry.values for entry in (*entries, *earlier)]
    if view.stacked and len(entries) > 1:
        rows.append(series.total(entries, "total").values)
    numbers = np.concatenate(rows) if rows else np.empty(0)
    numbers = numbers[~np.isnan(numbers)]
    if not numbers.size:
        return (1.0, 10.0) if view.log else (0.0, 0.0)
    return float(numbers.min()), float(numbers.max())


def _positive(values: Floats) -> Floats:
    """The values that a logarithmic axis can show; NaN for the others."""
    return np.where(values > 0, values, np.nan)


def _notes(
    caps: Caps,
    view: Lines,
    entries: Sequence[Series],
    rest: Sequence[Series],
    earlier: Sequence[tuple[int, Series]],
    context: DrawContext,
) -> tuple[str, ...]:
    notes = []
    if rest and view.stacked:
        notes.append(f"Showing {view.top} of {view.top + len(rest)}; the others are summed as “other”")
    elif rest:
        notes.append(f"Showing the {view.top} largest of {view.top + len(rest)}")
    notes.extend(_capped_notes(caps, entries))
    for query in sorted({entry.query for entry in entries}):
        notes.extend(note for note in caps.notes(view.thresholds, caps.panel.unit, query) if note not in notes)
    if earlier:
        notes.append(f"Dotted: {context.compare_label or 'previous period'}")
    return tuple(notes)


def _capped_notes(caps: Caps, entries: Sequence[Series]) -> Iterator[str]:
    """Notes with the names of the series that reach their largest bucket, by its bound."""
    unit = caps.panel.unit
    ends: dict[float, list[str]] = {}
    for entry in entries:
        end = caps.of(unit, entry.query, entry.labels)
        if end is not None and histogram.is_capped(entry.max, end):
            ends.setdefault(end, []).append(entry.name)
    for end, names in ends.items():
        yield f"{', '.join(names)} at {units.write(end, unit)} can be higher: this is the largest bucket"


def _alt(caps: Caps, entries: Sequence[Series]) -> str:
    if not entries:
        return f"{caps.panel.title}: no data."
    parts = [f"{entry.name} {legend.number(caps, entry.now, entry)}" for entry in entries if not entry.is_projection]
    return f"{caps.panel.title}, latest values: {', '.join(parts)}."


def _plain(name: str) -> str:
    """A name inside a hover template, whose fields begin with `%{`."""
    return as_text(name).replace("%{", "% {")
