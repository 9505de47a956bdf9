"""Which plugin of Grafana draws a view, and with which options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from string import ascii_uppercase
from typing import Final

from app.grafana import derived, fields, tables
from app.grafana.model import ROW, Json, Override, Target, Transformation, Visualization
from app.grafana.options import LEGEND, NO_LEGEND, TOOLTIP, reduce
from app.grafana.units import AXIS_LABELS, GRAFANA_UNITS
from panels.spec import (
    Bars,
    BucketHeatmap,
    Cards,
    Cells,
    DataView,
    LabelHeatmap,
    Lines,
    Panel,
    Pie,
    Row,
    Table,
    Text,
    Tile,
    Timeline,
    Unit,
)

_FIELD: Final = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
Targets = Sequence[Target | None]  # None where the deployment cannot answer the query


def visualization(panel: Panel, targets: Targets, coverage: Target | None = None) -> Visualization:
    """The plugin for a panel, by the kind of its view; `coverage` is the query for the share of priced tokens."""
    if isinstance(panel.view, Text | Row):
        return _text(panel.view.markdown) if isinstance(panel.view, Text) else Visualization(ROW, {}, {})
    drawn = _of_kind(panel, panel.view, targets, coverage)
    if coverage is None or isinstance(panel.view, Table):
        return drawn
    return replace(drawn, overrides=(*drawn.overrides, _coverage(panel, coverage)))


def _coverage(panel: Panel, target: Target) -> Override:
    """A percentage beside dollars: a second number of a tile, an entry in the legend of a chart."""
    properties: dict[str, object] = {**fields.unit(Unit.PERCENT), "displayName": derived.COVERAGE}
    if isinstance(panel.view, Lines):
        properties |= {
            "custom.hideFrom": {"viz": True, "legend": False, "tooltip": False},
            "custom.axisPlacement": "hidden",
            "custom.stacking": {"mode": "none", "group": "A"},
        }
    return Override("byFrameRefID", target.ref, properties)


def _of_kind(panel: Panel, view: DataView, targets: Targets, coverage: Target | None) -> Visualization:
    match view:
        case Lines():
            return _lines(panel, view)
        case Tile():
            return _tile(panel, view)
        case Bars() | Pie():
            return _pie(panel) if isinstance(view, Pie) else _bars(panel, view)
        case LabelHeatmap():
            return _heatmap(panel, None, is_log=view.log)
        case BucketHeatmap():
            return _heatmap(panel, view.bound_unit, is_log=False)
        case Timeline():
            return _timeline(panel, view)
        case Cells():
            return _cells(view, targets)
        case Table():
            return tables.table(panel, view, targets, coverage)
        case Cards():
            return tables.cards(panel, view, targets)


def _lines(panel: Panel, view: Lines) -> Visualization:
    defaults: dict[str, object] = {
        **fields.unit(panel.unit),
        **fields.BY_SERIES,
        **fields.steps(view.thresholds),
        "custom": _graph(panel, view),
    }
    if view.ceiling is not None:
        defaults["max"] = view.ceiling
    legend = {**LEGEND, "calcs": ["lastNotNull"]} if derived.is_cost(panel) else LEGEND
    return Visualization(
        "timeseries",
        {"legend": legend, "tooltip": TOOLTIP},
        defaults,
        (*fields.class_colours([query.legend for query in panel.queries]), *_query_colours(panel)),
        _cumulative(panel),
    )


def _text(markdown: str) -> Visualization:
    code = {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False}
    return Visualization("text", {"mode": "markdown", "content": markdown, "code": code}, {})


def _cumulative(panel: Panel) -> tuple[Transformation, ...]:
    """The running sum of each query, where a panel is one."""
    if not derived.is_cumulative(panel):
        return ()
    names = zip(ascii_uppercase, derived.CUMULATIVE[: len(panel.queries)], strict=False)
    return tuple(Transformation("calculateField", _running_sum(name), ref) for ref, name in names)


def _running_sum(name: str) -> Json:
    return {
        "mode": "cumulativeFunctions",
        "cumulative": {"field": name, "reducer": "sum"},
        "alias": name,
        "replaceFields": True,
    }


def _graph(panel: Panel, view: Lines) -> Json:
    graph: dict[str, object] = {
        "drawStyle": "line",
        "lineWidth": 1,
        "showPoints": "auto",
        "spanNulls": False,
        "fillOpacity": 40 if view.stacked else 0,
        "stacking": {"mode": "normal" if view.stacked else "none", "group": "A"},
        "scaleDistribution": {"type": "log", "log": 10} if view.log else {"type": "linear"},
        "thresholdsStyle": {"mode": "dashed" if fields.has_limits(view.thresholds) else "off"},
        "axisLabel": AXIS_LABELS.get(panel.unit, ""),
    }
    if view.floor is not None and not view.log:
        graph["axisSoftMin"] = view.floor
    return graph


def _query_colours(panel: Panel) -> tuple[Override, ...]:
    return tuple(
        Override("byName", query.legend, fields.fixed_colour(fields.TOKEN_COLOURS[query.colour]))
        for query in panel.queries
        if query.colour
    )


def _tile(panel: Panel, view: Tile) -> Visualization:
    has_limits = fields.has_limits(view.thresholds)
    colour = fields.BY_THRESHOLDS if has_limits else fields.fixed_colour("blue")
    defaults: dict[str, object] = {**fields.unit(panel.unit), **colour, **fields.steps(view.thresholds)}
    reduction = reduce("sum" if derived.is_cumulative(panel) else "lastNotNull")
    if view.gauge is None:
        return Visualization("stat", _stat("area", "value", reduction), defaults)
    defaults |= {"min": view.gauge[0], "max": view.gauge[1]}
    options: Json = {
        "reduceOptions": reduction,
        "orientation": "auto",
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
        "sizing": "auto",
        "minVizWidth": 75,
        "minVizHeight": 75,
    }
    return Visualization("gauge", options, defaults)


def _stat(graph: str, colour: str, reduction: Json) -> Json:
    return {
        "graphMode": graph,
        "colorMode": colour,
        "justifyMode": "auto",
        "textMode": "auto",
        "wideLayout": True,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
        "reduceOptions": reduction,
        "orientation": "auto",
    }


def _bars(panel: Panel, view: Bars) -> Visualization:
    colour = fields.BY_THRESHOLDS if fields.has_limits(view.thresholds) else fields.fixed_colour("blue")
    options: Json = {
        "displayMode": "basic",
        "valueMode": "color",
        "namePlacement": "auto",
        "showUnfilled": True,
        "sizing": "auto",
        "minVizWidth": 8,
        "minVizHeight": 16,
        "maxVizHeight": 300,
        "legend": NO_LEGEND,
        "reduceOptions": reduce("lastNotNull"),
        "orientation": "horizontal",
    }
    defaults: Json = {**fields.unit(panel.unit), **colour, **fields.steps(view.thresholds), "min": 0}
    return Visualization("bargauge", options, defaults, fields.class_colours([query.legend for query in panel.queries]))


def _pie(panel: Panel) -> Visualization:
    legend = {"showLegend": True, "displayMode": "table", "placement": "right", "values": ["value", "percent"]}
    look: Json = {"pieType": "donut", "displayLabels": [], "legend": legend}
    options: Json = {**look, "reduceOptions": reduce("lastNotNull"), "tooltip": TOOLTIP}
    defaults: Json = {**fields.unit(panel.unit), **fields.BY_SERIES}
    return Visualization("piechart", options, defaults, fields.class_colours([query.legend for query in panel.queries]))


def _heatmap(panel: Panel, bound_unit: Unit | None, is_log: bool) -> Visualization:
    """Rows of buckets by their bounds, or without `bound_unit` one row for each series."""
    axis: dict[str, object] = {"axisPlacement": "left"}
    if bound_unit is not None:
        axis["unit"] = GRAFANA_UNITS[bound_unit]
    options: Json = {
        "calculate": False,
        "color": {
            "mode": "scheme",
            "scheme": "Blues",
            "fill": "blue",
            "scale": "exponential",
            "reverse": False,
            "exponent": 0.2 if is_log else 0.5,
            "steps": 64,
        },
        "cellGap": 1,
        "cellValues": {"unit": GRAFANA_UNITS[panel.unit]},
        "showValue": "never",
        "yAxis": axis,
        "filterValues": {"le": 1e-9},
        "rowsFrame": {"layout": "auto"},
        "legend": {"show": True},
        "tooltip": {"mode": "single", "yHistogram": bound_unit is not None},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
    }
    return Visualization("heatmap", options, fields.unit(panel.unit))


def _timeline(panel: Panel, view: Timeline) -> Visualization:
    options: Json = {
        "showValue": "auto",
        "rowHeight": 0.9,
        "mergeValues": True,
        "alignValue": "left",
        "legend": NO_LEGEND,
        "tooltip": {"mode": "single", "sort": "none"},
    }
    has_scale = not view.values and not view.label
    colour = fields.BY_THRESHOLDS if has_scale or fields.has_limits(view.thresholds) else fields.BY_SERIES
    words = fields.words(view.thresholds, view.words) if has_scale else fields.value_words(view.values)
    unit = fields.unit(Unit.PERCENT if has_scale else panel.unit)
    custom = {"fillOpacity": 70, "lineWidth": 0}
    defaults: Json = {**unit, **colour, **fields.steps(view.thresholds), **words, "custom": custom}
    return Visualization("state-timeline", options, defaults, transformations=_states_of_label(panel, view))


def _states_of_label(panel: Panel, view: Timeline) -> tuple[Transformation, ...]:
    """A field for each row, named by the first label of its legend, whose values are those of the view's label."""
    if not view.label:
        return ()
    match = _FIELD.search(panel.queries[0].legend)
    matrix = {"columnField": match[1] if match else "instance", "rowField": "Time", "valueField": view.label}
    return (Transformation("groupingToMatrix", matrix),)


def _cells(view: Cells, targets: Targets) -> Visualization:
    overrides = []
    for group in view.groups:
        target = targets[group.query]
        if target is not None:
            words = fields.words(group.thresholds, group.words) if group.unit is None else {}
            properties = {**fields.unit(group.unit or Unit.COUNT), **fields.steps(group.thresholds), **words}
            overrides.append(Override("byFrameRefID", target.ref, properties))
    options = {**_stat("none", "background", reduce("lastNotNull")), "textMode": "value_and_name"}
    return Visualization("stat", options, fields.BY_THRESHOLDS, tuple(overrides))
