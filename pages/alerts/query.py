"""The URL of the alerts page: which alerts are listed, and which rule is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pages.page_url import PageUrl
from queries.alerts.types import Alert, State

NO_PROBLEM: Final = "none"  # the severity of an alert that always fires, such as Watchdog
STATES: Final = tuple(State)
LABELS: Final = ("severity", "team", "environment", "service", "provider", "endpoint")


@dataclass(frozen=True)
class AlertsQuery:
    """What is listed: `labels` by name with the accepted values, `state` and `text` if not empty; `rule` is open."""

    url: PageUrl
    labels: Mapping[str, tuple[str, ...]]
    state: str = ""
    text: str = ""
    rule: str = ""

    def selected(self, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
        """The alerts that the filters let through, without those that always fire."""
        return tuple(alert for alert in alerts if alert.severity != NO_PROBLEM and self._accepts(alert))

    def _accepts(self, alert: Alert) -> bool:
        if self.state and alert.state != self.state:
            return False
        if any(alert.labels.get(name, "") not in values for name, values in self.labels.items()):
            return False
        words = f"{alert.rule} {' '.join(alert.labels.values())} {' '.join(alert.annotations.values())}".lower()
        return all(word in words for word in self.text.lower().split())


def read(url: PageUrl) -> AlertsQuery:
    """The query. Raises InvalidInput."""
    labels = {name: url.all(name) for name in LABELS if url.all(name)}
    return AlertsQuery(url, labels, url.choice("state", STATES), url.value("q"), url.value("rule"))
