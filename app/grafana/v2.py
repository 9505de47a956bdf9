"""Grafana's schema v2: a resource whose spec has elements, a layout, variables and annotations."""

from __future__ import annotations

from typing import Final

from app.grafana.definition import VARIABLE
from app.grafana.model import DATA_SOURCE, ROW, GrafanaDashboard, GrafanaPanel, Json, Link, Target, Variable
from app.grafana.v1 import (
    ALERTS,
    APP,
    choice,
    dashboard_link,
    data_link,
    field_config,
    query_spec,
    transformation,
    values_query,
)

API_VERSION: Final = "dashboard.grafana.app/v2"
_REFRESHES: Final = ("5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d")


def document(of: GrafanaDashboard) -> Json:
    """The dashboard as a resource."""
    return {"apiVersion": API_VERSION, "kind": "Dashboard", "metadata": {"name": of.uid}, "spec": _spec(of)}


def _spec(of: GrafanaDashboard) -> Json:
    return {
        "title": of.title,
        "description": of.description,
        "tags": list(of.tags),
        "editable": True,
        "cursorSync": "Crosshair",
        "preload": False,
        "liveNow": False,
        "links": [dashboard_link(link) for link in of.links],
        "timeSettings": {
            "timezone": "browser",
            "from": of.since,
            "to": "now",
            "autoRefresh": of.refresh,
            "autoRefreshIntervals": list(_REFRESHES),
            "hideTimepicker": False,
            "fiscalYearStartMonth": 0,
        },
        "annotations": [_built_in_annotations(), _alerts()],
        "variables": [_data_source(), *_constants(of), *map(_variable, of.variables)],
        "elements": {_name(panel): _panel(panel) for panel in of.panels},
        "layout": {"kind": "GridLayout", "spec": {"items": [_item(panel) for panel in of.panels]}},
    }


def _query(spec: Json) -> Json:
    source = {"name": DATA_SOURCE}
    return {"kind": "DataQuery", "group": "prometheus", "version": "v0", "datasource": source, "spec": spec}


def _built_in_annotations() -> Json:
    query = {
        "kind": "DataQuery",
        "group": "grafana",
        "version": "v0",
        "datasource": {"name": "-- Grafana --"},
        "spec": {},
    }
    spec = {
        "name": "Annotations & Alerts",
        "builtIn": True,
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
        "query": query,
    }
    return {"kind": "AnnotationQuery", "spec": spec}


def _alerts() -> Json:
    query = _query({"expr": ALERTS, "refId": "Anno", "step": "60s"})
    texts = {
        "titleFormat": "{{alertname}}",
        "textFormat": "{{severity}}",
        "tagKeys": "severity",
        "useValueForTime": False,
    }
    spec = {
        "name": "Firing alerts",
        "enable": True,
        "hide": False,
        "iconColor": "red",
        "query": query,
        "legacyOptions": texts,
    }
    return {"kind": "AnnotationQuery", "spec": spec}


def _data_source() -> Json:
    spec = {
        "name": "datasource",
        "label": "Data source",
        "pluginId": "prometheus",
        "refresh": "onDashboardLoad",
        "regex": "",
        "current": {"text": "", "value": ""},
        "options": [],
        "multi": False,
        "includeAll": False,
        "hide": "dontHide",
        "skipUrlSync": False,
        "allowCustomValue": True,
    }
    return {"kind": "DatasourceVariable", "spec": spec}


def _constants(of: GrafanaDashboard) -> tuple[Json, ...]:
    return _constant(APP, of.app_url), _constant(VARIABLE, of.definition)


def _constant(name: str, value: str) -> Json:
    spec = {
        "name": name,
        "query": value,
        "current": {"text": value, "value": value},
        "hide": "hideVariable",
        "skipUrlSync": True,
    }
    return {"kind": "ConstantVariable", "spec": spec}


def _variable(of: Variable) -> Json:
    spec = {
        "name": of.name,
        "label": of.label,
        "query": _query(values_query(of)),
        "definition": of.query,
        "regex": of.pattern,
        "refresh": "onTimeRangeChanged",
        "sort": "alphabeticalAsc",
        **choice(of),
        "options": [],
        "hide": "dontHide",
        "skipUrlSync": False,
        "allowCustomValue": True,
    }
    return {"kind": "QueryVariable", "spec": spec}


def _name(panel: GrafanaPanel) -> str:
    return f"panel-{panel.number}"


def _panel(panel: GrafanaPanel) -> Json:
    spec = {
        "id": panel.number,
        "title": panel.title,
        "description": panel.description,
        "links": [],
        "data": {"kind": "QueryGroup", "spec": _query_group(panel)},
        "vizConfig": {
            "kind": "VizConfig",
            "group": _plugin(panel),
            "version": "",
            "spec": _visualization(panel),
        },
    }
    return {"kind": "Panel", "spec": spec}


def _plugin(panel: GrafanaPanel) -> str:
    """Rows are layouts in this schema: a heading is a panel without text."""
    return "text" if panel.visualization.plugin == ROW else panel.visualization.plugin


def _visualization(panel: GrafanaPanel) -> Json:
    drawn = panel.visualization
    defaults = {**drawn.defaults, "links": [_link(link) for link in panel.links]} if panel.links else drawn.defaults
    return {"options": drawn.options, "fieldConfig": field_config(defaults, drawn.overrides)}


def _link(link: Link) -> Json:
    return {name: value for name, value in data_link(link).items() if name in ("title", "url", "targetBlank")}


def _query_group(panel: GrafanaPanel) -> Json:
    options = panel.query_options
    timing: dict[str, object] = {"interval": options.interval}
    if options.since:
        timing |= {"timeFrom": options.since, "maxDataPoints": options.max_points}
    steps = panel.visualization.transformations
    return {
        "queries": [_target(target) for target in panel.targets],
        "transformations": [
            {"kind": "Transformation", "group": step.id, "spec": transformation(step)} for step in steps
        ],
        "queryOptions": timing,
    }


def _target(target: Target) -> Json:
    spec = {"refId": target.ref, "hidden": False, "query": _query(query_spec(target))}
    return {"kind": "PanelQuery", "spec": spec}


def _item(panel: GrafanaPanel) -> Json:
    position = panel.position
    spec = {
        "x": position.x,
        "y": position.y,
        "width": position.width,
        "height": position.height,
        "element": {"kind": "ElementReference", "name": _name(panel)},
    }
    repeat = {"mode": "variable", "value": panel.repeat, "direction": "h"}
    return {"kind": "GridLayoutItem", "spec": {**spec, **({"repeat": repeat} if panel.repeat else {})}}
