"""Firing alerts, and the sentence of state that stands above every board."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from app.links import internal_link
from panels.spec import Status
from panels.visible import visible_name

KEEP_SECONDS = 5.0  # shorter than the shortest refresh, long enough for a thousand viewers to share
TIMEOUT_SECONDS = 2.0
SEVERITIES = {"critical": Status.CRITICAL, "page": Status.CRITICAL, "error": Status.SERIOUS}
ORDER = (Status.CRITICAL, Status.SERIOUS, Status.WARNING)
SHOWN = 4


@dataclass(frozen=True)
class Alert:
    """One firing alert. `since` is epoch seconds; `href` a page of the app where to look."""

    name: str
    status: Status
    text: str
    since: float
    href: str


@dataclass(frozen=True)
class Item:
    """A link in the sentence of state."""

    text: str
    status: Status
    since: float
    href: str


@dataclass(frozen=True)
class Sentence:
    """How things are, in one sentence, and where to look."""

    status: Status
    text: str
    items: tuple[Item, ...] = ()


@dataclass
class AlertReader:
    """Asks Alertmanager (which knows what is silenced), else Prometheus; one answer is shared for some seconds."""

    prometheus_url: str
    alertmanager_url: str = ""
    session: requests.Session = field(default_factory=requests.Session)
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: tuple[float, Sentence] | None = None

    def sentence(self) -> Sentence:
        """The state now, or the last known one for a few seconds; never raises."""
        with self._lock:
            if self._kept is None or self.clock() - self._kept[0] > KEEP_SECONDS:
                self._kept = (self.clock(), self._ask())
            return self._kept[1]

    def _ask(self) -> Sentence:
        try:
            return sentence(self._firing())
        except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
            where = "Alertmanager" if self.alertmanager_url else "Prometheus"
            return Sentence(Status.UNKNOWN, f"{where} does not say which alerts are firing.")

    def _firing(self) -> list[Alert]:
        if self.alertmanager_url:
            address = f"{self.alertmanager_url}/api/v2/alerts?active=true&silenced=false&inhibited=false"
            return [_from_alertmanager(row) for row in self._json(address)]
        rows = self._json(f"{self.prometheus_url}/api/v1/alerts")["data"]["alerts"]
        return [_from_prometheus(row) for row in rows if row["state"] == "firing"]

    def _json(self, address: str) -> Any:
        answer = self.session.get(address, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()


def sentence(alerts: Sequence[Alert]) -> Sentence:
    """The worst first; says how many there are of each severity."""
    if not alerts:
        return Sentence(Status.GOOD, "All normal")
    ordered = sorted(alerts, key=lambda alert: (ORDER.index(alert.status), alert.since))
    text = counted([alert.status for alert in alerts])
    items = tuple(Item(alert.text, alert.status, alert.since, alert.href) for alert in ordered[:SHOWN])
    more = f" (and {len(ordered) - SHOWN} more)" if len(ordered) > SHOWN else ""
    return Sentence(ordered[0].status, text + more + ":", items)


def counted(statuses: Sequence[Status]) -> str:
    """“2 critical, 1 warning”, the worst first."""
    counts = ((status, sum(each is status for each in statuses)) for status in ORDER)
    return ", ".join(f"{count} {status.value}" for status, count in counts if count)


def _from_alertmanager(row: dict[str, Any]) -> Alert:
    return _alert(row["labels"], row["annotations"], row["startsAt"])


def _from_prometheus(row: dict[str, Any]) -> Alert:
    return _alert(row["labels"], row["annotations"], row["activeAt"])


def _alert(labels: dict[str, str], annotations: dict[str, str], since: str) -> Alert:
    name = labels.get("alertname", "unnamed alert")
    status = SEVERITIES.get(labels.get("severity", ""), Status.WARNING)
    href = internal_link(annotations.get("dashboard", ""), "/overview")
    return Alert(name, status, visible_name(annotations.get("summary", name)), _epoch(since), href)


def _epoch(text: str) -> float:
    """RFC 3339 with up to nine decimals; Python reads six."""
    whole, _, rest = text.partition(".")
    zone = rest.lstrip("0123456789") if rest else ""
    return datetime.fromisoformat((whole + zone).replace("Z", "+00:00")).timestamp()
