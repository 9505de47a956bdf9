"""What the page of a metric asks the backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from pages.proposals import MetricFacts
from panels.spec import Dashboard
from queries.core.deadline import Deadline
from queries.core.time_range import TimeRange


@dataclass(frozen=True)
class MetricDetails:
    """A metric, and the values of its labels."""

    facts: MetricFacts
    values: Mapping[str, tuple[str, ...]]


class MetricSource(Protocol):
    """Names, labels and panels of metrics, read-only. Methods raise QueryError."""

    def names(self, deadline: Deadline) -> tuple[str, ...]:
        """The names of all series of the last hour, sorted."""
        ...

    def details(self, name: str, deadline: Deadline) -> MetricDetails | None:
        """The metric that a series name belongs to; None if there is none in the last hour."""
        ...

    def drawn(
        self, board: Dashboard, time_range: TimeRange, filters: Mapping[str, Sequence[str]], deadline: Deadline
    ) -> tuple[Markup, ...]:
        """The board's panels as HTML, in order."""
        ...
