"""PromQL templates shared by the boards: every board writes a rate or a quantile in the same way.

Metric names are canonical (telemetry.contract). `queries.metrics.promql` expands `$filters`, `$__rate_interval`,
`$__range`, `$unit(…)` and the other variables. `where` adds matchers; `over` is the range of a rate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from panels.spec import Query

RATE = "$__rate_interval"
RANGE = "$__range"


def selector(metric: str, where: str = "") -> str:
    """A selector with the filters of the page."""
    return f"{metric}{{$filters{',' + where if where else ''}}}"


def total_rate(metric: str, by: tuple[str, ...] = (), where: str = "", over: str = RATE) -> str:
    """Events per second of a counter, summed over all labels but `by`; resets are corrected by `rate`."""
    return f"sum{_by(by)} (rate({selector(metric, where)}[{over}]))"


def growth(
    metric: str, by: tuple[str, ...], *, step: str = "$__interval", lookback: str = "1d", over: str = RATE
) -> str:
    """The growth of a counter in each step; the sum over all steps is the total growth, even with missed scrapes.

    `increase` over one step loses the growth between the last scrape before a gap and the first scrape after it.
    Here the value of a step is the difference to the last sample before it, which can be as old as `lookback`. After a
    restart it is the value of the counter. In the step of the restart, and in a series' first step, it is `increase`.
    """
    series = selector(metric)
    newest, before = f"last_over_time({series}[{step}])", f"last_over_time({series}[{lookback}] offset {step})"
    return (
        f"sum{_by(by)} (({newest} - {before} >= 0 or {newest} < {before}) unless resets({series}[{over}]) > 0 "
        f"or increase({series}[{step}]))"
    )


RECORDED_FILTERS: Final = ("environment", "provider", "model")
# Rules of this group are evaluated so seldom; what they keep is read a minute later, when it has been written.
TENANT_MINUTES: Final = 5
_WRITTEN: Final = "1m"


def recorded_series(metric: str) -> str:
    """The recording rule that keeps how many series a counter has."""
    return f"environment:{metric.removesuffix('_total')}:series"


@dataclass(frozen=True)
class RecordedGrowth:
    """A recording rule that keeps a counter's growth of each minute, by `environment` and the labels `by`."""

    metric: str
    by: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the recorded series: its labels, the counter, the operation."""
        counter = self.metric.removesuffix("_total")
        return f"{'_'.join(('environment', *self.by))}:{counter}:growth1m"

    @property
    def expr(self) -> str:
        """The rule. Samples are looked for five minutes back: it reads each series of the counter every minute."""
        return growth(self.metric, ("environment", *self.by), step="1m", lookback="5m", over="1m")

    def growth(self, by: tuple[str, ...], over: str = "$__interval", where: str = "") -> str:
        """What `growth` gives for one of the labels or several, read from the recorded series."""
        return f"sum{_by(by)} (sum_over_time({self._selector(where)}[{over}]))"

    def rate(self, by: tuple[str, ...]) -> str:
        """What `total_rate` gives, read from the recorded series: over two minutes at least."""
        return f"sum{_by(by)} (avg_over_time({self._selector()}[2m])) / 60"

    def _selector(self, where: str = "") -> str:
        return f"{self.name}{{{_filters(RECORDED_FILTERS, where)}}}"


@dataclass(frozen=True)
class RecordedIncrease:
    """A recording rule that keeps a counter's increase of each five minutes, by `environment` and the labels `by`.

    For counters of so many series that `growth` would be too much work for each evaluation.
    """

    metric: str
    by: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the recorded series: its labels, the counter, the operation."""
        counter = self.metric.removesuffix("_total")
        return f"{'_'.join(('environment', *self.by))}:{counter}:increase{TENANT_MINUTES}m"

    @property
    def expr(self) -> str:
        """The rule."""
        return f"sum{_by(('environment', *self.by))} (increase({selector(self.metric)}[{TENANT_MINUTES}m]))"

    def total(self, by: tuple[str, ...], over: str, where: str = "") -> str:
        """The increase over a range, by some of the labels."""
        return f"sum{_by(by)} ({self._sum(over, _WRITTEN, self.by, where)})"

    def rise(self, by: tuple[str, ...], over: str, filters: tuple[str, ...]) -> str:
        """How much more it is over a range than over the same range of the day before; for filters by these labels."""
        now, before = self._sum(over, _WRITTEN, filters), self._sum(over, f"1d{_WRITTEN}", filters)
        return f'sum{_by(by)} (label_replace({now}, "day", "this", "", "") or -{before})'

    def _sum(self, over: str, ago: str, labels: tuple[str, ...], where: str = "") -> str:
        filters = _filters(("environment", *labels), where)
        return f"sum_over_time({self.name}{{{filters}}}[{over}] offset {ago})"


