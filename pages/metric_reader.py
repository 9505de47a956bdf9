"""What exploring pages ask about metrics: canonical templates, the panels of the boards, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from panels.spec import Mark, Unit
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.metrics.alerts import FiringAlert
from queries.metrics.frame import Frame

Answered = Frame | QueryError | None
"""A frame; why there is none; None while the answer is on its way."""


@dataclass(frozen=True)
class PanelQuery:
    """A query of a panel that runs over the page's range, as a canonical template."""

    board: str
    path: str
    panel: str
    title: str
    unit: Unit
    template: str
    legend: str


class MetricReader(Protocol):
    """Metrics of one backend in the names of its profile, through the engine's cache."""

    def window(self, start: int, end: int) -> Window:
        """An aligned window with a step for about a hundred points; epoch seconds."""
        ...

    def frames(self, windowed: Sequence[tuple[str, Window]], deadline: Deadline) -> list[Answered]:
        """An answer for each template over its window. An empty frame where the profile has no such metric.

        Does not raise.
        """
        ...

    def panel_queries(self) -> tuple[PanelQuery, ...]:
        """Every query over the range of every panel of every board that is offered."""
        ...

    def marks(self, start: float, end: float) -> tuple[Mark, ...]:
        """Marks such as deployments between two instants, epoch seconds, oldest first."""
        ...

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that fire now. Raises QueryError."""
        ...
