"""Provider Monitoring: which LLM provider is down, slow, refusing or expensive?"""

from __future__ import annotations

from pages.expressions import RANGE, RATE, failed_share, grown, quantile, selector, total_rate, trough
from panels import cost
from panels.spec import (
    Cards,
    Column,
    Dashboard,
    Drill,
    Lines,
    Over,
    Panel,
    Query,
    Status,
    Table,
    Thresholds,
    Timeline,
    Unit,
)

CALLS = "codeagent_llm_requests_total"
LATENCY = "codeagent_llm_latency"
FIRST_TOKEN = "codeagent_llm_time_to_first_token"  # noqa: S105 - a metric's name
PROVIDER = ("provider",)
MODEL = ("provider", "model")
FAILED = f"$failed({CALLS})"

UP_WORDS = ((Status.GOOD, "up"), (Status.CRITICAL, "down"), (Status.UNKNOWN, "unknown"))
UP = f"max by (provider) ({selector('codeagent_provider_up')})"
REMAINING = f"max by (provider) ({selector('codeagent_llm_rate_limit_remaining')})"
ALLOWED = f"max by (provider) ({selector('codeagent_llm_rate_limit_limit')})"
REMAINING_SHARE = f"100 * {REMAINING} / {ALLOWED}"
# How fast the allowance shrinks, per second; only while it does.
LEFT_NOW = selector("codeagent_llm_rate_limit_remaining")
SHRINKING = f"(-deriv({LEFT_NOW}[15m]) > 0)"
TOKEN_RATE = "sum by (provider, model, kind) (rate(codeagent_llm_tokens_total{$filters}[$__rate_interval]))"  # noqa: S105
TOKENS_IN_STEP = grown("codeagent_llm_tokens_total", ("provider", "model", "kind"))
TOKENS_IN_RANGE = "sum by (provider, model, kind) (increase(codeagent_llm_tokens_total{$filters}[$__range]))"

AVAILABILITY = Thresholds(warning=99.5, critical=95, rising=False)
ERRORS = Thresholds(warning=1, critical=5)
SLOW = Thresholds(warning=5_000, critical=15_000)
LEFT = Thresholds(warning=20, critical=5, rising=False)
NO_CALLS = "No provider was called in this range."
TO_PROVIDER = Drill("/providers", "provider")


def _up_share(over: str) -> str:
    return f"100 * avg by (provider) (avg_over_time({selector('codeagent_provider_up')}[{over}]))"


_CARDS = Panel(
    "providers", "Providers", Unit.PERCENT,
    Cards("provider", (
        Column("State", 0, thresholds=Thresholds(critical=0, rising=False)),
        Column("Availability", 1, Unit.PERCENT, thresholds=AVAILABILITY),
        Column("p95", 2, Unit.MILLISECONDS, thresholds=SLOW),
        Column("Errors", 3, Unit.PERCENT, thresholds=ERRORS),
        Column("Rate limit left", 4, Unit.PERCENT, thresholds=LEFT),
    ), words=UP_WORDS),
    (
        Query(UP, over=Over.INSTANT),
        Query(_up_share(RANGE), over=Over.INSTANT),
        Query(quantile(0.95, LATENCY, PROVIDER, RANGE), over=Over.INSTANT),
        Query(failed_share(CALLS, PROVIDER, RANGE), over=Over.INSTANT),
        Query(REMAINING_SHARE, over=Over.INSTANT),
    ),
    "State by the last probe; availability, p95 and errors over the whole range; what is left of the request limit "
    "now. Errors count 5xx, 429 and calls without an answer.",
    "No provider reports its state.", span=12, rows=2, drill=TO_PROVIDER, also=Drill("/traces", "provider"),
)  # fmt: skip

_SPEED = (
    Panel(
        "state", "State over time", Unit.PERCENT,
        Timeline(
            Thresholds(warning=99.9, critical=50, rising=False),
            (*UP_WORDS, (Status.WARNING, "partly up")),
        ),
        (Query(_up_share(RATE), "{{provider}}"),),
        "Each provider's probes over time. Partly up: some probes of that step failed.",
        "No provider reports its state.", span=12, rows=2, drill=TO_PROVIDER,
    ),
    Panel(
        "latency", "Response time p95", Unit.MILLISECONDS, Lines(),
        (Query(quantile(0.95, LATENCY, MODEL), "{{provider}} {{model}}"),),
        "Time until a provider's whole answer had arrived, p95 by model. Long answers take long: compare with the "
        "time to first token before blaming the provider.",
        NO_CALLS, drill=TO_PROVIDER,
    ),
    Panel(
        "first-token", "Time to first token p95", Unit.MILLISECONDS, Lines(),
        (Query(quantile(0.95, FIRST_TOKEN, MODEL), "{{provider}} {{model}}"),),
        "What a waiting user feels: time until the first token, p95 by model.", NO_CALLS, drill=TO_PROVIDER,
    ),
    Panel(
        "tokens", "Tokens by kind", Unit.TOKENS_PER_MINUTE, Lines(stacked=True),
        (Query(f"60 * {total_rate('codeagent_llm_tokens_total', ('kind',))}", "{{kind}}"),),
        "Tokens per minute as the providers count them. OpenAI counts cached tokens inside prompt tokens, Anthropic "
        "beside them; costs are computed with that difference.",
        "No tokens were used in this range.",
    ),
    Panel(
        "errors", "Failed calls", Unit.PERCENT, Lines(thresholds=ERRORS),
        (Query(
            f"100 * {total_rate(CALLS, ('provider', 'status'), FAILED)} / on (provider) group_left () "
            f"{total_rate(CALLS, PROVIDER)}",
            "{{provider}} {{status}}",
        ),),
        "Calls that failed, by provider and status, as a share of that provider's calls.",
        "No call failed in this range.", drill=TO_PROVIDER,
    ),
)  # fmt: skip

