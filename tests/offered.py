"""Panels that the sample gateway can fill: all but those about model servers."""

from __future__ import annotations

from app.offer import metrics_of
from panels.spec import Dashboard, Panel
from telemetry.contract import MODEL_SERVER_METRICS

BEYOND = frozenset(metric.name for metric in MODEL_SERVER_METRICS)


def panels_of_contract(board: Dashboard) -> tuple[Panel, ...]:
    """The panels of which at least one query needs nothing of a model server."""
    return tuple(
        panel
        for panel in board.panels
        if not panel.queries or any(not metrics_of(query.expr) & BEYOND for query in panel.queries)
    )
