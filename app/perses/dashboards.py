"""From a board to a dashboard of Perses, and what became of each panel."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.grafana import boards
from app.grafana.boards import Export, positions
from app.grafana.importing.boards import PanelOutcome, Result
from app.grafana.links import uid
from app.grafana.model import GrafanaDashboard, GrafanaPanel, Json, Position, Target, Variable
from app.perses.plugins import OWN_RANGE, Part, parts
from panels.spec import Dashboard, Panel, Row, Text

ALL: Final = "$__all"
_RANGE: Final = "from=$__from&to=$__to"  # in milliseconds


@dataclass(frozen=True)
class PersesDashboard:
    """A document of Perses' API and what became of the board's panels."""

    title: str
    document: Json
    outcomes: tuple[PanelOutcome, ...]


@dataclass(frozen=True)
class _Converted:
    """A panel of a board that Perses can draw: its parts side by side, none for the heading of a group."""

    panel: Panel
    description: str
    interval: str
    parts: tuple[Part, ...]


def dashboard(board: Dashboard, exported: Collection[Dashboard], export: Export, project: str) -> PersesDashboard:
    """The board in a project of Perses, reduced to what can be drawn there; `exported` are the targets of links."""
    model = boards.dashboard(board, exported, export)
    reduced = export.panels(board)
    converted = [_converted(panel, drawn) for panel, drawn in zip(reduced, model.panels, strict=True)]
    drawable = [entry for entry in converted if entry is not None]
    outcomes = tuple(_outcome(panel, entry) for panel, entry in zip(reduced, converted, strict=True))
    document = {
        "kind": "Dashboard",
        "metadata": {"name": uid(export.prefix, board.id), "project": project},
        "spec": _spec(model, drawable, board, exported, project),
    }
    return PersesDashboard(model.title, document, outcomes)


def _converted(panel: Panel, drawn: GrafanaPanel) -> _Converted | None:
    if isinstance(panel.view, Row):
        return _Converted(panel, "", "", ())
    if isinstance(panel.view, Text):
        return _Converted(panel, panel.description, "", (Part("Markdown", {"text": panel.view.markdown}, ()),))
    if drawn.query_options.since:
        return None
    targets = {target.ref: target for target in drawn.targets}
    return _Converted(panel, drawn.description, drawn.query_options.interval, parts(panel, panel.view, targets))


def _outcome(panel: Panel, entry: _Converted | None) -> PanelOutcome:
    has_metrics = bool(panel.queries)
    if entry is None:
        return PanelOutcome(panel.title, "", Result.LOST, (OWN_RANGE,), has_metrics)
    reasons = tuple(dict.fromkeys(reason for part in entry.parts for reason in part.reasons))
    plugin = entry.parts[0].plugin if entry.parts else ""
    return PanelOutcome(panel.title, plugin, Result.CHANGED if reasons else Result.KEPT, reasons, has_metrics)


def _spec(
    model: GrafanaDashboard,
    drawable: Sequence[_Converted],
    board: Dashboard,
    exported: Collection[Dashboard],
    project: str,
) -> Json:
    panels = {key: _panel(entry, part) for entry in drawable for key, part in _keyed(entry)}
    return {
        "display": {"name": model.title, "description": model.description},
        "duration": board.range.removeprefix("now-"),
        "refreshInterval": model.refresh,
        "variables": [_variable(variable) for variable in model.variables],
        "panels": panels,
        "layouts": [_layout(heading, group) for heading, group in _groups(drawable)],
        "links": list(_links(model, board, exported, project)),
    }


def _keyed(entry: _Converted) -> Iterator[tuple[str, Part]]:
    """The parts of a panel with the names that a layout refers to them by."""
    name = re.sub(r"\W", "_", entry.panel.id)
    for number, part in enumerate(entry.parts, 1):
        yield (name if len(entry.parts) == 1 else f"{name}_{number}"), part


def _panel(entry: _Converted, part: Part) -> Json:
    spec: dict[str, object] = {
        "display": {"name": part.title or entry.panel.title, "description": entry.description},
        "plugin": {"kind": part.plugin, "spec": part.spec},
    }
    if part.targets:
        spec["queries"] = [_query(target, entry.interval) for target in part.targets]
    return {"kind": "Panel", "spec": spec}


def _query(target: Target, interval: str) -> Json:
    spec = {"query": target.expr, "seriesNameFormat": target.legend, "minStep": interval}
    return {"kind": "TimeSeriesQuery", "spec": {"plugin": {"kind": "PrometheusTimeSeriesQuery", "spec": spec}}}


def _variable(of: Variable) -> Json:
    choice: dict[str, object] = {"allowAllValue": False, "allowMultiple": False}
    if not of.is_single:
        choice = {"allowAllValue": True, "allowMultiple": True, "customAllValue": ".*", "defaultValue": ALL}
    return {
        "kind": "ListVariable",
        "spec": {"name": of.name, "display": {"name": of.label}, **choice, "plugin": _values(of)},
    }


def _values(of: Variable) -> Json:
    if of.expression:
        return {"kind": "PrometheusPromQLVariable", "spec": {"expr": of.expression, "labelName": of.name}}
    return {
        "kind": "PrometheusLabelValuesVariable",
        "spec": {"labelName": of.name, "matchers": [of.selector]},
    }


def _groups(drawable: Sequence[_Converted]) -> Iterator[tuple[str, Sequence[_Converted]]]:
    """The panels below each heading, with the heading's title; those before the first one have none."""
    heading: str = ""
    group: list[_Converted] = []
    for entry in drawable:
        if entry.parts:
            group.append(entry)
            continue
        if group:
            yield heading, group
        heading, group = entry.panel.title, []
    if group:
        yield heading, group


def _layout(heading: str, group: Sequence[_Converted]) -> Json:
    places = positions([entry.panel for entry in group])
    items = [
        {
            "x": position.x,
            "y": position.y,
            "width": position.width,
            "height": position.height,
            "content": {"$ref": f"#/spec/panels/{key}"},
        }
        for entry, place in zip(group, places, strict=True)
        for (key, _), position in zip(_keyed(entry), _side_by_side(place, len(entry.parts)), strict=True)
    ]
    display = {"display": {"title": heading, "collapse": {"open": True}}} if heading else {}
    return {"kind": "Grid", "spec": {**display, "items": items}}


def _side_by_side(place: Position, count: int) -> Iterator[Position]:
    """Equal parts of a place; the first one has what cannot be divided."""
    width = place.width // count
    first = place.width - width * (count - 1)
    yield replace(place, width=first)
    for number in range(count - 1):
        yield replace(place, x=place.x + first + number * width, width=width)


def _links(model: GrafanaDashboard, board: Dashboard, exported: Collection[Dashboard], project: str) -> Iterator[Json]:
    yield {
        "name": "Open in CodeAgent Dashboards",
        "url": f"{model.app_url}{board.path}?{_RANGE}",
        "renderVariables": True,
        "targetBlank": True,
    }
    prefix = model.uid.removesuffix(board.id)
    for other in exported:
        if other.id != board.id:
            yield {"name": other.title, "url": f"/projects/{project}/dashboards/{prefix}{other.id}"}
