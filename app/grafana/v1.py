"""Grafana's schema v1: one object with panels, templating, annotations and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from app.grafana.definition import VARIABLE
from app.grafana.model import (
    DATA_SOURCE,
    ROW,
    GrafanaDashboard,
    GrafanaPanel,
    Json,
    Link,
    Override,
    Position,
    Target,
    Transformation,
    Variable,
)

APP: Final = "app"
SCHEMA_VERSION: Final = 42
PROMETHEUS: Final[Json] = {"type": "prometheus", "uid": DATA_SOURCE}
ALERTS: Final = 'ALERTS{alertstate="firing"}'
ALL: Final[Json] = {"text": ["All"], "value": ["$__all"]}
_VALUES_QUERY: Final = {"label_values": 1, "query_result": 3}  # as Grafana numbers its types of queries


def document(of: GrafanaDashboard) -> Json:
    """The dashboard as JSON for a provisioned folder or an import."""
    return {
        "uid": of.uid,
        "title": of.title,
        "description": of.description,
        "tags": list(of.tags),
        "timezone": "browser",
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": of.since, "to": "now"},
        "refresh": of.refresh,
        "schemaVersion": SCHEMA_VERSION,
        "links": [dashboard_link(link) for link in of.links],
        "annotations": {"list": list(_annotations())},
        "templating": {"list": [_data_source(), *_constants(of), *map(_variable, of.variables)]},
        "panels": [_panel(panel) for panel in of.panels],
    }


def values_query(of: Variable) -> Json:
    """The query of a variable, as Prometheus' plugin reads it."""
    function = of.query.partition("(")[0]
    return {
        "qryType": _VALUES_QUERY[function],
        "query": of.query,
        "refId": "PrometheusVariableQueryEditor-VariableQuery",
    }


def field_config(defaults: Json, overrides: tuple[Override, ...]) -> Json:
    """Properties of all fields and of some, the same in both schemas."""
    return {"defaults": {"custom": {}, **defaults}, "overrides": [_override(override) for override in overrides]}


def data_link(link: Link) -> Json:
    """A link with every field that the schema requires."""
    return {
        "title": link.title,
        "url": link.url,
        "type": "link",
        "icon": "external link",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "targetBlank": False,
        "includeVars": False,
        "keepTime": False,
    }


def dashboard_link(link: Link) -> Json:
    """A link above the dashboard; inside Grafana it keeps variables and the time range."""
    is_internal = link.url.startswith("/d/")
    icon = "dashboard" if is_internal else "external link"
    return {**data_link(link), "icon": icon, "includeVars": is_internal, "keepTime": is_internal}


def _override(override: Override) -> Json:
    properties = [{"id": name, "value": value} for name, value in override.properties.items()]
    return {"matcher": {"id": override.matcher, "options": override.argument}, "properties": properties}


def _annotations() -> Iterator[Json]:
    yield {
        "name": "Annotations & Alerts",
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
        "type": "dashboard",
    }
    yield {
        "name": "Firing alerts",
        "datasource": PROMETHEUS,
        "enable": True,
        "iconColor": "red",
        "expr": ALERTS,
        "step": "60s",
        "titleFormat": "{{alertname}}",
        "textFormat": "{{severity}}",
        "tagKeys": "severity",
        "useValueForTime": False,
    }


def _data_source() -> Json:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": "prometheus",
        "regex": "",
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "refresh": 1,
        "options": [],
    }


def _constants(of: GrafanaDashboard) -> Iterator[Json]:
    yield _constant(APP, of.app_url)
    yield _constant(VARIABLE, of.definition)


def _constant(name: str, value: str) -> Json:
    return {
        "type": "constant",
        "name": name,
        "query": value,
        "hide": 2,
        "skipUrlSync": True,
        "current": {"text": value, "value": value},
        "options": [],
    }


def _variable(of: Variable) -> Json:
    return {
        "type": "query",
        "name": of.name,
        "label": of.label,
        "datasource": PROMETHEUS,
        "query": values_query(of),
        "definition": of.query,
        "regex": of.pattern,
        "refresh": 2,
        "sort": 1,
        **choice(of),
        "hide": 0,
        "options": [],
    }


def choice(of: Variable) -> Json:
    """How many values can be chosen, the same in both schemas."""
    if of.is_single:
        return {"multi": False, "includeAll": False, "current": {"text": "", "value": ""}}
    return {"multi": True, "includeAll": True, "allValue": ".*", "current": ALL}


def _panel(panel: GrafanaPanel) -> Json:
    drawn, options = panel.visualization, panel.query_options
    if drawn.plugin == ROW:
        return _row(panel)
    content: dict[str, object] = {
        "id": panel.number,
        "type": drawn.plugin,
        "title": panel.title,
        "description": panel.description,
        "datasource": PROMETHEUS,
        "gridPos": _position(panel.position),
        "interval": options.interval,
        "targets": [_target(target) for target in panel.targets],
        "options": drawn.options,
        "fieldConfig": field_config(_with_links(drawn.defaults, panel), drawn.overrides),
    }
    if drawn.transformations:
        content["transformations"] = [{"id": step.id, **transformation(step)} for step in drawn.transformations]
    if options.since:
        content |= {"timeFrom": options.since, "maxDataPoints": options.max_points}
    return {**content, **_repeat(panel)}


def _repeat(panel: GrafanaPanel) -> Json:
    return {"repeat": panel.repeat, "repeatDirection": "h"} if panel.repeat else {}


def _row(panel: GrafanaPanel) -> Json:
    return {
        "id": panel.number,
        "type": ROW,
        "title": panel.title,
        "collapsed": False,
        "panels": [],
        "gridPos": {**_position(panel.position), "h": 1},
        **({"repeat": panel.repeat} if panel.repeat else {}),
    }


def transformation(step: Transformation) -> Json:
    """The options of a transformation and what it applies to, the same in both schemas."""
    applies = {"filter": {"id": "byRefId", "options": step.only}} if step.only else {}
    return {**applies, "options": step.options}


def _with_links(defaults: Json, panel: GrafanaPanel) -> Json:
    return {**defaults, "links": [data_link(link) for link in panel.links]} if panel.links else defaults


def _position(of: Position) -> Json:
    return {"x": of.x, "y": of.y, "w": of.width, "h": of.height}


def _target(target: Target) -> Json:
    return {"refId": target.ref, "datasource": PROMETHEUS, **query_spec(target)}


def query_spec(target: Target) -> Mapping[str, object]:
    """A query as Prometheus' plugin reads it, the same in both schemas."""
    return {
        "editorMode": "code",
        "expr": target.expr,
        "legendFormat": target.legend,
        "format": target.format.value,
        "instant": target.is_instant,
        "range": not target.is_instant,
        "exemplar": target.has_exemplars,
    }
