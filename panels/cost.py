"""From tokens to dollars by a price table: pure functions for `Panel.derive`.

Every input frame has the labels (provider, model, kind), and service_tier where the gateway exports one. Kinds are a
partition with `PriceTable.of_partition`; otherwise they are as providers count them: cached tokens are included in
OpenAI's prompt tokens and beside Anthropic's, reasoning in the completion. Both are normalised here. Tokens whose model
or kind has no price are left out, and a note says how many that is.

    rate   sum by (provider, model, kind, …) (rate(codeagent_llm_tokens_total{$filters}[$__rate_interval]))
    step   pages.expressions.growth: what the counters grew by in each step, gaps between scrapes included
    range  sum by (provider, model, kind, …) (increase(codeagent_llm_tokens_total{$filters}[$__range]))
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from panels import cost_difference, units
from panels.price import STANDARD, tier_of
from panels.prices import PriceTable
from panels.series import PROJECTED, SERIES_LABEL
from panels.spec import Frames, Unit
from queries.core.time_range import DAY, Window
from queries.metrics.frame import EMPTY, Floats, Frame

KINDS: Final = ("prompt", "cached", "cache_write", "completion", "reasoning")
_CACHE_READ: Final = "cache_read"  # cached tokens that are never counted in `prompt`
OTHER: Final = "other"  # tokens of a kind without a price in the table
# Other names of the kinds: OpenTelemetry's, and those of providers' own usage reports.
_KIND_NAMES: Final[Mapping[str, str]] = {
    "input": "prompt", "input_tokens": "prompt", "prompt_tokens": "prompt", "cached_input": "cached",
    "input_cached": "cached", "cached_tokens": "cached", "cache_read_input": _CACHE_READ,
    "cache_read_input_tokens": _CACHE_READ, "cache_creation": "cache_write", "cache_creation_input": "cache_write",
    "cache_creation_input_tokens": "cache_write", "cache_write_input": "cache_write", "output": "completion",
    "output_tokens": "completion", "completion_tokens": "completion", "reasoning_tokens": "reasoning",
    "total_tokens": "total",
}  # fmt: skip
_TOTAL: Final = "total"  # the sum of the other kinds; some gateways export it too
COVERED: Final = "All tokens have a price"
_HOUR: Final = 3_600
_ENOUGH_HOURS: Final = 24  # a projection from less is marked as rough


@dataclass(frozen=True)
class Usage:
    """Tokens of one model: a row (times,) for each kind as billed, and their cost; NaN where absent.

    `unpriced` are the tokens that are not in `dollars`, `other_kinds` the kinds without a known price.
    """

    provider: str
    model: str
    tokens: Mapping[str, Floats]
    dollars: Floats
    other_kinds: tuple[str, ...] = ()
    tier: str = STANDARD

    @property
    def total_tokens(self) -> Floats:
        """Billed tokens of all kinds, shape (times,)."""
        return total_of(list(self.tokens.values()))

    @property
    def unpriced(self) -> Floats:
        """Tokens that are not part of `dollars`, shape (times,)."""
        return np.where(np.isnan(self.dollars), np.nan_to_num(self.total_tokens), np.nan_to_num(self.tokens[OTHER]))


@dataclass(frozen=True)
class Coverage:
    """Which tokens have a price, as a sentence; `is_whole` where all have one. Without tokens there is no sentence."""

    sentence: str = ""
    is_whole: bool = True


_NO_TOKENS: Final = Coverage()


def per_hour(frames: Frames, window: Window, prices: PriceTable) -> Frames:  # noqa: ARG001
    """From `rate`: one series per priced (provider, model) in dollars per hour."""
    frame = _first(frames)
    every = usages(frame, prices)
    rows = [(who(usage), usage.dollars * _HOUR) for usage in _priced(every)]
    return (of_rows(frame, rows, coverage(every, prices)),)


def today(frames: Frames, window: Window, prices: PriceTable) -> Frames:
    """From `step` over TODAY: one series, dollars since midnight, cumulative. The last value is the headline."""
    return cumulative(frames, window, prices)


def cumulative(frames: Frames, window: Window, prices: PriceTable) -> Frames:  # noqa: ARG001
    """From `step` over TODAY or MONTH: one series, dollars since the window's start, cumulative.

    Usage during a gap between scrapes is counted at the first scrape after it. A second frame, the growth of the
    gateway's own counter of dollars in each step, becomes a second series and a note on the difference.
    """
    frame = _first(frames)
    every = usages(frame, prices)
    course, counted = _course(every), _counted(frames)
    name = "computed from tokens" if counted.size else "so far"
    series: list[tuple[Mapping[str, str], Floats]] = [({SERIES_LABEL: name}, course)] if course.size else []
    if counted.size:
        series.append(({SERIES_LABEL: "counted by the gateway"}, counted))
    computed: dict[str, float] = {}
    for usage in _priced(every):
        computed[usage.model] = computed.get(usage.model, 0.0) + _total(usage.dollars)
    notes = cost_difference.notes(computed, _by_model(frames[1])) if counted.size else ()
    return (of_rows(frame, series, coverage(every, prices), notes),)


def _counted(frames: Frames) -> Floats:
    """Dollars of the gateway's own counter, cumulative; empty if it has none on the instants of the tokens."""
    own = frames[1] if len(frames) > 1 else EMPTY
    if own.is_empty or not np.array_equal(own.times, frames[0].times):
        return np.empty(0)
    return np.cumsum(np.nansum(np.where(np.isfinite(own.values), own.values, np.nan), axis=0))