_MONEY = (
    Panel(
        "cost-today", "Cost today", Unit.DOLLARS, Lines(), (Query(TOKENS_IN_STEP, over=Over.TODAY),),
        "Cost since midnight (reporting time zone), cumulated, at the price table's list prices.",
        "No tokens were used today.", span=4, derive=cost.cumulated,
    ),
    Panel(
        "cost-month", "Cost this month", Unit.DOLLARS, Lines(), (Query(TOKENS_IN_STEP, over=Over.MONTH),),
        "Cost since the first of the month, cumulated, and where it ends if the rest of the month is like the "
        "part that has data.",
        "No tokens were used this month.", span=4, derive=cost.month_with_projection,
    ),
    Panel(
        "cost-rate", "Cost by model", Unit.DOLLARS_PER_HOUR, Lines(stacked=True),
        (Query(TOKEN_RATE, "{{provider}} {{model}}"),),
        "Dollars per hour at the present rate, by provider and model.", "No tokens were used in this range.",
        span=4, derive=cost.per_hour,
    ),
)  # fmt: skip

_RATE_LIMITS = (
    Panel(
        "limit-left", "Rate limit left", Unit.PERCENT, Lines(thresholds=LEFT, ceiling=100),
        (Query(trough(REMAINING_SHARE), "{{provider}}"),),
        "Share of the provider's request limit that is left, from the headers of its answers: the least of each step. "
        "At 0 % calls get 429.",
        "No provider reports a rate limit.", span=4, drill=TO_PROVIDER,
    ),
    Panel(
        "rate-limited", "Refused by rate limit", Unit.PER_MINUTE, Lines(),
        (Query(f"60 * {total_rate('codeagent_llm_rate_limited_total', PROVIDER)}", "{{provider}}"),),
        "Calls per minute that a provider refused with 429.", "No call was refused with 429.",
        span=4, drill=TO_PROVIDER,
    ),
    Panel(
        "exhausted", "Minutes until exhausted", Unit.COUNT,
        Lines(thresholds=Thresholds(warning=10, critical=2, rising=False)),
        (Query(f"min by (provider) ({LEFT_NOW} / {SHRINKING}) / 60 < 60", "{{provider}}"),),
        "Minutes until a provider's limit is used up at the pace of the last 15 minutes; drawn while below an hour.",
        "No provider's limit will be used up within the hour.", span=4, drill=TO_PROVIDER, optional=True,
    ),
)  # fmt: skip

_MODELS = Panel(
    "models", "Models", Unit.DOLLARS,
    Table(MODEL, (
        Column("Cost", 2, Unit.DOLLARS, bar=True),
        Column("Calls", 0, Unit.COUNT),
        Column("Tokens", 1, Unit.COUNT),
        Column("Per 1k calls", 3, Unit.DOLLARS),
        Column("p95", 4, Unit.MILLISECONDS, thresholds=SLOW),
        Column("p95 over time", 5, Unit.MILLISECONDS, spark=True),
    )),
    (
        Query(f"sum by (provider, model) (increase({selector(CALLS)}[{RANGE}]))", over=Over.INSTANT),
        Query(TOKENS_IN_RANGE, over=Over.INSTANT),
        Query(quantile(0.95, LATENCY, MODEL, RANGE), over=Over.INSTANT),
        Query(quantile(0.95, LATENCY, MODEL)),
    ),
    "Each model over the whole range. A model without a price shows no cost: the note says how many tokens that is.",
    NO_CALLS, span=12, rows=4, derive=cost.per_model, drill=TO_PROVIDER,
)  # fmt: skip

BOARD = Dashboard(
    "providers",
    "Provider Monitoring",
    "Which provider is down, slow, refusing or expensive?",
    (_CARDS, *_SPEED, *_MONEY, *_RATE_LIMITS, _MODELS),
    filters=("environment", "provider", "model", "instance"),
    short="Providers",
)
