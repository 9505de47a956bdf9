"""Which plugin of Perses draws a view, and what is different there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Final

from app.grafana import derived, fields
from app.grafana.model import Json, Target
from app.perses.formats import axis_label, mappings, number_format, thresholds, token_colour, value_mappings
from panels.spec import (
    Bars,
    BucketHeatmap,
    Cards,
    Cells,
    Column,
    DataView,
    LabelHeatmap,
    Lines,
    Panel,
    Pie,
    Table,
    Tile,
    Timeline,
    Unit,
)

Targets = Mapping[str, Target]  # by their letter; those that the deployment cannot answer are missing
_QUANTILES: Final = (0.5, 0.95, 0.99)
_LEGEND: Final = {"position": "bottom", "mode": "list"}
_RADIUS: Final = 50  # percent of the panel
_STACK_OPACITY: Final = 0.4
AS_QUANTILES: Final = "Shown as p50, p95 and p99: Perses draws heatmaps of native histograms only."
AS_LINES: Final = "Shown as lines: Perses has no heatmap of several series."
LINEAR_AXIS: Final = "The axis is linear."
NOT_SUMMED: Final = "Shown for each step: Perses has no running sum."
WITHOUT_TRENDS: Final = "Columns with a sparkline are left out."
PLAIN_CELLS: Final = "Cells are not coloured by thresholds."
ROW_A_STATE: Final = "Each state of a series is a row: Perses has no states from labels."
OWN_RANGE: Final = "Its sum since midnight or the first of the month needs a time range of its own, which Perses lacks."


@dataclass(frozen=True)
class Part:
    """One panel of Perses: a plugin with its options and queries. `title` is empty for the only part of a panel."""

    plugin: str
    spec: Json
    targets: tuple[Target, ...]
    title: str = ""
    reasons: tuple[str, ...] = ()


def parts(panel: Panel, view: DataView, targets: Targets) -> tuple[Part, ...]:
    """The panels of Perses, side by side, that a panel becomes; with dollars, one is the share of priced tokens."""
    letters = {letter: target for letter, target in targets.items() if letter in ascii_uppercase}
    drawn = _of_kind(panel, view, letters)
    coverage = targets.get("Coverage")
    if coverage is None:
        return drawn
    spec = {"calculation": "last-number", "format": number_format(Unit.PERCENT)}
    titled = tuple(replace(part, title=part.title or panel.title) for part in drawn)
    return (*titled, Part("StatChart", spec, (coverage,), derived.COVERAGE.capitalize()))


def _of_kind(panel: Panel, view: DataView, targets: Targets) -> tuple[Part, ...]:
    match view:
        case Lines():
            return (_lines(panel, view, tuple(targets.values())),)
        case Tile():
            return (_tile(panel, view, tuple(targets.values())[:1]),)
        case Bars() | Pie():
            return (_ranked(panel, view, tuple(targets.values())),)
        case LabelHeatmap():
            lines = _lines(panel, Lines(log=view.log), tuple(targets.values()))
            return (replace(lines, reasons=(AS_LINES, *lines.reasons)),)
        case BucketHeatmap():
            return (_quantiles(view, next(iter(targets.values()))),)
        case Timeline():
            return (_timeline(view, tuple(targets.values())),)
        case Cells():
            return tuple(_cells(view, targets))
        case Table():
            sorting = (view.sort, "desc" if view.descending else "asc")
            return (_table(view.keys, view.columns, sorting, targets),)
        case Cards():
            return (_table((view.key,), view.fields, None, targets),)


def _lines(panel: Panel, view: Lines, targets: tuple[Target, ...]) -> Part:
    axis: dict[str, object] = {"format": number_format(panel.unit)}
    if label := axis_label(panel.unit):
        axis["label"] = label
    if view.floor is not None and not view.log:
        axis["min"] = view.floor
    if view.ceiling is not None:
        axis["max"] = view.ceiling
    stack = {"areaOpacity": _STACK_OPACITY, "stack": "all"} if view.stacked else {}
    spec: dict[str, object] = {
        "legend": _LEGEND,
        "yAxis": axis,
        "visual": {"lineWidth": 1, "connectNulls": False, **stack},
        **thresholds(view.thresholds),
        **_query_colours(panel, targets),
    }
    reasons = [LINEAR_AXIS] if view.log else []
    if derived.is_cumulative(panel):
        reasons.append(NOT_SUMMED)
    return Part("TimeSeriesChart", spec, targets, reasons=tuple(reasons))


def _query_colours(panel: Panel, targets: Sequence[Target]) -> Json:
    """The fixed colours of queries with one series."""
    colours = dict(zip(ascii_uppercase, (query.colour for query in panel.queries), strict=False))
    settings = [
        {"queryIndex": index, "colorMode": "fixed", "colorValue": token_colour(token)}
        for index, target in enumerate(targets)
        if (token := colours.get(target.ref))
    ]
    return {"querySettings": settings} if settings else {}


def _tile(panel: Panel, view: Tile, targets: tuple[Target, ...]) -> Part:
    calculation = "sum" if derived.is_cumulative(panel) else "last-number"
    spec = {"calculation": calculation, "format": number_format(panel.unit), **thresholds(view.thresholds)}
    if view.gauge is not None:
        return Part("GaugeChart", {**spec, "max": view.gauge[1]}, targets)
    return Part("StatChart", {**spec, "sparkline": {}}, targets)


def _ranked(panel: Panel, view: Bars | Pie, targets: tuple[Target, ...]) -> Part:
    """One value for each series, the largest first: bars, or the parts of a pie."""
    number = {"calculation": "last-number", "format": number_format(panel.unit)}
    spec: dict[str, object] = {**number, "sort": "desc", "mode": "value"}
    if isinstance(view, Bars):
        return Part("BarChart", spec, targets)
    legend = {**_LEGEND, "values": ["abs", "relative"]}
    return Part("PieChart", {**spec, "radius": _RADIUS, "legend": legend}, targets)


def _quantiles(view: BucketHeatmap, buckets: Target) -> Part:
    targets = tuple(
        replace(
            buckets,
            ref=letter,
            expr=f"histogram_quantile({quantile}, {buckets.expr})",
            legend=f"p{round(100 * quantile)}",
        )
        for letter, quantile in zip(ascii_uppercase, _QUANTILES, strict=False)
    )
    axis = {"format": number_format(view.bound_unit), "min": 0}
    spec = {"legend": _LEGEND, "yAxis": axis, "visual": {"lineWidth": 1, "connectNulls": False}}
    return Part("TimeSeriesChart", spec, targets, reasons=(AS_QUANTILES,))


def _timeline(view: Timeline, targets: tuple[Target, ...]) -> Part:
    words = value_mappings(view.values) if view.values else mappings(view.thresholds, view.words)
    reasons = (ROW_A_STATE,) if view.label else ()
    return Part("StatusHistoryChart", {"legend": _LEGEND, **words}, targets, reasons=reasons)


def _cells(view: Cells, targets: Targets) -> list[Part]:
    """One panel for each group, since each has thresholds of its own."""
    return [
        Part(
            "StatChart",
            {
                "calculation": "last-number",
                "format": number_format(group.unit or Unit.COUNT),
                **thresholds(group.thresholds),
                **(mappings(group.thresholds, group.words) if group.unit is None else {}),
            },
            (target,),
            group.title,
        )
        for group in view.groups
        if (target := targets.get(ascii_uppercase[group.query]))
    ]


def _table(keys: Sequence[str], columns: Sequence[Column], sorting: tuple[int, str] | None, targets: Targets) -> Part:
    """One row for each combination of the keys. Perses numbers the values of several queries from 1 on."""
    plain = [column for column in columns if not column.spark and ascii_uppercase[column.query] in targets]
    letters = sorted({ascii_uppercase[column.query] for column in plain})
    settings: list[Json] = [{"name": "timestamp", "hide": True}, *({"name": key} for key in keys)]
    for column in plain:
        number = letters.index(ascii_uppercase[column.query]) + 1
        is_sorted = sorting is not None and columns[sorting[0]] is column
        settings.append(
            {
                "name": f"value #{number}" if len(letters) > 1 else "value",
                "header": column.title,
                "format": number_format(Unit.PERCENT if column.share else column.unit),
                "align": "right",
                "enableSorting": True,
                **({"sort": sorting[1]} if sorting and is_sorted else {}),
            }
        )
    spec = {
        "density": "compact",
        "pagination": True,
        "columnSettings": settings,
        "transforms": [{"kind": "MergeSeries", "spec": {}}] if len(letters) > 1 else [],
    }
    reasons = [WITHOUT_TRENDS] if any(column.spark for column in columns) else []
    if any(fields.has_limits(column.thresholds) for column in plain):
        reasons.append(PLAIN_CELLS)
    return Part("Table", spec, tuple(targets[letter] for letter in letters), reasons=tuple(reasons))
