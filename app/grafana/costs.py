"""Dollars as PromQL, with the prices written in and dated.

Tokens by (provider, model, kind) are multiplied by a vector of prices by (priced, kind), where `priced` is the model
without the date of its snapshot. Where cached tokens are counted inside the prompt, a cached token is worth the
difference to the prompt's price. The only module here that knows the price table.

A query cannot hold the prices of two thousand models: those of the operator's table and of the models in `MODELS` are
written in, at their standard tier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from panels.price import Price
from panels.price_catalog import SNAPSHOT
from panels.prices import PriceTable
from queries.metrics.promql_text import label_replace

_MODEL: Final = f"(.+?)(?:-(?:{SNAPSHOT}))?"
_MILLION: Final = 1e6
MODELS: Final = (
    "claude-3-5-haiku", "claude-3-5-sonnet", "claude-haiku-4-5", "claude-opus-4-5", "claude-sonnet-4",
    "claude-sonnet-4-5", "gemini-2.5-flash", "gemini-2.5-pro", "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini",
    "gpt-5", "gpt-5-mini", "mistral-large", "o3",
)  # fmt: skip
Amount = Callable[[Price, str], float]
_KINDS: Final = ("prompt", "cached", "cache_write", "completion")


@dataclass(frozen=True)
class Prices:
    """A price table as PromQL."""

    table: PriceTable

    def dollars(self, tokens: str) -> str:
        """Dollars by (provider, model) of tokens by (provider, model, kind); models without a price are left out."""
        return self._product(tokens, self._vector())

    def saved_by_reads(self, tokens: str) -> str:
        """What tokens read from a prompt cache cost less than the prompt's price, in dollars by (provider, model)."""
        return self._product(tokens, self._vector(("cached",), _saved))

    def of_writes(self, tokens: str) -> str:
        """Dollars by (provider, model) of tokens written to a prompt cache."""
        return self._product(tokens, self._vector(("cache_write",), lambda price, kind: price.dollars[kind]))

    def net_of_cache(self, tokens: str) -> str:
        """What reads save less what writes cost beyond the prompt's price, in dollars by (provider, model)."""
        return self._product(tokens, self._vector(("cached", "cache_write"), _saved))

    def _product(self, tokens: str, vector: str) -> str:
        return f"sum by (provider, model) ({_named(tokens)} * on (priced, kind) group_left () ({vector}))"

    def priced_share(self, tokens: str, by: str = "") -> str:
        """Percentage of the tokens by (provider, model, kind) that have a price; `by` is as after `sum`."""
        whole = f"sum{by} ({tokens})"
        part = f"sum{by} ({_named(tokens)} and on (priced, kind) ({self._vector()}))"
        return f"100 * ({part} or 0 * {whole}) / {whole}"

    def per_hour_of_servers(self, servers: str) -> str:
        """Dollars per hour of so many servers by model, at the price of a GPU hour."""
        several = " or ".join(
            label_replace(f"vector({count})", "model", model, "", "") for model, count in self.table.gpus.items()
        )
        gpus = f"({servers} * on (model) group_left () ({several}) or {servers})" if several else servers
        return f"{self.table.gpu_hour:g} * {gpus}"

    def beside(self) -> str:
        """A pattern for the models whose cached tokens are counted beside the prompt; matches nothing if none are."""
        if self.table.is_partition:
            return ".*"
        models = [model for model in self._models() if not self._is_inside(model)]
        return f"({'|'.join(models)})(-.+)?" if models else "(none)"

    def sentence(self) -> str:
        """The prices and their dates, for a panel's description."""
        entries = [
            f"{model}{_day(price)} ${price.dollars['prompt'] * _MILLION:g} prompt, "
            f"${price.dollars['cached'] * _MILLION:g} cached, ${price.dollars['completion'] * _MILLION:g} completion"
            for model in self._models()
            for price in self._entries(model)
        ]
        return f"Prices in US dollars per million tokens, written into the query: {'; '.join(entries)}."

    def _vector(self, kinds: tuple[str, ...] = (), amount: Amount | None = None) -> str:
        """Dollars per token of every model and kind; `amount` in place of the kind's own price."""
        chosen = kinds or ((*_KINDS, "reasoning") if self.table.is_partition else _KINDS)
        return " or ".join(row for model in self._models() for row in self._rows(model, chosen, amount))

    def _models(self) -> list[str]:
        return sorted({*(model for model, _ in self.table.own), *(model for model in MODELS if self._entries(model))})

    def _entries(self, model: str) -> tuple[Price, ...]:
        return tuple(price for price in self.table.entries("", model) if price.hours is None)

    def _rows(self, model: str, kinds: tuple[str, ...], amount: Amount | None) -> Iterator[str]:
        entries = self._entries(model)
        for price, after in zip(entries, [*entries[1:], None], strict=True):
            dollars = {kind: amount(price, kind) if amount else self._dollars(price, model, kind) for kind in kinds}
            rows = " or ".join(_labelled(dollars[kind], model, kind) for kind in kinds)
            until = f" <= {after.valid_from}" if after else ""
            yield (
                f"({rows})"
                if not (price.valid_from or after)
                else (f"(({rows}) and on () (vector(time()) > {price.valid_from}{until}))")
            )

    def _dollars(self, price: Price, model: str, kind: str) -> float:
        return price.dollars[kind] - (price.dollars["prompt"] if kind == "cached" and self._is_inside(model) else 0.0)

    def _is_inside(self, model: str) -> bool:
        return self.table.counts_cached_inside("", model, 0, 0)


def _saved(price: Price, kind: str) -> float:
    return price.dollars["prompt"] - price.dollars[kind]


def _named(tokens: str) -> str:
    """Tokens with the model that their prices are listed under."""
    return label_replace(tokens, "priced", "$1", "model", _MODEL)


def _labelled(dollars: float, model: str, kind: str) -> str:
    priced = label_replace(f"vector({dollars:.10g})", "priced", model, "", "")
    return label_replace(priced, "kind", kind, "", "")


def _day(price: Price) -> str:
    day = datetime.fromtimestamp(price.valid_from, UTC)
    return f" from {day:%Y-%m-%d}" if price.valid_from else ""
