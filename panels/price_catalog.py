"""List prices from the package genai-prices: dated, offline, with tiers; loaded when the first price is needed.

The gateways' names of providers and models are looked up as they are, without the vendor's prefix (`openai/gpt-4o`,
`bedrock/anthropic.claude-…`) and without the date of a snapshot. A provider that the package does not know charges
what the maker of the model charges; servers of one's own charge nothing that a price list could know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from panels.price import BATCH, STANDARD, Price

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, StartDateConstraint, TimeOfDateConstraint

_MILLION: Final = 1e6
# A dated snapshot of a model costs as the model: gpt-4o-2024-08-06, claude-3-5-sonnet-20241022, mistral-large-latest.
SNAPSHOT: Final = "latest|[0-9]{4}-?[0-9]{2}-?[0-9]{2}|[0-9]{4}"
_SNAPSHOT: Final = re.compile(f"-({SNAPSHOT})$")
_SELF_HOSTED: Final = frozenset(
    {"ollama", "ollama_chat", "vllm", "hosted_vllm", "sglang", "tgi", "llamafile", "xinference"}
)


def names(model: str) -> Iterator[str]:
    """The names that a model may be listed under, the most specific first: without prefixes, without a date."""
    parts = model.split("/")
    for first in range(len(parts)):
        name = "/".join(parts[first:])
        yield name
        if (plain := _SNAPSHOT.sub("", name)) != name:
            yield plain


@lru_cache(maxsize=4_096)
def prices(provider: str, model: str, tier: str = STANDARD) -> tuple[Price, ...]:
    """Prices of a model at a provider in order of precedence, the last that applies wins; empty if unknown.

    A tier other than the standard one has a price only where the package lists it.
    """
    model_info = _find(provider, model) if model else None
    if model_info is None or (tier != STANDARD and not _has_tier(model_info, tier)):
        return ()
    entries = _entries(model_info, tier)
    return tuple(entry for entry in entries if entry.dollars)


def _find(provider: str, model: str) -> ModelInfo | None:
    from genai_prices.data_snapshot import get_snapshot  # a fifth of a second, which a start should not take

    prefix = model.partition("/")[0] if "/" in model else ""
    if {provider.lower(), prefix.lower()} & _SELF_HOSTED:
        return None
    snapshot = get_snapshot()
    for name in names(model):
        for candidate in dict.fromkeys((provider or None, prefix or None, None)):
            try:
                return snapshot.find_provider_model(name, None, candidate, None)[1]
            except LookupError:
                continue
    return None


def _context(tier: str) -> dict[str, str]:
    return {"processing": BATCH} if tier == BATCH else {"service_tier": tier}


def _has_tier(model: ModelInfo, tier: str) -> bool:
    return any(variant.when == _context(tier) for variant in model.price_variants or ())


def _entries(model: ModelInfo, tier: str) -> Iterator[Price]:
    conditional = _conditional(model)
    for index, entry in enumerate(conditional):
        # The first entry counts before all dates, too.
        begin, hours = _condition(None if index == 0 else entry.constraint)
        prices_then = entry.prices
        if tier != STANDARD:
            since = datetime.fromtimestamp(max(begin, 0), UTC) if index else _before_all_dates(conditional)
            prices_then = model.get_prices(since, _context(tier))
        yield Price(begin, _dollars(prices_then), hours)


def _conditional(model: ModelInfo) -> list[ConditionalPrice]:
    from genai_prices.types import ConditionalPrice, ModelPrice

    return [ConditionalPrice(prices=model.prices)] if isinstance(model.prices, ModelPrice) else model.prices


def _before_all_dates(conditional: list[ConditionalPrice]) -> datetime:
    starts = [getattr(entry.constraint, "start_date", None) for entry in conditional[1:]]
    first = min(filter(None, starts), default=None)
    return datetime(2020, 1, 1, tzinfo=UTC) if first else datetime.now(UTC)


def _condition(constraint: StartDateConstraint | TimeOfDateConstraint | None) -> tuple[int, tuple[int, int] | None]:
    """From when on (epoch seconds) and at which seconds of the day in UTC a price counts."""
    start: date | None = getattr(constraint, "start_date", None)
    if start is not None:
        return int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()), None
    begin: time | None = getattr(constraint, "start_time", None)
    end: time | None = getattr(constraint, "end_time", None)
    return 0, (_second(begin), _second(end)) if begin is not None and end is not None else None


def _second(of_day: time) -> int:
    offset = of_day.utcoffset()
    return (
        of_day.hour * 3_600 + of_day.minute * 60 + of_day.second - int(offset.total_seconds() if offset else 0)
    ) % 86_400


def _dollars(price: ModelPrice) -> Mapping[str, float]:
    """Dollars per token by kind. Cached tokens and writes without a price of their own cost what input costs."""
    listed = {
        key: _per_token(getattr(price, f"{key}_mtok", None)) for key in ("input", "output", "cache_read", "cache_write")
    }
    prompt, completion = listed["input"], listed["output"]
    of_kind = {
        "prompt": prompt,
        "completion": completion,
        "reasoning": completion,
        "cached": prompt if listed["cache_read"] is None else listed["cache_read"],
        "cache_write": prompt if listed["cache_write"] is None else listed["cache_write"],
    }
    return {kind: dollars for kind, dollars in of_kind.items() if dollars is not None}


def _per_token(price: object) -> float | None:
    """Of prices by the length of a request, which counters do not know, the one of short requests counts."""
    amount = getattr(price, "base", price)
    return float(amount) / _MILLION if isinstance(amount, Decimal) else None
