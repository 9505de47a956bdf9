"""Alerts about WebSocket connections: the specification's, and what it does not see."""

from __future__ import annotations

from typing import Final

from app.rules.limits import above_count, above_percent, below_times
from app.rules.model import AlertRule, Condition, Severity, Team
from app.rules.queries import ENVIRONMENT, events, percent, rate
from pages import thresholds
from pages.expressions import selector
from pages.websocket import ABNORMAL, CLOSED, OPENED

ACTIVE: Final = "codeagent_connections_active"
_BOARD: Final = "/websocket?from=now-1h"
_BY: Final = ", ".join(ENVIRONMENT)

ALERTS: Final = (
    AlertRule(
        "WebSocketConnectionSpike",
        Condition(rate(OPENED, "1m"), above_count(thresholds.CONNECTION_RATE.warning, "connections per second")),
        "2m",
        Severity.WARNING,
        Team.BACKEND,
        "Unusual spike in WebSocket connections",
        'Connection rate is {{ $value | printf "%.0f" }} per second',
        _BOARD,
        subject="websocket",
        headline='{{ $value | printf "%.0f" }} WebSocket connections are opened per second',
        comment=(
            "The specification's rule. `rate` is per second, so its text was changed from “per minute” to “per "
            "second”. Its expression answers for each instance: a spike that a load balancer spreads over ten "
            "instances stays below the limit on each of them. Here the instances of an environment are added first."
        ),
    ),
    AlertRule(
        "WebSocketDrop",
        Condition(
            f"sum by ({_BY}) ({selector(ACTIVE)})\n/ sum by ({_BY}) (avg_over_time({selector(ACTIVE)}[15m] offset 5m))",
            below_times(thresholds.CONNECTIONS_KEPT),
            (f"sum by ({_BY}) (avg_over_time({selector(ACTIVE)}[15m] offset 5m)) > 20",),
        ),
        "1m",
        Severity.HIGH,
        Team.BACKEND,
        "Many WebSocket connections were lost",
        "Less than half of the connections that were open before are left: a restart, a proxy or a network failure.",
        _BOARD,
        subject="websocket",
        headline='{{ $value | printf "%.2f" }} times as many open WebSocket connections as before',
    ),
    AlertRule(
        "WebSocketAbnormalCloses",
        Condition(
            percent(CLOSED, ABNORMAL, "5m"),
            above_percent(thresholds.ABNORMAL_CLOSES.critical),
            (f"{events(CLOSED, '5m', where=ABNORMAL)} > 10",),
        ),
        "5m",
        Severity.MEDIUM,
        Team.BACKEND,
        "WebSocket connections close abnormally",
        "Many connections have been closed for 5 minutes without a closing handshake.",
        _BOARD,
        subject="websocket-closes",
        headline='{{ $value | printf "%.0f" }} % of WebSocket connections close abnormally',
    ),
)
