"""The price table: US dollars per million tokens, dated, per model and kind of token (panels/prices.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from queries.metrics.frame import Floats, Times

OWN_TABLE: Final = Path(__file__).with_name("prices.toml")
_MILLION: Final = 1e6
# A model's dated snapshot costs as the model: gpt-4o-2024-08-06, claude-3-5-sonnet-20241022, mistral-large-latest.
_SNAPSHOT: Final = re.compile(r"-(latest|\d{4}-?\d{2}-?\d{2}|\d{4})$")


@dataclass(frozen=True)
class Price:
    """Dollars per token of each kind, from an instant (epoch seconds) on."""

    valid_from: int
    prompt: float
    cached: float
    completion: float

    def of(self, kind: str) -> float:
        """Dollars per token of that kind; raises KeyError for a kind the table does not know."""
        return {"prompt": self.prompt, "cached": self.cached, "completion": self.completion}[kind]


@dataclass(frozen=True)
class PriceTable:
    """Prices per model, each list ascending by date, and how cached tokens are counted.

    `cached_inside_prompt` says for a provider (in lower case) whether its prompt tokens contain the cached ones;
    `counted_as` names for a model the provider whose way of counting it keeps wherever it is served.
    """

    prices: Mapping[str, tuple[Price, ...]]
    cached_inside_prompt: Mapping[str, bool]
    counted_as: Mapping[str, str]
    is_partition: bool = False

    def of_partition(self) -> PriceTable:
        """The table for kinds that do not overlap: cached beside the prompt, reasoning beside the completion."""
        return replace(self, is_partition=True)

    def knows(self, model: str) -> bool:
        """Whether the model, or the model it is a snapshot of, has a price."""
        return bool(self._entries(model))

    def counts_cached_inside(self, provider: str, model: str, prompt: float, cached: float) -> bool:
        """Whether prompt tokens contain the cached ones.

        The provider's own rule comes first, then that of the model's maker. A provider that nothing is known about
        counts as most do, inside, unless more tokens were `cached` than `prompt`, which proves the opposite.
        """
        if self.is_partition:
            return False
        for name in (provider.lower(), self.counted_as.get(_SNAPSHOT.sub("", model), "")):
            if name in self.cached_inside_prompt:
                return self.cached_inside_prompt[name]
        return cached <= prompt

    def rates(self, model: str, kind: str, times: Times) -> Floats:
        """Dollars per token at each instant, shape (times,); NaN before the first price or for an unknown model."""
        rates = np.full(times.size, np.nan)
        for entry in self._entries(model):
            rates[times >= entry.valid_from] = entry.of(kind)
        return rates

    def _entries(self, model: str) -> tuple[Price, ...]:
        return self.prices.get(model) or self.prices.get(_SNAPSHOT.sub("", model), ())


def load(path: Path | None) -> PriceTable:
    """The price table of a TOML file, without one the table that comes with this package.

    Raises OSError, ValueError (which includes TOML that cannot be read), KeyError or TypeError for any other file.
    """
    return _own() if path is None else _read(path)


@cache
def _own() -> PriceTable:
    return _read(OWN_TABLE)


def _read(path: Path) -> PriceTable:
    parsed = tomllib.loads(path.read_text("utf-8"))
    by_model: dict[str, list[Price]] = {}
    for entry in parsed["prices"]:
        by_model.setdefault(entry["model"], []).append(_price(entry))
    ordered = {model: tuple(sorted(entries, key=lambda price: price.valid_from)) for model, entries in by_model.items()}
    inside = {name.lower(): bool(facts["cached_inside_prompt"]) for name, facts in parsed["providers"].items()}
    makers = {entry["model"]: entry["counted_as"] for entry in parsed["prices"] if "counted_as" in entry}
    return PriceTable(ordered, inside, makers)


def _price(entry: Mapping[str, Any]) -> Price:
    day: date = entry["valid_from"]
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    prompt = entry["prompt"] / _MILLION
    return Price(start, prompt, entry.get("cached", entry["prompt"]) / _MILLION, entry["completion"] / _MILLION)
