"""Where a runbook gets the results of its checks and the drawings of its panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from pages.runbooks.document import PanelBlock
from queries.core.deadline import Deadline

Filters = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Reading:
    """The value of one series."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class CheckResult:
    """The values of a check at an instant in epoch seconds, or why there are none."""

    readings: tuple[Reading, ...] = ()
    measured_at: float = 0.0
    reason: str = ""
    is_failed: bool = False


@dataclass(frozen=True)
class PanelPicture:
    """A drawn panel and the address of its board."""

    title: str
    html: Markup
    href: str


class RunbookSource(Protocol):
    """Runs checks and draws panels, read-only."""

    def results(self, expressions: Sequence[str], filters: Filters, deadline: Deadline) -> tuple[CheckResult, ...]:
        """One result for each expression (canonical PromQL templates), in order. Never raises QueryError."""
        ...

    def pictures(
        self, panels: Sequence[PanelBlock], filters: Filters, deadline: Deadline
    ) -> Mapping[PanelBlock, PanelPicture]:
        """The panels that exist, drawn over the last hours. Raises QueryError."""
        ...
