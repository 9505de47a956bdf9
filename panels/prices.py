"""Prices of tokens: those of the operator's table first, then the list prices of the package genai-prices.

A table of the operator's is TOML with US dollars per million tokens:

    [[prices]]
    model = "gpt-4o"
    valid_from = 2026-01-01
    prompt = 2.00
    cached = 1.00        # read from the provider's prompt cache; without it as prompt
    cache_write = 2.50   # without it as prompt
    completion = 8.00    # reasoning costs the same, unless `reasoning` says otherwise
    tier = "batch"       # optional: for tokens with this label service_tier

Optional: `[gpus]` with the GPUs of one server of a model; `[providers]` with `NAME = { cached_inside_prompt = true }`,
and `counted_as = "NAME"` at a price.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from panels import price_catalog
from panels.price import STANDARD, Price, tier_of
from queries.metrics.frame import Floats, Times

_MILLION: Final = 1e6
_COUNT_INSIDE: Final = frozenset({"openai", "mistral"})
_COUNTS_BESIDE: Final = "anthropic"
_MODELS_COUNTED_BESIDE: Final = "claude"
Catalog = Callable[[str, str, str], tuple[Price, ...]]


@dataclass(frozen=True)
class PriceTable:
    """The operator's prices by (model, tier), each ascending by date, over a catalog of list prices.

    `cached_inside_prompt` says for a provider (in lower case) whether its prompt tokens contain the cached ones;
    `counted_as` names for a model the provider whose way of counting it keeps wherever it is served.
    `gpu_hour` is what one GPU costs for an hour, in dollars, 0 if unknown; `gpus` are those of one server of a model.
    """

    own: Mapping[tuple[str, str], tuple[Price, ...]] = field(default_factory=dict)
    cached_inside_prompt: Mapping[str, bool] = field(default_factory=dict)
    counted_as: Mapping[str, str] = field(default_factory=dict)
    catalog: Catalog = price_catalog.prices
    is_partition: bool = False
    gpu_hour: float = 0.0
    gpus: Mapping[str, int] = field(default_factory=dict)

    def gpus_of(self, model: str) -> int:
        """The GPUs of one server of a model: 1 unless the operator's table says otherwise."""
        return next((self.gpus[name] for name in price_catalog.names(model) if name in self.gpus), 1)

    def gpu_sentence(self) -> str:
        """What the dollars of model servers are computed from."""
        several = ", ".join(f"{count} GPUs for {model}" for model, count in sorted(self.gpus.items()))
        return f"At ${self.gpu_hour:g} per GPU hour, one GPU per server{f' but {several}' if several else ''}"

    def of_partition(self) -> PriceTable:
        """The table for kinds that do not overlap: cached beside the prompt, reasoning beside the completion."""
        return replace(self, is_partition=True)

    def entries(self, provider: str, model: str, tier: str = STANDARD) -> tuple[Price, ...]:
        """The prices of a model, in order of precedence; empty if it has none."""
        for name in price_catalog.names(model):
            if (name, tier) in self.own:
                return self.own[name, tier]
        return self.catalog(provider, model, tier)

    def knows(self, provider: str, model: str, tier: str = STANDARD) -> bool:
        """Whether the model has a price."""
        return bool(self.entries(provider, model, tier))

    def counts_cached_inside(self, provider: str, model: str, prompt: float, cached: float) -> bool:
        """Whether prompt tokens contain the cached ones.

        The operator's rules come first. Anthropic and whoever serves its models count them beside the prompt. A
        provider that nothing is known about counts as most do, inside, unless more tokens were `cached` than
        `prompt`, which proves the opposite.
        """
        if self.is_partition:
            return False
        makers = (self.counted_as[name] for name in price_catalog.names(model) if name in self.counted_as)
        for name in (provider.lower(), *makers):
            if name in self.cached_inside_prompt:
                return self.cached_inside_prompt[name]
        if provider.lower() == _COUNTS_BESIDE or _MODELS_COUNTED_BESIDE in model.lower():
            return False
        return provider.lower() in _COUNT_INSIDE or cached <= prompt

    def rates(self, provider: str, model: str, kind: str, times: Times, tier: str = STANDARD) -> Floats:
        """Dollars per token in the step ending at each instant, shape (times,); NaN without a price."""
        rates = np.full(times.size, np.nan)
        for entry in self.entries(provider, model, tier):
            rates[entry.applies(times)] = entry.dollars.get(kind, np.nan)
        return rates


def load(path: Path | None, gpu_hour: float = 0.0) -> PriceTable:
    """List prices, under those of a TOML file if there is one; `gpu_hour` is the price of a GPU hour, 0 if unknown.

    Raises OSError, ValueError (which includes TOML that cannot be read), KeyError, TypeError or AttributeError for a
    file that is not a price table.
    """
    if path is None:
        return PriceTable(gpu_hour=gpu_hour)
    parsed = tomllib.loads(path.read_text("utf-8"))
    entries: dict[tuple[str, str], list[Price]] = {}
    for entry in parsed.get("prices", ()) if "gpus" in parsed else parsed["prices"]:
        entries.setdefault((entry["model"], tier_of(entry.get("tier", ""))), []).append(_price(entry))
    ordered = {key: tuple(sorted(rows, key=lambda price: price.valid_from)) for key, rows in entries.items()}
    rules = parsed.get("providers", {})
    inside = {name.lower(): bool(facts["cached_inside_prompt"]) for name, facts in rules.items()}
    makers = {entry["model"]: entry["counted_as"] for entry in parsed.get("prices", ()) if "counted_as" in entry}
    gpus = {model: int(count) for model, count in parsed.get("gpus", {}).items()}
    return PriceTable(ordered, inside, makers, gpu_hour=gpu_hour, gpus=gpus)


def _price(entry: Mapping[str, Any]) -> Price:
    day: date = entry["valid_from"]
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    instead = {"cached": "prompt", "cache_write": "prompt", "reasoning": "completion"}
    kinds = ("prompt", "cached", "cache_write", "completion", "reasoning")
    return Price(start, {kind: entry.get(kind, entry[instead.get(kind, kind)]) / _MILLION for kind in kinds})
