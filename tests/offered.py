"""Panels that a gateway with the metrics of the contract alone can fill."""

from __future__ import annotations

from app.offer import metrics_of
from panels.spec import Dashboard, Panel
from telemetry.contract import GATEWAY_METRICS

BEYOND = frozenset(metric.name for metric in GATEWAY_METRICS)


def panels_of_contract(board: Dashboard) -> tuple[Panel, ...]:
    """The panels of which at least one query needs nothing beyond the contract."""
    return tuple(
        panel
        for panel in board.panels
        if not panel.queries or any(not metrics_of(query.expr) & BEYOND for query in panel.queries)
    )
