"""What the engine asks of a metric source."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from queries.alerts.types import Rule
from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.alerts import FiringAlert
from queries.metrics.frame import Frame
from queries.metrics.request import Request


@dataclass(frozen=True)
class Fetched:
    """One upstream answer. `as_of` is the backend's own clock in epoch seconds; `warned`: partial or doubtful."""

    frame: Frame
    as_of: float
    warned: bool = False
    bytes: int = 0


@dataclass(frozen=True)
class Target:
    """Something that is scraped; `error` is the last scrape's, empty when it went well.

    A target that was not scraped yet is neither `up` nor `down`.
    """

    job: str
    instance: str
    up: bool
    error: str = ""
    scrape_interval: int = 0
    down: bool = False


class MetadataSource(Protocol):
    """What a diagnosis asks of a backend of metrics. Methods raise QueryError."""

    @property
    def name(self) -> str:
        """How it is called in messages and keys."""
        ...

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        """Values of a (deployed) label within the window, sorted; `match` is a selector or empty."""
        ...

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        """Names of the labels of series that match a selector within the window, sorted."""
        ...

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        """Whether any series of that (deployed) name had a sample in the window."""
        ...

    def scrape_interval(self, metrics: Collection[str] = ()) -> int:
        """Seconds between samples of these deployed series names: the largest interval of the jobs that export them.

        Of the gateway for none, or unknown ones; a default when the backend does not say. Does not raise.
        """
        ...

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """What it scrapes; empty when it does not say."""
        ...


class Source(MetadataSource, Protocol):
    """A backend of metrics. Every method raises QueryError; none outlives the deadline by more than a moment."""

    @property
    def identity(self) -> str:
        """Which backend this is, asked as whom, as `queries.metrics.identity` names it; the same in every process."""
        ...

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        """The request's expression over its window; one instant when start equals end."""
        ...

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that its own rules fire."""
        ...

    def rules(self, deadline: Deadline) -> tuple[Rule, ...]:
        """Its alerting rules with their alerts."""
        ...

    def started_at(self, deadline: Deadline) -> float:
        """When the backend's process started, epoch seconds; 0 when it does not say."""
        ...
