"""What the alert history tells: steps of alerts, acknowledgements, notifications, and notes of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class AlertRecord:
    """A step in the life of an alert. `kind` is “firing”, “acknowledged”, …; `ends` is 0 while the alert fires.

    Times are epoch seconds; `instant` is when the step happened, `starts` when the alert began.
    """

    instant: float
    kind: str
    rule: str
    severity: str
    summary: str
    actor: str
    detail: str
    starts: float
    ends: float


@dataclass(frozen=True)
class Note:
    """A remark of a user about an instant of an incident, epoch seconds."""

    instant: float
    author: str
    text: str
    written: float


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody works on an alert: escalation stops. `time` is in epoch seconds."""

    actor: str
    time: float
    comment: str = ""


class Outcome(StrEnum):
    """What became of an attempt to notify."""

    SENT = "sent"
    FAILED = "failed"
    UNDER_WAY = "under way"
    UNKNOWN = "outcome unknown"  # the sender ended before it stored the outcome


@dataclass(frozen=True)
class Delivery:
    """An attempt to notify a channel at `instant` (epoch seconds). `purpose` is “level 1”, “resolved” or “digest”.

    `detail` is why it failed; the first `attempt` is 1.
    """

    channel: str
    instant: float
    purpose: str
    outcome: Outcome
    attempt: int = 1
    detail: str = ""


@dataclass(frozen=True)
class UserStep:
    """An acknowledgement or its withdrawal (`kind`), at `instant` (epoch seconds)."""

    kind: str
    instant: float
    actor: str
    comment: str = ""


@dataclass(frozen=True)
class RecordedAlert:
    """An alert of the history. Times are epoch seconds; `ends` is 0 while it fires."""

    id: str
    labels: Mapping[str, str]
    starts: float
    ends: float = 0.0
    acknowledged: Acknowledgement | None = None
    deliveries: tuple[Delivery, ...] = field(default=())
    steps: tuple[UserStep, ...] = field(default=())

    @property
    def rule(self) -> str:
        """Name of its rule."""
        return self.labels.get("alertname", "")
