"""PromQL templates that the boards share, so that a rate or a quantile is written in one way.

Names are canonical (telemetry.contract); `$filters`, `$__rate_interval`, `$__range`, `$unit(…)` and the others are
expanded by `queries.metrics.promql`. `where` are further matchers, `over` the range of a rate.
"""

from __future__ import annotations

import re

from panels.spec import Query

RATE = "$__rate_interval"
RANGE = "$__range"


def selector(metric: str, where: str = "") -> str:
    """A selector that obeys the page's filters."""
    return f"{metric}{{$filters{',' + where if where else ''}}}"


def total_rate(metric: str, by: tuple[str, ...] = (), where: str = "", over: str = RATE) -> str:
    """Events per second of a counter, summed over all labels but `by`; resets are corrected by `rate`."""
    return f"sum{_by(by)} (rate({selector(metric, where)}[{over}]))"


def grown(metric: str, by: tuple[str, ...]) -> str:
    """How much a counter grew in each step; the sum over steps is what it grew in all, whatever was not scraped.

    `increase` over one step loses what happened between the last scrape before a gap and the first one after it.
    Here a step is the difference to the last sample before it, up to a day old. After a restart it is what the
    counter has reached since; within a step that saw the restart, and in a series' first step, it is `increase`.
    """
    series = selector(metric)
    newest, before = f"last_over_time({series}[$__interval])", f"last_over_time({series}[1d] offset $__interval)"
    return (
        f"sum{_by(by)} (({newest} - {before} >= 0 or {newest} < {before}) unless resets({series}[{RATE}]) > 0 "
        f"or increase({series}[$__interval]))"
    )


def quantile(q: float, histogram: str, by: tuple[str, ...] = (), over: str = RATE) -> str:
    """A quantile of a classic histogram in its contract unit; `le` stays in `by`."""
    buckets = f"sum{_by((*by, 'le'))} (rate({selector(histogram + '_bucket')}[{over}]))"
    return f"histogram_quantile({q}, {buckets})$unit({histogram})"


def peak(gauge: str) -> str:
    """The largest value of a gauge within each step: a spike shorter than the step is not lost between two samples."""
    return f"max_over_time(({gauge})[$__within])"


def trough(gauge: str) -> str:
    """The smallest value of a gauge within each step, for what is worse the lower it is."""
    return f"min_over_time(({gauge})[$__within])"


def share(metric: str, where: str, by: tuple[str, ...] = (), over: str = RATE) -> str:
    """Percentage of a counter's events that match `where`.

    Zero only where the counter itself exists and has the label that `where` asks for: a counter nobody exports, or
    one that does not tell these events apart, stays absent, and no traffic gives NaN.
    """
    whole = total_rate(metric, by, over=over)
    part = total_rate(metric, by, where, over)
    return f"100 * ({part} or 0 * {total_rate(metric, by, _told_apart(where), over)}) / {whole}"


def failed_share(metric: str, by: tuple[str, ...] = (), over: str = RATE) -> str:
    """Percentage of a counter's calls that failed, in the deployment's own words for failure."""
    return share(metric, f"$failed({metric})", by, over)


def quantiles(histogram: str, by: tuple[str, ...] = ()) -> tuple[Query, ...]:
    """p50, p95 and p99 over time, in light, medium and dark of one hue."""
    return tuple(
        Query(quantile(q, histogram, by), legend=f"p{q * 100:g}", colour=f"--q{q * 100:g}") for q in (0.5, 0.95, 0.99)
    )


def _told_apart(where: str) -> str:
    """The matcher of series that have the label which `where` asks for."""
    if where.startswith("$failed("):
        return where.replace("$failed(", "$judged(", 1)
    match = re.match(r"\w+", where)
    return f'{match[0]}!=""' if match else ""


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