def _by_model(frame: Frame) -> dict[str, float]:
    """The sum over the window of each model's series."""
    totals: dict[str, float] = {}
    for labels, row in zip(frame.labels, frame.values, strict=True):
        model = labels.get("model", "")
        totals[model] = totals.get(model, 0.0) + float(np.nansum(np.where(np.isfinite(row), row, np.nan)))
    return totals


def month_with_projection(frames: Frames, window: Window, prices: PriceTable) -> Frames:
    """From `step` over MONTH: the cumulative dollars, and a dashed projection at the mean rate so far.

    The rate is that of the time with data, so that a month without data at its start is not underestimated.
    """
    so_far = cumulative(frames, window, prices)[0]
    course = so_far.values[0] if so_far.labels else np.empty(0)
    here = np.flatnonzero(~np.isnan(course))
    if not here.size:
        return (so_far,)
    spent, now = float(course[here[-1]]), int(so_far.times[here[-1]])
    seconds = now - int(so_far.times[here[0]]) + window.step
    end = _month_end(window)
    expected = spent + spent / seconds * max(end - now, 0)
    projection = Frame(
        np.array([now, max(end, now + 1)]),
        ({SERIES_LABEL: PROJECTED},),
        np.array([[spent, expected]]),
        _projection_notes(expected, seconds),
    )
    return so_far, projection


def per_model(frames: Frames, window: Window, prices: PriceTable) -> Frames:  # noqa: ARG001
    """From (calls, `range`, p95, p95's course), each by (provider, model): the models table's six columns.

    Out: calls, tokens, dollars, dollars per thousand calls, p95, p95's course.
    """
    calls, tokens, *latencies = frames
    every = usages(tokens, prices)
    counts = of_rows(tokens, [(who(usage), usage.total_tokens) for usage in every])
    dollars = of_rows(tokens, [(who(usage), usage.dollars) for usage in _priced(every)], coverage(every, prices))
    return calls, counts, dollars, _per_thousand(dollars, calls), *latencies


def usages(frame: Frame, prices: PriceTable) -> list[Usage]:
    """Tokens and dollars of every (provider, model) of a frame by (provider, model, kind), sorted."""
    rows: dict[tuple[str, str, str], dict[str, Floats]] = {}
    for labels, values in zip(frame.labels, frame.values, strict=True):
        key = labels.get("provider", ""), labels.get("model", ""), tier_of(labels.get("service_tier", ""))
        kinds = rows.setdefault(key, {})
        kind = _KIND_NAMES.get(labels.get("kind", ""), labels.get("kind", ""))
        counted = np.where(np.isfinite(values), values, np.nan)
        kinds[kind] = total_of([kinds[kind], counted]) if kind in kinds else counted
    return [_usage(frame, prices, *key, kinds) for key, kinds in sorted(rows.items())]


def _usage(
    frame: Frame, prices: PriceTable, provider: str, model: str, tier: str, kinds: Mapping[str, Floats]
) -> Usage:
    absent = np.full(frame.times.size, np.nan)
    tokens = {kind: kinds.get(kind, absent) for kind in KINDS}
    if not prices.is_partition and "completion" in kinds:
        tokens["reasoning"] = absent  # providers count it in the completion
    if prices.counts_cached_inside(provider, model, _total(tokens["prompt"]), _total(tokens["cached"])):
        tokens["prompt"] = np.maximum(tokens["prompt"] - np.nan_to_num(tokens["cached"]), 0.0)
    tokens["cached"] = total_of([tokens["cached"], kinds.get(_CACHE_READ, absent)])
    costs = [tokens[kind] * prices.rates(provider, model, kind, frame.times, tier) for kind in KINDS]
    known = {*KINDS, _CACHE_READ}
    other = sorted(kinds.keys() - known - ({_TOTAL} if kinds.keys() & known else set()))
    tokens[OTHER] = total_of([absent, *(kinds[kind] for kind in other)])
    return Usage(provider, model, tokens, total_of(costs), tuple(other), tier)


