"""How late samples arrive at a backend, by its own clock.

Scrapes are visible at once; remote write, federation and recording rules with an offset are late. The age of the newest
sample alone does not tell: it grows between two scrapes. So the backend is asked again and again until newer samples
come, and what counts is how old they are when they come.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.metrics.source import Target

_SECONDS: Final = 10.0  # for one question
_POLL: Final = 1.0  # seconds between questions: the resolution
_MARGIN: Final = 5.0  # seconds more than a scrape interval until a job counts as silent
_SHORTEST: Final = 20.0  # seconds that are spent on it where something is silent: batches may come so seldom
_LONGEST: Final = 75.0  # seconds that are spent on it
_REACH: Final = 3_600  # seconds: samples that come later than that are not seen
_LOOK_BACK: Final = 300  # seconds: how far back a backend looks for the newest sample of a series
_MOST: Final = 40  # jobs and recorded series that are looked at
_METRICS: Final = 2  # of each job
_SAFETY: Final = 1.1  # delays vary

Sample = tuple[Mapping[str, str], float]


class Backend(Protocol):
    """What is asked of a Prometheus. Methods but the first raise QueryError."""

    def scrape_interval(self, metrics: Collection[str] = ()) -> int:
        """Seconds between samples of these series names."""
        ...

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """What it scrapes; empty when it does not say."""
        ...

    def instant(self, expr: str, deadline: Deadline) -> tuple[Sample, ...]:
        """Labels and values now, by its own clock."""
        ...


@dataclass(frozen=True)
class Delay:
    """How late the samples of a job, or of a recorded series, arrive; in seconds.

    `seconds` is None when no new sample came while it was looked at; `age` is then how old the newest one is.
    """

    subject: str
    seconds: float | None
    age: float
    watched: float = 0.0

    @property
    def setting(self) -> int:
        """The tolerance that suits the delay, in seconds."""
        return math.ceil((self.seconds or 0.0) * _SAFETY / 5) * 5


@dataclass(frozen=True)
class _Subject:
    name: str
    metrics: tuple[str, ...]
    job: str
    interval: int  # seconds between samples; 0 where the backend scrapes by itself: then nothing comes in batches

    @property
    def selectors(self) -> Iterator[str]:
        for metric in self.metrics:
            yield f'{{__name__="{metric}",job="{self.job}"}}'


@dataclass
class _Watch:
    """The newest sample of one series of a subject, and the largest delay that was seen of it."""

    newest: float
    delay: float | None = None

    def see(self, newest: float, now: float, interval: int) -> None:
        if newest > self.newest:
            # What came together with the newest sample had to wait longer: from one interval after the one before.
            oldest = self.newest + interval if interval else newest
            self.delay = max(self.delay or 0.0, now - min(newest, oldest))
            self.newest = newest


def delays(
    source: Backend, metrics: Collection[str], sleep: Callable[[float], object] = time.sleep
) -> tuple[Delay, ...]:
    """The delay of each job that exports some of the deployed series names, and of each recorded one among them.

    Takes about one scrape interval, 75 s at most. Raises QueryError.
    """
    subjects = _subjects(source, metrics)
    if not subjects:
        return ()
    longest = min(max(source.scrape_interval(metrics) + _MARGIN, _SHORTEST), _LONGEST)
    expr, watches = _expression(subjects), {subject.name: dict[str, _Watch]() for subject in subjects}
    begun = now = _look(source, expr, subjects, watches)
    while now - begun < longest and not all(map(_is_known, watches.values())):
        sleep(_POLL)
        now = _look(source, expr, subjects, watches)
    return tuple(_delay(name, series, now, now - begun) for name, series in watches.items() if series)


def _delay(name: str, series: Mapping[str, _Watch], now: float, watched: float) -> Delay:
    delays = [watch.delay for watch in series.values() if watch.delay is not None]
    age = now - max(watch.newest for watch in series.values())
    return Delay(name, max(delays) if delays else None, age, watched)


def _is_known(series: Mapping[str, _Watch]) -> bool:
    return any(watch.delay is not None for watch in series.values())


def _look(source: Backend, expr: str, subjects: Sequence[_Subject], watches: Mapping[str, dict[str, _Watch]]) -> float:
    """Ask once; the backend's time."""
    answer = source.instant(expr, Deadline.after(_SECONDS))
    now = next(value for labels, value in answer if not labels.get("subject"))
    for labels, newest in answer:
        if number := labels.get("subject"):
            subject = subjects[int(number) - 1]
            series = watches[subject.name]
            name = labels.get("instance", "")
            series.setdefault(name, _Watch(newest)).see(newest, now, subject.interval)
    return now


def _subjects(source: Backend, metrics: Collection[str]) -> list[_Subject]:
    deadline = Deadline.after(_SECONDS)
    scraped = {target.job for target in _targets(source, deadline)}
    names = "|".join(sorted(metrics))
    series = source.instant(f'group by (__name__, job) (last_over_time({{__name__=~"{names}"}}[1h]))', deadline)
    pairs = sorted((labels.get("job", ""), labels["__name__"]) for labels, _ in series if "__name__" in labels)
    subjects: list[_Subject] = []
    for job in sorted({job for job, metric in pairs if job and ":" not in metric}):
        exported = [metric for other, metric in pairs if other == job and ":" not in metric]
        small = sorted(exported, key=lambda metric: metric.endswith("_bucket"))[:_METRICS]
        interval = 0 if job in scraped else source.scrape_interval(small)
        subjects.append(_Subject(job, tuple(small), job, interval))
    recorded = [pair for pair in pairs if not pair[0] or ":" in pair[1]]
    subjects += [_Subject(metric, (metric,), job, source.scrape_interval([metric])) for job, metric in recorded]
    return subjects[:_MOST]


def _targets(source: Backend, deadline: Deadline) -> tuple[Target, ...]:
    try:
        return source.targets(deadline)
    except QueryError:
        return ()


def _expression(subjects: Sequence[_Subject]) -> str:
    """The backend's time and the newest time stamps by subject and instance, in one answer and so at one instant."""
    offsets = ["", *(f" offset {seconds}s" for seconds in range(_LOOK_BACK, _REACH, _LOOK_BACK))]
    parts = ["vector(time())"]
    for number, subject in enumerate(subjects, 1):
        stamps = " or ".join(f"timestamp({selector}{offset})" for selector in subject.selectors for offset in offsets)
        parts.append(f'label_replace(max by (instance) ({stamps}), "subject", "{number}", "", "")')
    return " or ".join(parts)
