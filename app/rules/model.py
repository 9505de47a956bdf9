"""What a rule file consists of: alerts and recordings in canonical names, in groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]*|[A-Z]+|\d+")
# Brands that are one word although they have capitals inside.
_ONE_WORD: Final = {"WebSocket": "Websocket"}


class Severity(StrEnum):
    """The rows of the priority matrix (docs/alerting.md). `WARNING` is the specification's word for medium."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    WARNING = "warning"
    LOW = "low"
    NONE = "none"


class Team(StrEnum):
    """Who receives an alert."""

    BACKEND = "backend"
    PLATFORM = "platform"


@dataclass(frozen=True)
class Limit:
    """The comparison that decides: the value `operator` `number`, in the `unit` that people read.

    The expression's value × 1 / `scale` is in that unit. `value` formats the expression's value in Go's template
    language, as in `{{ $value | printf "%.1f" }} %`. A limit that `is_state` compares with a state, and `unit` is its
    word.
    """

    operator: str
    number: float
    unit: str
    value: str
    scale: float = 1.0
    is_state: bool = False

    @property
    def text(self) -> str:
        """The limit as people read it: "5 %", "1,000 ms"."""
        return self.unit if self.is_state else f"{self.number:,.10g} {self.unit}"

    @property
    def comparison(self) -> str:
        """The limit as PromQL: "> 0.05"."""
        return f"{self.operator} {round(self.number * self.scale, 12):.12g}"


@dataclass(frozen=True)
class Condition:
    """A PromQL expression in canonical names, compared with a limit; all `guards` must hold as well.

    Guards are complete comparisons with the same labels as `value`, such as a minimum of events.
    """

    value: str
    limit: Limit
    guards: tuple[str, ...] = ()

    @property
    def expr(self) -> str:
        """The whole expression."""
        compared = f"{self.value} {self.limit.comparison}"
        return "\nand ".join((compared if not self.guards else f"({compared})", *self.guards))


@dataclass(frozen=True)
class AlertRule:
    """An alert.

    `board` is the path of the board that shows its cause; `labels` are added to severity and team. Texts are in Go's
    template language: `subject` is what the alert is about ("errors", "errors /v1/chat"), so that the status line
    mentions a fact once; `headline` is a sentence for it, `where` the worst place, `traces` the path of the traces that
    show it. `comment` explains the expression. `presence` are selectors of the canonical series without which it can
    never fire; none: all series of its expression. It `is_optional` if what it is about need not be installed;
    `optional` are metrics without which it can still fire.
    """

    name: str
    condition: Condition
    hold: str
    severity: Severity
    team: Team
    summary: str
    description: str
    board: str
    subject: str
    headline: str = ""
    where: str = ""
    traces: str = ""
    comment: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    presence: tuple[str, ...] = ()
    is_optional: bool = False
    optional: tuple[str, ...] = ()

    @property
    def runbook(self) -> str:
        """The name of its runbook: "high-error-rate"."""
        name = self.name
        for brand, word in _ONE_WORD.items():
            name = name.replace(brand, word)
        return "-".join(_WORD.findall(name)).lower()


@dataclass(frozen=True)
class RecordingRule:
    """A series that Prometheus computes ahead, with what it is in one line.

    `presence` are the canonical series behind it where its expression does not select them by name.
    """

    name: str
    expr: str
    comment: str
    presence: tuple[str, ...] = ()


Rule = AlertRule | RecordingRule


@dataclass(frozen=True)
class Group:
    """Rules that are evaluated in turn, every `interval`."""

    name: str
    rules: tuple[Rule, ...]
    interval: str = "15s"
