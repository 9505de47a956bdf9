"""Dashboards of Grafana for tests of the import."""

from __future__ import annotations

import json
from typing import Any

from app.grafana.importing.boards import Imported, convert
from app.grafana.importing.reading import read

Json = dict[str, Any]


def source(*panels: Json, variables: list[Json] | None = None, **more: Any) -> bytes:
    placed = [{"gridPos": {"x": 0, "y": 9 * number, "w": 12, "h": 9}, **panel} for number, panel in enumerate(panels)]
    content = {"title": "Mine", "schemaVersion": 39, "panels": placed, "templating": {"list": variables or []}, **more}
    return json.dumps(content).encode()


def panel(expr: str = "up", plugin: str = "timeseries", **more: Any) -> Json:
    targets = [{"refId": "A", "expr": expr, "legendFormat": "{{job}}"}]
    return {"title": "Up", "type": plugin, "datasource": {"type": "prometheus"}, "targets": targets, **more}


def imported(*panels: Json, **more: Any) -> Imported:
    return convert(read(source(*panels, **more)))


def only(*panels: Json, **more: Any) -> Any:
    """The first panel of the board, which is there."""
    result = imported(*panels, **more)
    assert result.board is not None, result.outcomes
    return result.board.panels[0]


def custom(name: str, *values: str, current: Any = "$__all") -> Json:
    options = [{"value": value} for value in ("$__all", *values)]
    return {"type": "custom", "name": name, "multi": True, "options": options, "current": {"value": current}}
