"""Options that several plugins of Grafana have in common; its schema requires all of them."""

from __future__ import annotations

from typing import Final

from app.grafana.model import Json

LEGEND: Final[Json] = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
NO_LEGEND: Final[Json] = {**LEGEND, "showLegend": False}
TOOLTIP: Final[Json] = {"mode": "multi", "sort": "desc"}


def reduce(calculation: str) -> Json:
    """One number for each series: `lastNotNull` or `sum`."""
    return {"values": False, "calcs": [calculation], "fields": ""}