def quantile(q: float, histogram: str, by: tuple[str, ...] = (), over: str = RATE) -> str:
    """A quantile of a classic histogram in its contract unit, by the labels `by`."""
    buckets = f"sum{_by((*by, 'le'))} (rate({selector(histogram + '_bucket')}[{over}]))"
    return f"histogram_quantile({q}, {buckets})$unit({histogram})"


def peak(gauge: str) -> str:
    """The largest value of a gauge within each step, so that a spike shorter than the step stays visible."""
    return f"max_over_time(({gauge})[$__within])"


def trough(gauge: str) -> str:
    """The smallest value of a gauge within each step, for gauges where lower is worse."""
    return f"min_over_time(({gauge})[$__within])"


def limit_left(
    remaining: str, limit: str, by: tuple[str, ...] = ("provider",), *, now: str = "max", over_step: bool = False
) -> str:
    """What is left of rate limits, in percent, by the labels `by`: of the model and the window with the least.

    Where the provider reports no limit, the whole is the largest number that was left within a day. `now` says which
    of several reports of one limit counts, `max` or `min`. With `over_step`, each step has its smallest value.
    """
    labels = "by (provider, model, window)"
    left = f"{now} {labels} ({selector(remaining)})"
    highest = f"max_over_time((max {labels} ({selector(remaining)}))[1d:10m])"
    whole = f"({now} {labels} ({selector(limit)}) > 0 or {highest} > 0)"
    # What is left now can be more than at any of the instants that the largest number is taken of.
    return f"clamp_max(min{_by(by)} (100 * {trough(left) if over_step else left} / {whole}), 100)"


def spending(spent: str, hours: int = 6) -> str:
    """Dollars per second of the last hours, from what is spent of a budget.

    It is the mean growth of ten minutes, without those in which it fell by half or more, which is the reset. Smaller
    falls are corrections, or differences between instances; `increase` would take each of them for a reset, and count
    all that was spent before it.
    """
    before = f"last_over_time({spent}[10m:10m] offset 10m)"
    growth = f"(({spent} - {before}) and ({spent} >= 0.5 * {before}))"
    return f"clamp_min(avg_over_time({growth}[{hours}h:10m]) / 600, 0)"


def share(metric: str, where: str, by: tuple[str, ...] = (), over: str = RATE) -> str:
    """Percentage of a counter's events that match `where`.

    The result is zero only if the counter exists and has the label in `where`. A counter that is not exported, or that
    lacks the label, gives no result; no traffic gives NaN.
    """
    whole = total_rate(metric, by, over=over)
    part = total_rate(metric, by, where, over)
    return f"100 * ({part} or 0 * {total_rate(metric, by, _has_label(where), over)}) / {whole}"


def failed_share(metric: str, by: tuple[str, ...] = (), over: str = RATE) -> str:
    """Percentage of a counter's calls that failed; the profile defines which values of its labels mean failure."""
    return share(metric, f"$failed({metric})", by, over)


def quantiles(histogram: str, by: tuple[str, ...] = ()) -> tuple[Query, ...]:
    """p50, p95 and p99 over time, in light, medium and dark shades of one colour."""
    return tuple(
        Query(quantile(q, histogram, by), legend=f"p{q * 100:g}", colour=f"--q{q * 100:g}") for q in (0.5, 0.95, 0.99)
    )


def _has_label(where: str) -> str:
    """A matcher for the series that have the label in `where`."""
    if where.startswith("$failed("):
        return where.replace("$failed(", "$judged(", 1)
    match = re.match(r"\w+", where)
    return f'{match[0]}!=""' if match else ""


def _filters(labels: tuple[str, ...], where: str) -> str:
    """The page's filters by these labels, and matchers."""
    return ",".join((*(f"$filter({label})" for label in labels), *((where,) if where else ())))


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
