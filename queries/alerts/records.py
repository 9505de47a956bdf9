"""What the alert history tells about a span of time: steps of alerts, and notes of users."""

from __future__ import annotations

from dataclasses import dataclass


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
