"""The twin of each rule: an alert that fires when the series of the rule are missing, since then it cannot fire."""

from __future__ import annotations

from typing import Final

from app.rules.limits import state
from app.rules.model import AlertRule, Condition, Severity

NAME: Final = "RuleWithoutData"
_COMPARISON: Final = state(1, "no data")


def twin(rule: AlertRule, selectors: tuple[str, ...], names: tuple[str, ...]) -> AlertRule:
    """The alert for a rule over these canonical series, and their names in the deployment.

    Series of something that need not be installed are missed only if they existed an hour ago.
    """
    missing = [_disappeared(text) if rule.is_optional else f"absent({text})" for text in selectors]
    return AlertRule(
        NAME,
        Condition(f"group({' or '.join(missing)})", _COMPARISON),
        "10m",
        Severity.LOW,
        rule.team,
        f"The alert {rule.name} has no data",
        f"The alert {rule.name} cannot fire, since these series are missing: {', '.join(names)}.",
        "/about",
        subject=f"rule {rule.name}",
        headline=f"The alert {rule.name} has no data",
        labels={"rule": rule.name, **_window(rule)},
    )


def _window(rule: AlertRule) -> dict[str, str]:
    return {"window": rule.labels["window"]} if "window" in rule.labels else {}


def _disappeared(selector: str) -> str:
    return f"(group(last_over_time({selector}[5m] offset 1h)) unless group({selector}))"