def _course(every: Sequence[Usage]) -> Floats:
    """Dollars of all priced models, cumulative; NaN before the first sample. Empty without any."""
    rows = [usage.dollars for usage in every]
    if not rows or all(np.isnan(row).all() for row in rows):
        return np.empty(0)
    steps = total_of(rows)
    begun = np.cumsum(~np.isnan(steps)) > 0
    return np.where(begun, np.cumsum(np.nan_to_num(steps)), np.nan)


def _priced(every: Sequence[Usage]) -> list[Usage]:
    return [usage for usage in every if not np.isnan(usage.dollars).all()]


def coverage(every: Sequence[Usage], prices: PriceTable) -> Coverage:
    """The coverage: that all tokens have a price, or which models and kinds have none, and their share."""
    whole = sum(_total(usage.total_tokens) for usage in every)
    missing = [(_unpriced_name(usage, prices), tokens) for usage in every if (tokens := _total(usage.unpriced)) > 0]
    if whole <= 0:
        return Coverage()
    if not missing:
        return Coverage(COVERED)
    without = sum(tokens for _, tokens in missing)
    names = ", ".join(sorted({name for name, _ in missing})[:3])
    if without >= whole:
        return Coverage(f"Tokens were used, but none of them have a price: {names}", is_whole=False)
    share = units.write(100 * without / whole, Unit.PERCENT)
    return Coverage(f"{share} of the tokens have no price and are not included: {names}", is_whole=False)


def _unpriced_name(usage: Usage, prices: PriceTable) -> str:
    """The model, with the kinds that have no price if the model itself has one."""
    model = usage.model or "a model without a name"
    if not prices.knows(usage.provider, usage.model, usage.tier):
        return f"{model} (tier “{usage.tier}”)" if prices.knows(usage.provider, usage.model) else model
    if not usage.other_kinds:
        return model
    kinds = ", ".join(f"kind “{kind}”" if kind else "no label “kind”" for kind in usage.other_kinds)
    return f"{model} ({kinds})"


def _per_thousand(dollars: Frame, calls: Frame) -> Frame:
    """Dollars per thousand calls; no value without calls."""
    counts = {_key(labels): row for labels, row in zip(calls.labels, calls.values, strict=True)}
    rows = []
    for labels, cost in zip(dollars.labels, dollars.values, strict=True):
        number = counts.get(_key(labels))
        if number is None or number.size != cost.size:
            continue
        rows.append((labels, np.divide(1_000 * cost, number, out=np.full(cost.shape, np.nan), where=number > 0)))
    return of_rows(dollars, rows)


def _projection_notes(expected: float, seconds: int) -> tuple[str, ...]:
    hours = seconds / _HOUR
    basis = f"{hours:.0f} h of data" if hours < 2 * _ENOUGH_HOURS else f"{hours / 24:.0f} days of data"
    rough = ", rough" if hours < _ENOUGH_HOURS else ""
    return (f"{units.write(expected, Unit.DOLLARS)} by the end of the month, projected from {basis}{rough}",)


def _month_end(window: Window) -> int:
    """The end of the month in which the window starts, in its time zone (off by an hour after a DST change)."""
    start = window.start - window.step
    # Midnight in any time zone is within 14 hours of the same day in UTC.
    inside = datetime.fromtimestamp(start + 14 * _HOUR, UTC)
    days: int = calendar.monthrange(inside.year, inside.month)[1]
    return start + days * DAY


def total_of(rows: list[Floats]) -> Floats:
    """Sum over rows; NaN only where every row is absent."""
    stacked = np.vstack(rows)
    total: Floats = np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0))
    return total


def _total(values: Floats) -> float:
    return float(np.nansum(values))


def of_rows(
    like: Frame,
    rows: Sequence[tuple[Mapping[str, str], Floats]],
    covered: Coverage = _NO_TOKENS,
    notes: tuple[str, ...] = (),
) -> Frame:
    """One series for each set of labels: the tiers of a model are added up. Coverage and notes stand below it."""
    alike: dict[tuple[tuple[str, str], ...], list[Floats]] = {}
    for labels, row in rows:
        alike.setdefault(tuple(labels.items()), []).append(row)
    values = np.vstack([total_of(group) for group in alike.values()]) if alike else np.empty((0, like.times.size))
    sentences = (covered.sentence,) if covered.sentence else ()
    warnings = () if covered.is_whole else sentences
    named = tuple(dict(labels) for labels in alike)
    return Frame(like.times, named, values, (*like.notes, *sentences, *notes), warnings)


def _first(frames: Frames) -> Frame:
    return frames[0] if frames else EMPTY


def who(usage: Usage) -> dict[str, str]:
    """The labels of a model's series."""
    return {"provider": usage.provider, "model": usage.model}


def _key(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get("provider", ""), labels.get("model", "")
