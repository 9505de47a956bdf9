"""All rules in their groups."""

from __future__ import annotations

from typing import Final

from app.rules import gauges, infrastructure, providers, requests, slo, websocket
from app.rules.limits import state
from app.rules.model import AlertRule, Condition, Group, Severity, Team

WATCHDOG: Final = AlertRule(
    "Watchdog",
    Condition("vector(1)", state(1, "1")),
    "0s",
    Severity.NONE,
    Team.PLATFORM,
    "Alerting works",
    "This alert always fires. A receiver that no longer gets it knows that Prometheus or Alertmanager has a problem.",
    "/about",
    subject="watchdog",
    comment="Send it to a service that raises an alarm when it stops (a dead man's switch).",
)

GROUPS: Final = (
    Group("gauges", gauges.SPECIFIED),
    Group("board_queries", gauges.FREQUENT),
    Group("growth", gauges.GROWTH, interval="1m"),
    Group("tenants", gauges.TENANTS, interval=gauges.TENANTS_INTERVAL),
    Group("objectives_short", slo.recordings(slo.SHORT_WINDOWS)),
    Group("objectives_long", slo.recordings(slo.LONG_WINDOWS), interval="1m"),
    Group("objective_alerts", slo.ALERTS),
    Group("api_alerts", requests.ALERTS),
    Group("provider_alerts", providers.ALERTS),
    Group("websocket_alerts", websocket.ALERTS),
    Group("infrastructure_alerts", infrastructure.ALERTS),
    Group("watchdog", (WATCHDOG,)),
)
ALERTS: Final = tuple(rule for group in GROUPS for rule in group.rules if isinstance(rule, AlertRule))
