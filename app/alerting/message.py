"""What a notification tells: value, limit, since when, and where to look, to acknowledge and to silence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.alerting.escalation import Stage
from app.alerting.grouping import Notification
from app.alerting.model import Alert
from panels.visible import visible_name
from queries.alerts.types import headline_of

MOST_ALERTS: Final = 20  # of a message; it tells how many more there are
SHORT_CHARACTERS: Final = 160


@dataclass(frozen=True)
class Message:
    """A message. `short` fits a text message; `facts` are the fields of the first alert for services with fields.

    `group` is the same for all messages about the same problem, `key` for all attempts of one message. `picture` is the
    address of a chart, empty for none. `alerts` are ids of the history, at most MOST_ALERTS; `since` is when the first
    one began, in epoch seconds.
    """

    title: str
    body: str
    short: str
    severity: str
    is_resolved: bool
    link: str
    group: str
    key: str
    facts: Mapping[str, str] = field(default_factory=dict)
    picture: str = ""
    alerts: tuple[str, ...] = ()
    since: float = 0.0


@dataclass(frozen=True)
class Composer:
    """Writes messages. `url` is the address of the dashboards without a trailing slash; times are in `zone`.

    `picture` gives the address of a chart for labels and annotations at an instant (epoch seconds), or nothing.
    """

    url: str
    zone: ZoneInfo
    picture: Callable[[Mapping[str, str], Mapping[str, str], float], str] = lambda _labels, _annotations, _now: ""

    def message(self, notification: Notification, now: float) -> Message:
        """The message at `now` (epoch seconds)."""
        alerts = [part.entry.alert for part in notification.parts]
        first, is_resolved = alerts[0], notification.stage is Stage.RESOLVED
        title = _title(notification, alerts)
        paragraphs = ["\n".join(self._lines(alert, now)) for alert in alerts[:MOST_ALERTS]]
        if len(alerts) > MOST_ALERTS:
            paragraphs.append(f"… and {len(alerts) - MOST_ALERTS} more: {self.url}/alerts")
        if notification.level > 1:
            paragraphs.append(f"Level {notification.level}: nobody has acknowledged this alert.")
        picture = self._picture(alerts, now) if notification.stage is Stage.LEVEL else ""
        return Message(
            title,
            "\n\n".join(paragraphs),
            _shortened(f"{title}: {_headline(first)}"),
            first.severity,
            is_resolved,
            self._alert_page(first) if notification.stage is not Stage.DIGEST else f"{self.url}/alerts",
            _digest_of(notification.group),
            _digest_of(*sorted(part.step.key for part in notification.parts)),
            {**self._facts(first, now), **({"picture": picture} if picture else {})},
            picture,
            tuple(alert.id for alert in alerts[:MOST_ALERTS]),
            first.starts,
        )

    def _picture(self, alerts: Sequence[Alert], now: float) -> str:
        """The chart of the first alert, with the labels that all alerts have in common as filters."""
        first = alerts[0]
        common = {
            name: value
            for name, value in first.labels.items()
            if all(alert.labels.get(name) == value for alert in alerts)
        }
        return self.picture(common, first.annotations, now)

    def _lines(self, alert: Alert, now: float) -> Iterator[str]:
        yield _headline(alert)
        value, threshold = self._note(alert, "value"), self._note(alert, "threshold")
        figures = f"Value {value}, limit {threshold}. " if value and threshold else f"Value {value}. " if value else ""
        if alert.is_firing:
            yield f"{figures}Since {self._time(alert.starts, now)} ({_duration(now - alert.starts)})."
            if description := self._note(alert, "description"):
                yield description
        else:
            yield f"Ended {self._time(alert.ends, now)} after {_duration(alert.ends - alert.starts)}."
        yield from (f"{name}: {address}" for name, address in self._links(alert).items())

    def _links(self, alert: Alert) -> Mapping[str, str]:
        links = {
            "Board": self._absolute(alert.annotations.get("dashboard", "")),
            "Runbook": self._absolute(alert.annotations.get("runbook", "")),
        }
        if alert.is_firing:
            links["Acknowledge or silence"] = self._alert_page(alert)
        return {name: address for name, address in links.items() if address}

    def _facts(self, alert: Alert, now: float) -> Mapping[str, str]:
        """The fields for services that take fields; their names do not change."""
        links = self._links(alert)
        facts = {
            "alert": alert.name,
            "severity": alert.severity,
            "status": "firing" if alert.is_firing else "resolved",
            "headline": _headline(alert),
            "value": self._note(alert, "value"),
            "threshold": self._note(alert, "threshold"),
            "where": self._note(alert, "where"),
            "since": datetime.fromtimestamp(alert.starts, self.zone).isoformat(timespec="seconds"),
            "duration": _duration((alert.ends or now) - alert.starts),
            "board": links.get("Board", ""),
            "runbook": links.get("Runbook", ""),
            "acknowledge": self._alert_page(alert) if alert.is_firing else "",
            "silence": self._alert_page(alert) if alert.is_firing else "",
        }
        return {name: text for name, text in facts.items() if text}

    def _alert_page(self, alert: Alert) -> str:
        return f"{self.url}/alerts?rule={quote(alert.name)}"

    def _absolute(self, path: str) -> str:
        """A page of this app as an address, and addresses as they are."""
        return f"{self.url}{path}" if path.startswith("/") else path if path.startswith(("http://", "https://")) else ""

    def _time(self, instant: float, now: float) -> str:
        local, today = datetime.fromtimestamp(instant, self.zone), datetime.fromtimestamp(now, self.zone).date()
        return local.strftime("%H:%M %Z" if local.date() == today else "%a %d %b %H:%M %Z")

    @staticmethod
    def _note(alert: Alert, name: str) -> str:
        return visible_name(alert.annotations.get(name, ""))


def _title(notification: Notification, alerts: list[Alert]) -> str:
    count = f" ({len(alerts)})" if len(alerts) > 1 else ""
    if notification.stage is Stage.DIGEST:
        return f"Low alerts since the last business day{count}"
    name = notification.labels.get("alertname", "") or alerts[0].name
    place = ", ".join(value for label, value in notification.labels.items() if label != "alertname")
    state = "Resolved" if notification.stage is Stage.RESOLVED else alerts[0].severity.capitalize() or "Alert"
    return visible_name(f"{state}: {name}{f', {place}' if place else ''}{count}")


def _headline(alert: Alert) -> str:
    where = alert.annotations.get("where", "")
    return visible_name(f"{headline_of(alert.annotations, alert.name)}{f', {where}' if where else ''}")


def _shortened(text: str) -> str:
    return text if len(text) <= SHORT_CHARACTERS else text[: SHORT_CHARACTERS - 1] + "…"


def _duration(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{max(int(seconds), 0)} s"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _digest_of(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]
