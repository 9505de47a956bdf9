"""Service level objectives: error ratios over several windows, and alerts on how fast they burn the budget.

Windows and factors are those of the SRE workbook and of sloth (https://sre.google/workbook/alerting-on-slos/): an alert
needs a long window, so that it is significant, and a short one, so that it ends soon after the problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.rules.limits import above_share
from app.rules.model import AlertRule, Condition, RecordingRule, Severity, Team
from app.rules.queries import events, rate
from app.rules.requests import DURATION, REQUESTS, SERVER_ERROR
from pages import thresholds
from pages.expressions import selector

PERIOD_DAYS: Final = 30
SHORT_WINDOWS: Final = ("5m", "30m", "1h", "2h")
LONG_WINDOWS: Final = ("6h", "1d", "3d")
_MINIMUM_EVENTS: Final = 20
_WITHIN_LIMIT: Final = f"$le({DURATION},{thresholds.LATENCY_OBJECTIVE_MS})"


@dataclass(frozen=True)
class Burn:
    """Burning the budget `factor` times as fast as it may be, over a long and a short window."""

    factor: float
    long: str
    short: str
    severity: Severity
    hold: str

    @property
    def counted(self) -> str:
        """The window in which a minimum of bad events is required; counting them over days would be expensive."""
        return self.long if self.long in ("1h", "6h") else "6h"

    @property
    def exhaustion(self) -> str:
        """How long the budget of the period lasts at this speed: "2d2h"."""
        hours = round(24 * PERIOD_DAYS / self.factor)
        days, rest = divmod(hours, 24)
        return f"{days}d{rest}h" if rest else f"{days}d"


BURNS: Final = (
    Burn(14.4, "1h", "5m", Severity.CRITICAL, "1m"),
    Burn(6, "6h", "30m", Severity.HIGH, "2m"),
    Burn(3, "1d", "2h", Severity.MEDIUM, "15m"),
    Burn(1, "3d", "6h", Severity.LOW, "1h"),
)


@dataclass(frozen=True)
class Objective:
    """An objective in percent, and selectors of the canonical series that it is computed from."""

    name: str
    alert: str
    percent: float
    series: tuple[str, ...]
    sentence: str
    subject: str

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return round(1 - self.percent / 100, 9)

    def recorded(self, window: str) -> str:
        """The recorded ratio of bad events."""
        return f"environment:codeagent_{self.name}:error_ratio_rate{window}"


AVAILABILITY: Final = Objective(
    "availability",
    "AvailabilityBudgetBurn",
    thresholds.AVAILABILITY_OBJECTIVE,
    (selector(REQUESTS),),
    "requests are answered without a 5xx status",
    "errors",
)
LATENCY: Final = Objective(
    "latency",
    "LatencyBudgetBurn",
    thresholds.LATENCY_OBJECTIVE,
    (selector(DURATION + "_bucket", _WITHIN_LIMIT),),
    f"requests are answered within {thresholds.LATENCY_OBJECTIVE_MS:,} ms",
    "latency",
)
OBJECTIVES: Final = (AVAILABILITY, LATENCY)


def _bad_events(objective: Objective, window: str) -> str:
    if objective is AVAILABILITY:
        return events(REQUESTS, window, where=SERVER_ERROR)
    return f"{events(DURATION + '_count', window)} - {events(DURATION + '_bucket', window, where=_WITHIN_LIMIT)}"


def _ratio(objective: Objective, window: str) -> str:
    if objective is AVAILABILITY:
        failures = f"({rate(REQUESTS, window, where=SERVER_ERROR)} or 0 * {rate(REQUESTS, window)})"
        return f"{failures}\n/ ({rate(REQUESTS, window)} > 0)"
    within = rate(DURATION + "_bucket", window, where=_WITHIN_LIMIT)
    return f"1 - {within}\n/ ({rate(DURATION + '_count', window)} > 0)"


def recordings(windows: tuple[str, ...]) -> tuple[RecordingRule, ...]:
    """The ratios of bad events over these windows, for each objective."""
    return tuple(
        RecordingRule(
            objective.recorded(window),
            _ratio(objective, window),
            f"Share of bad events over {window}; the objective: {objective.percent:g} % of {objective.sentence}.",
        )
        for objective in OBJECTIVES
        for window in windows
    )


def _alert(objective: Objective, burn: Burn) -> AlertRule:
    limit = round(burn.factor * objective.budget, 9)
    return AlertRule(
        objective.alert,
        Condition(
            objective.recorded(burn.long),
            above_share(100 * limit),
            (
                f"{objective.recorded(burn.short)} > {limit:.15g}",
                f"({_bad_events(objective, burn.counted)} > {_MINIMUM_EVENTS})",
            ),
        ),
        burn.hold,
        burn.severity,
        Team.BACKEND,
        f"The {objective.name} budget burns {burn.factor:g} times as fast as it may",
        f"The objective is that {objective.percent:g} % of {objective.sentence}. Over {burn.long}, "
        "{{ $value | humanizePercentage }} were not. "
        f"At this speed, the budget of {PERIOD_DAYS} days is spent within {burn.exhaustion}.",
        "/api-performance?from=now-6h",
        subject=objective.subject,
        headline=f"The {objective.name} budget of {PERIOD_DAYS} days is spent in {burn.exhaustion}",
        labels={"window": burn.long, "exhaustion": burn.exhaustion},
        presence=objective.series,
    )


ALERTS: Final = tuple(_alert(objective, burn) for objective in OBJECTIVES for burn in BURNS)
