"""Dollars as PromQL, with the prices written in and dated.

Tokens by (provider, model, kind) are multiplied by a vector of prices by (priced, kind), where `priced` is the model
without the date of its snapshot. Where cached tokens are counted inside the prompt, a cached token is worth the
difference to the prompt's price. The only module here that knows the price table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from panels.prices import Price, PriceTable

_SNAPSHOT: Final = "(.+?)(?:-(?:latest|[0-9]{4}-?[0-9]{2}-?[0-9]{2}|[0-9]{4}))?"
_MILLION: Final = 1e6


@dataclass(frozen=True)
class Prices:
    """A price table as PromQL."""

    table: PriceTable

    def dollars(self, tokens: str) -> str:
        """Dollars by (provider, model) of tokens by (provider, model, kind); models without a price are left out."""
        named = f'label_replace({tokens}, "priced", "$1", "model", "{_SNAPSHOT}")'
        return f"sum by (provider, model) ({named} * on (priced, kind) group_left () ({self._vector()}))"

    def priced_share(self, tokens: str, by: str = "") -> str:
        """Percentage of the tokens by (provider, model, kind) that have a price; `by` is as after `sum`."""
        named = f'label_replace({tokens}, "priced", "$1", "model", "{_SNAPSHOT}")'
        whole = f"sum{by} ({tokens})"
        part = f"sum{by} ({named} and on (priced, kind) ({self._vector()}))"
        return f"100 * ({part} or 0 * {whole}) / {whole}"

    def beside(self) -> str:
        """A pattern for the models whose cached tokens are counted beside the prompt; matches nothing if none are."""
        models = [model for model in sorted(self.table.prices) if not self._is_inside(model)]
        return f"({'|'.join(models)})(-.+)?" if models else "(none)"

    def sentence(self) -> str:
        """The prices and their dates, for a panel's description."""
        entries = [
            f"{model} from {_day(price)} ${price.prompt * _MILLION:g} prompt, ${price.cached * _MILLION:g} cached, "
            f"${price.completion * _MILLION:g} completion"
            for model in sorted(self.table.prices)
            for price in self.table.prices[model]
        ]
        return f"Prices in US dollars per million tokens, written into the query: {'; '.join(entries)}."

    def _vector(self) -> str:
        return " or ".join(row for model in sorted(self.table.prices) for row in self._rows(model))

    def _rows(self, model: str) -> Iterator[str]:
        entries = self.table.prices[model]
        for price, after in zip(entries, [*entries[1:], None], strict=True):
            cached = price.cached - price.prompt if self._is_inside(model) else price.cached
            kinds: tuple[tuple[str, float], ...] = (
                ("prompt", price.prompt),
                ("cached", cached),
                ("completion", price.completion),
            )
            kinds = (*kinds, ("reasoning", price.completion)) if self.table.is_partition else kinds
            until = f" < {after.valid_from}" if after else ""
            rows = " or ".join(_labelled(dollars, model, kind) for kind, dollars in kinds)
            yield f"(({rows}) and on () (vector(time()) >= {price.valid_from}{until}))"

    def _is_inside(self, model: str) -> bool:
        return self.table.counts_cached_inside("", model, 0, 0)


def _labelled(dollars: float, model: str, kind: str) -> str:
    number = f"{dollars:.10g}"
    return f'label_replace(label_replace(vector({number}), "priced", "{model}", "", ""), "kind", "{kind}", "", "")'


def _day(price: Price) -> str:
    return datetime.fromtimestamp(price.valid_from, UTC).strftime("%Y-%m-%d")
