"""What `Panel.derive` computes from frames, as PromQL: the queries whose results are the view's frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from app.grafana.costs import Prices
from pages import derive
from pages.expressions import selector
from panels import cost, engine_cost, prompt_cache
from panels.spec import Over, Panel, Query

Rewrite = Callable[[tuple[Query, ...], Prices], tuple[Query, ...]]
TOKENS: Final = "codeagent_llm_tokens_total"
CUMULATIVE: Final = ("so far", "counted by the gateway")  # the second where the gateway counts dollars itself
COVERAGE: Final = "tokens with a price"


def queries(panel: Panel, prices: Prices) -> tuple[Query, ...]:
    """One query for each frame of the view, in their order. Raises KeyError for a derivation that is not known."""
    return panel.queries if panel.derive is None else REWRITES[panel.derive](panel.queries, prices)


def is_cost(panel: Panel) -> bool:
    """Whether the panel's numbers are computed from prices."""
    return panel.derive in _COSTS


def is_cumulative(panel: Panel) -> bool:
    """Whether the results of the query are to be added up over the range."""
    return panel.derive in (cost.today, cost.cumulative, cost.month_with_projection)


def _by_class(of: tuple[Query, ...], _: Prices) -> tuple[Query, ...]:
    return tuple(_with(query, _class_of(query.expr)) for query in of)


def _class_of(expr: str) -> str:
    return f'sum by (class) (label_replace({expr}, "class", "${{1}}xx", "status", "(.).*"))'


def _distinct(of: tuple[Query, ...], _: Prices) -> tuple[Query, ...]:
    return (_with(of[0], f"max({of[0].expr})"), *of[1:])


def _largest_and_others(of: tuple[Query, ...], _: Prices) -> tuple[Query, ...]:
    largest, whole = of
    return (largest, _with(whole, f"({whole.expr} - sum({largest.expr})) > 0.000001"))


def _per_hour(of: tuple[Query, ...], prices: Prices) -> tuple[Query, ...]:
    return (_with(of[0], f"3600 * {prices.dollars(of[0].expr)}"),)


def _in_steps(of: tuple[Query, ...], prices: Prices) -> tuple[Query, ...]:
    computed, *counted = of
    sums = (f"sum({prices.dollars(computed.expr)})", *(f"sum({query.expr})" for query in counted))
    return tuple(
        replace(query, expr=expr, legend=legend) for query, expr, legend in zip(of, sums, CUMULATIVE, strict=False)
    )


def _per_model(of: tuple[Query, ...], prices: Prices) -> tuple[Query, ...]:
    calls, tokens, *latencies = of
    dollars = prices.dollars(tokens.expr)
    per_thousand = f"1000 * {dollars} / ({calls.expr} > 0)"
    return (calls, _with(tokens, _billed(prices)), _with(tokens, dollars), _with(tokens, per_thousand), *latencies)


def _prompt_cache(of: tuple[Query, ...], prices: Prices) -> tuple[Query, ...]:
    tokens = of[0]
    cached, used = _increase('kind="cached"'), _increase('kind=~"cached|cache_write"')
    read = f"sum by (provider, model) ({cached})"
    whole = f"({_input(prices)} and on (provider, model) {used} > 0)"
    share = f"100 * ({read} or 0 * {whole}) / {whole}"
    dollars = (prices.saved_by_reads, prices.of_writes, prices.net_of_cache)
    return (_with(tokens, share), *(_with(tokens, write(tokens.expr)) for write in dollars))


def _input(prices: Prices) -> str:
    """Input tokens, cached ones once."""
    prompt = _increase('kind=~"prompt|cache_write"')
    beside = _increase(f'kind="cached",model=~"{prices.beside()}"')
    return f"sum by (provider, model) ({prompt} or {beside})"


def _engine_cost(of: tuple[Query, ...], prices: Prices) -> tuple[Query, ...]:
    tokens, servers = of
    return (_with(tokens, f"{prices.per_hour_of_servers(servers.expr)} / (3600 * ({tokens.expr} > 0) / 1000000)"),)


def is_priced(panel: Panel, prices: Prices) -> bool:
    """Whether the prices that the panel needs are set."""
    return panel.derive is not engine_cost.per_million or prices.table.gpu_hour > 0


def coverage(panel: Panel, prices: Prices) -> Query | None:
    """The share of the range's tokens that a panel of costs covers, in percent; None for other panels."""
    if not is_cost(panel):
        return None
    by = " by (provider, model)" if panel.derive in (cost.per_model, prompt_cache.per_model) else ""
    return Query(prices.priced_share(_billed(prices, ("provider", "model", "kind")), by), COVERAGE, Over.INSTANT)


def _billed(prices: Prices, by: tuple[str, ...] = ("provider", "model")) -> str:
    """Tokens as billed: cached ones only where they are counted beside the prompt, and no sums of other kinds."""
    beside_others = "cached|total" if prices.table.is_partition else "cached|reasoning|total"
    others = _increase(f'kind!~"{beside_others}"')
    cached = _increase(f'kind="cached",model=~"{prices.beside()}"')
    return f"sum by ({', '.join(by)}) ({others} or {cached})"


def _increase(where: str) -> str:
    """Tokens in the range. An aggregation of its own, since a profile may have a metric for each kind."""
    return f"sum by (provider, model, kind) (increase({selector(TOKENS, where)}[$__range]))"


def _with(query: Query, expr: str) -> Query:
    return replace(query, expr=expr)


_COSTS: Final[Mapping[object, Rewrite]] = {
    cost.per_hour: _per_hour,
    cost.today: _in_steps,
    cost.cumulative: _in_steps,
    cost.month_with_projection: _in_steps,
    cost.per_model: _per_model,
    prompt_cache.per_model: _prompt_cache,
}
REWRITES: Final[Mapping[object, Rewrite]] = {
    derive.by_status_class: _by_class,
    derive.distinct: _distinct,
    derive.largest_and_others: _largest_and_others,
    engine_cost.per_million: _engine_cost,
    **_COSTS,
}
