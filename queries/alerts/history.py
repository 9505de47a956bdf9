"""When alerts fired: intervals from the series ALERTS that Prometheus stores, and what they tell about a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queries.alerts.records import RecordedAlert

SLACK_SECONDS = 600  # how far the times of the series and of the stored history may differ
_NOT_OF_THE_ALERT = frozenset({"__name__", "alertstate"})
SHORT_SECONDS = 600  # a firing that ends by itself within this time probably needed nobody


@dataclass(frozen=True)
class Firing:
    """One firing of an alert; `end` is 0 while it still fires. Times are exact to a step."""

    rule: str
    labels: Mapping[str, str]
    start: float
    end: float


@dataclass(frozen=True)
class RuleHistory:
    """What the firings of a rule within some days tell."""

    firings: int
    per_week: float
    seconds: float  # in total
    short: int  # ended within SHORT_SECONDS, and nobody acknowledged it
    last: float  # when the newest one began; 0: never


NEVER = RuleHistory(0, 0.0, 0.0, 0, 0.0)


def firings(
    times: NDArray[np.int64],
    series: Sequence[tuple[Mapping[str, str], NDArray[np.float64]]],
    step: float,
    interval: Callable[[str], float],
) -> tuple[Firing, ...]:
    """The firings in series of `count_over_time(ALERTS{alertstate="firing"}[step])`, the newest first.

    `times` (n,) are epoch seconds, a step apart; each series has labels and values (n,): how many evaluations fired in
    the step before, NaN for none. `interval` gives the seconds between the evaluations of a rule, by its name. A
    firing may be interrupted for a step.
    """
    result = [firing for labels, values in series for firing in _of_series(times, labels, values, step, interval)]
    return tuple(sorted(result, key=lambda firing: firing.start, reverse=True))


def _of_series(
    times: NDArray[np.int64],
    all_labels: Mapping[str, str],
    values: NDArray[np.float64],
    step: float,
    interval: Callable[[str], float],
) -> list[Firing]:
    labels = {name: value for name, value in all_labels.items() if name not in _NOT_OF_THE_ALERT}
    name = labels.get("alertname", "")
    fired = np.flatnonzero(np.nan_to_num(values) > 0)
    blocks = [block for block in np.split(fired, np.flatnonzero(np.diff(fired) > 2) + 1) if block.size]
    seconds = np.minimum(np.nan_to_num(values) * interval(name), step)
    return [_firing(times, seconds, block, labels, step) for block in blocks]


def _firing(
    times: NDArray[np.int64],
    seconds: NDArray[np.float64],
    block: NDArray[np.intp],
    labels: Mapping[str, str],
    step: float,
) -> Firing:
    """A firing over neighbouring steps: it began in the first and ended in the last one, as long as counted there."""
    first, last = int(block[0]), int(block[-1])
    start = float(times[first]) - float(seconds[first])
    end = float(times[last]) - step + float(seconds[last]) if last > first else start + float(seconds[first])
    return Firing(labels.get("alertname", ""), labels, start, 0.0 if last == times.size - 1 else end)


def by_rule(
    all_firings: Sequence[Firing], days: float, now: float, acknowledged: Sequence[RecordedAlert] = ()
) -> Mapping[str, RuleHistory]:
    """The history of each rule that fired, over so many days until `now`; `acknowledged` are alerts with an
    acknowledgement, which did not end by themselves.
    """
    grouped: dict[str, list[Firing]] = {}
    for firing in all_firings:
        grouped.setdefault(firing.rule, []).append(firing)
    return {name: _history(group, days, now, acknowledged) for name, group in grouped.items()}


def _history(group: Sequence[Firing], days: float, now: float, acknowledged: Sequence[RecordedAlert]) -> RuleHistory:
    lengths = [(firing.end or now) - firing.start for firing in group]
    short = sum(
        firing.end > 0 and length < SHORT_SECONDS and not any(_is_same(firing, alert) for alert in acknowledged)
        for firing, length in zip(group, lengths, strict=True)
    )
    last = max(firing.start for firing in group)
    return RuleHistory(len(group), 7 * len(group) / days, sum(lengths), short, last)


def _is_same(firing: Firing, alert: RecordedAlert) -> bool:
    """Whether an alert of the stored history is a firing of the series; it may have external labels beside."""
    if any(alert.labels.get(name) != value for name, value in firing.labels.items()):
        return False
    begins_before = alert.starts <= (firing.end or float("inf")) + SLACK_SECONDS
    return begins_before and (alert.ends or float("inf")) >= firing.start - SLACK_SECONDS
