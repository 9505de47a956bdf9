"""How often each metric gets a sample: the scrape interval of the jobs that export it.

All metrics that were asked about are looked up together, once a minute. Where a job is not among the targets (remote
write, federation, Thanos, Mimir), the samples of the last minutes are counted instead.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from queries.core.background_value import BackgroundValue
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.metrics.prometheus import scrape
from queries.metrics.source import Target

Sample = tuple[Mapping[str, str], float]
Series = tuple[str, str]  # metric and job

_LIFE: Final = 60.0  # seconds; a changed configuration is noticed within a minute
_RETRY: Final = 10.0  # seconds, when the backend did not say
_SECONDS: Final = 2.0  # for all questions of one look; a page is waiting
_MOST: Final = 1_000  # metrics that are looked up
_COUNTED: Final = 200  # metrics whose samples are counted
_SPANS: Final = (150, 900)  # seconds over which samples are counted: the longer one for what has few in the shorter one
_FEW: Final = 3  # samples that are too few to tell an interval from
_USUAL: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300)  # seconds: a count is off by one at each end of its span
_NEAR: Final = 1.3
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


class Backend(Protocol):
    """What is asked of a Prometheus. Every method raises QueryError."""

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """What it scrapes; empty when it does not say."""
        ...

    def instant(self, expr: str, deadline: Deadline) -> tuple[Sample, ...]:
        """Labels and values now, by its own clock."""
        ...

    def usual_interval(self, targets: tuple[Target, ...], deadline: Deadline) -> int:
        """Seconds for metrics that it does not have; 0 when it does not say."""
        ...


@dataclass(frozen=True)
class Intervals:
    """Seconds between samples by metric, `usual` for others (0: unknown); `metrics` were looked for."""

    by_metric: Mapping[str, int] = field(default_factory=dict)
    usual: int = 0
    metrics: frozenset[str] = frozenset()
    failed: bool = False

    def of(self, metrics: Collection[str]) -> int:
        """The largest of the metrics that are known."""
        known = [self.by_metric[metric] for metric in metrics if metric in self.by_metric]
        return max(known) if known else self.usual or scrape.DEFAULT


def _life(intervals: Intervals) -> float:
    return _RETRY if intervals.failed else _LIFE


class ScrapeIntervals:
    """Learns the intervals of the requested metrics. Thread-safe."""

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.monotonic) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._requested: frozenset[str] = frozenset()
        self._value: BackgroundValue[Intervals] = BackgroundValue("scrape-intervals", self._read, _life, clock)

    def of(self, metrics: Collection[str]) -> int:
        """Seconds between samples of these deployed series names: the largest of those of the jobs that export them.

        The usual one of the backend for none, or unknown ones. Only the first question about a metric waits for the
        backend, two seconds at most; later ones get what is known while a thread asks again.
        """
        with self._lock:
            if len(self._requested) < _MOST:
                self._requested |= {metric for metric in metrics if _NAME.fullmatch(metric)}
            requested = self._requested
        known = self._value.get(_SECONDS)
        if known and not known.failed and not requested.intersection(metrics) <= known.metrics:
            self._value.read_again(_SECONDS)
            known = self._value.known
            if known and not requested.intersection(metrics) <= known.metrics:  # that reading had begun before
                self._value.read_again(_SECONDS)
                known = self._value.known
        return (known or Intervals()).of(metrics)

    def _read(self, known: Intervals | None) -> Intervals:
        with self._lock:
            metrics = self._requested
        before, deadline = known or Intervals(), Deadline.after(_SECONDS)
        try:
            targets = self._backend.targets(deadline)
            usual = self._backend.usual_interval(targets, deadline) or before.usual
            by_metric = _by_metric(self._backend, targets, metrics, deadline)
        except QueryError:
            return replace(before, metrics=metrics, failed=True)
        # A metric that has no sample just now keeps what was known of it.
        return Intervals({**before.by_metric, **by_metric}, usual, metrics)


def _by_metric(
    backend: Backend, targets: tuple[Target, ...], metrics: Collection[str], deadline: Deadline
) -> dict[str, int]:
    if not metrics:
        return {}
    by_job: dict[str, int] = {}
    for target in targets:
        by_job[target.job] = max(by_job.get(target.job, 0), target.scrape_interval)
    exported = _exported(backend, metrics, deadline)
    unknown = sorted({metric for metric, job in exported if not by_job.get(job)})[:_COUNTED]
    counted = _counted(backend, unknown, deadline)
    intervals: dict[str, int] = {}
    for metric, job in exported:
        seconds = by_job.get(job) or counted.get((metric, job), 0)
        if seconds:
            intervals[metric] = max(intervals.get(metric, 0), seconds)
    return intervals


def _exported(backend: Backend, metrics: Collection[str], deadline: Deadline) -> set[Series]:
    names = "|".join(sorted(metrics))
    answer = backend.instant(f'group by (__name__, job) ({{__name__=~"{names}"}})', deadline)
    return {(labels.get("__name__", ""), labels.get("job", "")) for labels, _ in answer}


def _counted(backend: Backend, metrics: Collection[str], deadline: Deadline) -> dict[Series, int]:
    """Seconds between samples, from how many there were; what could not be counted is left out."""
    intervals: dict[Series, int] = {}
    for span in _SPANS:
        left = [metric for metric in metrics if metric not in {name for name, _ in intervals}]
        with suppress(QueryError):
            for labels, count in backend.instant(_counts(left, span), deadline) if left else ():
                if count >= _FEW:
                    intervals[(labels.get("metric", ""), labels.get("job", ""))] = usual_near(span / count)
    return intervals


def _counts(metrics: Iterable[str], span: int) -> str:
    """One expression for all: functions over a range leave the metric's name out, so it becomes a label."""
    counts = (
        f'label_replace(max by (job) (count_over_time({{__name__="{metric}"}}[{span}s])), "metric", "{metric}", "", "")'
        for metric in metrics
    )
    return " or ".join(counts)


def usual_near(seconds: float) -> int:
    """The usual interval that is near, else the rounded seconds."""
    near = min(_USUAL, key=lambda usual: max(usual / seconds, seconds / usual))
    return near if max(near / seconds, seconds / near) <= _NEAR else max(1, round(seconds))
