"""What providers' prompt caches are worth: pure functions for `Panel.derive`, over the tokens of a range.

A cache read costs less than the prompt would have; a cache write costs more at some providers. Prices are those of
`panels.prices`, as everywhere; a model without a price has its hit share only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from panels.cost import Usage, coverage, of_rows, total_of, usages, who
from panels.prices import PriceTable
from panels.spec import Frames
from queries.core.time_range import Window
from queries.metrics.frame import EMPTY, Floats, Frame

Amount = Callable[[Usage], Floats]


def per_model(frames: Frames, window: Window, prices: PriceTable) -> Frames:  # noqa: ARG001
    """From `range` (see `panels.cost`), by (provider, model) where a cache was used: the table's four columns.

    Out: percentage of the input read from the cache, dollars saved by reads, dollars of writes, and the net: savings
    less what writes cost beyond the prompt's price.
    """
    frame = frames[0] if frames else EMPTY
    cached = [usage for usage in usages(frame, prices) if _total(usage, "cached", "cache_write") > 0]

    def dollars(kind: str, instead: str = "") -> Amount:
        def amount(usage: Usage) -> Floats:
            rate = _rate(usage, kind, frame, prices)
            difference = _rate(usage, instead, frame, prices) - rate if instead else rate
            return usage.tokens[kind] * difference

        return amount

    saved, written, surcharge = dollars("cached", "prompt"), dollars("cache_write"), dollars("cache_write", "prompt")
    notes = coverage(cached, prices)
    return (
        _hit_share(frame, cached),
        of_rows(frame, _rows(cached, saved), notes),
        of_rows(frame, _rows(cached, written)),
        of_rows(frame, _rows(cached, lambda usage: total_of([saved(usage), surcharge(usage)]))),
    )


def _rows(cached: Sequence[Usage], amount: Amount) -> list[tuple[dict[str, str], Floats]]:
    return [(who(usage), row) for usage in cached if not np.isnan(row := amount(usage)).all()]


def _hit_share(frame: Frame, cached: Sequence[Usage]) -> Frame:
    """Percentage of the input tokens that were read from the cache."""
    read = of_rows(frame, [(who(usage), np.nan_to_num(usage.tokens["cached"])) for usage in cached])
    whole = of_rows(frame, [(who(usage), _input(usage)) for usage in cached])
    shares = np.divide(100 * read.values, whole.values, out=np.full(read.values.shape, np.nan), where=whole.values > 0)
    return read.with_values(shares)


def _input(usage: Usage) -> Floats:
    total: Floats = sum(
        (np.nan_to_num(usage.tokens[kind]) for kind in ("prompt", "cached", "cache_write")),
        np.zeros(usage.dollars.shape),
    )
    return total


def _total(usage: Usage, *kinds: str) -> float:
    return sum(float(np.nansum(usage.tokens[kind])) for kind in kinds)


def _rate(usage: Usage, kind: str, frame: Frame, prices: PriceTable) -> Floats:
    return prices.rates(usage.provider, usage.model, kind, frame.times, usage.tier)
