"""From a board to a dashboard of Perses, and what became of each panel."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.filled_rows import COLUMNS
from app.grafana import boards
from app.grafana.boards import Export, positions
from app.grafana.importing.boards import PanelOutcome, Result
from app.grafana.links import uid
from app.grafana.model import GrafanaDashboard, GrafanaPanel, Json, Position, Target, Variable
from app.perses.plugins import OWN_RANGE, Part, parts
from panels.spec import Dashboard, Panel, Row, Text

ALL: Final = "$__all"
OWN_GROUP: Final = "Its copies are a group, one below another: Perses repeats groups and no single panels."
NESTED: Final = "One panel for all values: Perses repeats nothing inside a group that is repeated."
NOT_REPEATED: Final = "Not repeated: no query filters by the label, so that it is no variable."
_RANGE: Final = "from=$__from&to=$__to"  # in milliseconds


@dataclass(frozen=True)
class PersesDashboard:
    """A document of Perses' API and what became of the board's panels."""

    title: str
    document: Json
    outcomes: tuple[PanelOutcome, ...]


@dataclass(frozen=True)
class _Converted:
    """A panel of a board that Perses can draw: its parts side by side, none for the heading of a group.

    `repeat` is the variable that it, or the group below it, is repeated by; `reasons` are what is different about that.
    """

    panel: Panel
    description: str
    interval: str
    parts: tuple[Part, ...]
    repeat: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Group:
    """Panels on a grid of their own, below a title or none; `repeat` is the variable that it is repeated by."""

    title: str
    repeat: str
    entries: tuple[_Converted, ...]


def dashboard(board: Dashboard, exported: Collection[Dashboard], export: Export, project: str) -> PersesDashboard:
    """The board in a project of Perses, reduced to what can be drawn there; `exported` are the targets of links."""
    model = boards.dashboard(board, exported, export)
    reduced = export.panels(board)
    names = [variable.name for variable in model.variables]
    plain = [_converted(panel, drawn) for panel, drawn in zip(reduced, model.panels, strict=True)]
    converted = list(_repeated(plain, names))
    drawable = [entry for entry in converted if entry is not None]
    outcomes = tuple(_outcome(panel, entry) for panel, entry in zip(reduced, converted, strict=True))
    document = {
        "kind": "Dashboard",
        "metadata": {"name": uid(export.prefix, board.id), "project": project},
        "spec": _spec(model, drawable, board, exported, project),
    }
    return PersesDashboard(model.title, document, outcomes)


def _converted(panel: Panel, drawn: GrafanaPanel) -> _Converted | None:
    panel = replace(panel, title=drawn.title)  # with variables in place of labels
    if isinstance(panel.view, Row):
        return _Converted(panel, "", "", ())
    if isinstance(panel.view, Text):
        return _Converted(panel, panel.description, "", (Part("Markdown", {"text": panel.view.markdown}, ()),))
    if drawn.query_options.since:
        return None
    targets = {target.ref: target for target in drawn.targets}
    return _Converted(panel, drawn.description, drawn.query_options.interval, parts(panel, panel.view, targets))


def _repeated(entries: Sequence[_Converted | None], variables: Collection[str]) -> Iterator[_Converted | None]:
    """The panels with the variables that Perses repeats them by, and why it does not."""
    row = ""
    for entry in entries:
        label = entry.panel.repeat if entry else ""
        if entry and not entry.parts:
            row = label if label in variables else ""
            yield replace(entry, repeat=row, reasons=(NOT_REPEATED,) if label and not row else ())
        elif entry and label and label != row:
            is_repeated = label in variables and not row
            reason = OWN_GROUP if is_repeated else NESTED if row else NOT_REPEATED
            yield replace(entry, repeat=label if is_repeated else "", reasons=(reason,))
        else:
            yield entry


def _outcome(panel: Panel, entry: _Converted | None) -> PanelOutcome:
    has_metrics = bool(panel.queries)
    if entry is None:
        return PanelOutcome(panel.title, "", Result.LOST, (OWN_RANGE,), has_metrics)
    of_parts = (reason for part in entry.parts for reason in part.reasons)
    reasons = tuple(dict.fromkeys((*of_parts, *entry.reasons)))
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
        "layouts": [_layout(group) for group in _groups(drawable)],
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


def _groups(drawable: Sequence[_Converted]) -> Iterator[_Group]:
    """The panels below each heading; those before the first one have none. A repeated panel is a group of its own."""
    group = _Group("", "", ())
    for entry in drawable:
        begins = not entry.parts or (entry.repeat and not group.repeat)
        if begins and group.entries:
            yield group
        if not entry.parts:
            group = _Group(entry.panel.title, entry.repeat, ())
        elif begins:
            title = "" if group.entries else group.title
            yield _Group(title, entry.repeat, (replace(entry, panel=replace(entry.panel, span=COLUMNS)),))
            group = _Group("", "", ())
        else:
            group = replace(group, entries=(*group.entries, entry))
    if group.entries:
        yield group


def _layout(group: _Group) -> Json:
    places = positions([entry.panel for entry in group.entries])
    items = [
        {
            "x": position.x,
            "y": position.y,
            "width": position.width,
            "height": position.height,
            "content": {"$ref": f"#/spec/panels/{key}"},
        }
        for entry, place in zip(group.entries, places, strict=True)
        for (key, _), position in zip(_keyed(entry), _side_by_side(place, len(entry.parts)), strict=True)
    ]
    display = {"display": {"title": group.title, "collapse": {"open": True}}} if group.title else {}
    repeat = {"repeatVariable": group.repeat} if group.repeat else {}
    return {"kind": "Grid", "spec": {**display, "items": items, **repeat}}


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
