"""Queries about tokens and their cost that boards share, with the recording rules that keep them.

Counters by tenant can be a hundred thousand series: what boards ask of them by model is recorded every minute,
and what they ask by tenant every five minutes.
"""

from __future__ import annotations

from pages.expressions import RANGE, RecordedGrowth, RecordedIncrease, growth, selector, total_rate
from panels.spec import Over, Query
from telemetry.contract import TENANT_LABELS

TOKENS = "codeagent_llm_tokens_total"
MODEL = ("provider", "model")
KIND = ("kind",)
PRICED_BY = ("provider", "model", "kind", "service_tier")
COUNTED = "codeagent_llm_cost_usd_total"
RECORDED_TOKENS, RECORDED_COST = RecordedGrowth(TOKENS, PRICED_BY), RecordedGrowth(COUNTED, MODEL)
RECORDED_SPEND = RecordedIncrease(COUNTED, ("provider", *TENANT_LABELS))
TOKEN_RATE = Query(total_rate(TOKENS, PRICED_BY), "{{provider}} {{model}}", recorded=RECORDED_TOKENS.rate(PRICED_BY))
TOKENS_IN_RANGE = Query(
    f"sum by ({', '.join(PRICED_BY)}) (increase({selector(TOKENS)}[{RANGE}]))",
    over=Over.INSTANT,
    recorded=RECORDED_TOKENS.growth(PRICED_BY, RANGE),
)


def tokens_in_step(over: Over) -> Query:
    """Tokens of each step of today or this month, by what their price depends on."""
    return Query(growth(TOKENS, PRICED_BY), over=over, recorded=RECORDED_TOKENS.growth(PRICED_BY))


def counted_in_step(over: Over) -> Query:
    """US dollars of each step, as the gateway counts them."""
    return Query(growth(COUNTED, MODEL), over=over, recorded=RECORDED_COST.growth(MODEL))


TOKENS_BY_KIND = Query(f"60 * {total_rate(TOKENS, KIND)}", "{{kind}}", recorded=f"60 * {RECORDED_TOKENS.rate(KIND)}")
