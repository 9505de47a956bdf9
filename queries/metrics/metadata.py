"""Everything but queries that is asked of a source: label values, targets, alerts, its start.

It passes the same limiter as queries, so that a backend never gets more requests at a time than the settings say and is
left alone while its circuit is open. The same question is asked once for everybody, and its answer kept for seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from queries.alerts.types import Rule
from queries.core.circuit_breaker import ConcurrencyLimiter
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.core.single_flight import SingleFlight
from queries.core.time_range import Window
from queries.core.ttl_cache import TTLCache
from queries.metrics.alerts import FiringAlert
from queries.metrics.source import Source, Target

T = TypeVar("T")

_KEPT: Final = 10.0  # seconds; what a new target exports shows within them
_GRID: Final = 10  # seconds: windows of viewers who ask about the same moment are the same
_MOST: Final = 256  # answers
_MOST_VALUES: Final = 200_000  # label values and targets in them


def _size(answer: object) -> int:
    return len(answer) if isinstance(answer, tuple) else 1


@dataclass(frozen=True)
class Metadata:
    """Metadata of one source. Safe for threads; methods raise QueryError, CircuitOpen while the source is not asked."""

    source: Source
    limiter: ConcurrencyLimiter
    _answers: TTLCache[Hashable, object] = field(
        default_factory=lambda: TTLCache(_MOST, size=_size, most_size=_MOST_VALUES)
    )
    _flight: SingleFlight[Hashable, object] = field(default_factory=SingleFlight)

    @property
    def name(self) -> str:
        """How the source is called in messages."""
        return self.source.name

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        """Values of a (deployed) label within the window, to ten seconds; `match` is a selector or empty."""
        wide = Window(window.start // _GRID * _GRID, -(-window.end // _GRID) * _GRID, _GRID)
        key = ("values", label, match, wide.start, wide.end)
        return self._cached(key, lambda: self.source.label_values(label, match, wide, deadline), deadline)

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        """Names of the labels of series that match a selector within the window, to ten seconds."""
        wide = Window(window.start // _GRID * _GRID, -(-window.end // _GRID) * _GRID, _GRID)
        key = ("names", match, wide.start, wide.end)
        return self._cached(key, lambda: self.source.label_names(match, wide, deadline), deadline)

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        """Whether any series of that (deployed) name had a sample in the window."""
        return bool(self.label_values("__name__", metric, window, deadline))

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """What the source scrapes; empty when it does not say."""
        return self._cached("targets", lambda: self.source.targets(deadline), deadline)

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that its own rules fire, as they are now."""
        return self._joined("alerts", lambda: self.source.alerts(deadline), deadline)

    def rules(self, deadline: Deadline) -> tuple[Rule, ...]:
        """Its alerting rules with their alerts, as they are now."""
        return self._joined("rules", lambda: self.source.rules(deadline), deadline)

    def started_at(self, deadline: Deadline) -> float:
        """When its process started, epoch seconds; 0 when it does not say."""
        return self._joined("start", lambda: self.source.started_at(deadline), deadline)

    def scrape_interval(self, metrics: Collection[str] = ()) -> int:
        """Seconds between samples of these deployed series names. Does not raise."""
        return self.source.scrape_interval(metrics)

    def _cached(self, key: Hashable, ask: Callable[[], T], deadline: Deadline) -> T:
        known = self._answers.get(key)
        if known is not None:
            return known  # type: ignore[return-value]  # the key tells the type
        answer = self._joined(key, ask, deadline)
        self._answers.put(key, answer, _KEPT)
        return answer

    def _joined(self, key: Hashable, ask: Callable[[], T], deadline: Deadline) -> T:
        def through() -> object:
            with self.limiter.slot(deadline):
                return ask()

        try:
            answer, _ = self._flight.run(key, through, deadline.remaining)
        except TimeoutError:
            raise SourceUnavailable(self.name, f"{self.name} has not answered yet.") from None
        return answer  # type: ignore[return-value]
