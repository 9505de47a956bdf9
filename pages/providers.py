"""Provider Monitoring: which LLM provider is down, slow, rejecting calls or expensive?"""

from __future__ import annotations

from pages import engine_panels, gateway_panels, limit_panels, spend_panels, thresholds
from pages.expressions import (
    RANGE,
    RATE,
    failed_share,
    limit_left,
    quantile,
    selector,
    total_rate,
)
from pages.token_queries import MODEL, TOKEN_RATE, TOKENS_BY_KIND, TOKENS_IN_RANGE, counted_in_step, tokens_in_step
from panels import cost, prompt_cache
from panels.spec import (
    Cards,
    Column,
    Dashboard,
    Drill,
    LabelHeatmap,
    Lines,
    Over,
    Panel,
    Query,
    Status,
    Table,
    Timeline,
    Unit,
)

CALLS = "codeagent_llm_requests_total"
LATENCY = "codeagent_llm_latency"
FIRST_TOKEN = "codeagent_llm_time_to_first_token"  # noqa: S105 - a metric's name
PROVIDER = ("provider",)
FAILED = f"$failed({CALLS})"

UP = f"max by (provider) ({selector('codeagent_provider_up')})"
NO_CALLS = "No provider was called in this range."
TO_PROVIDER = Drill("/providers", "provider")


def _up_share(over: str) -> str:
    return f"100 * avg by (provider) (avg_over_time({selector('codeagent_provider_up')}[{over}]))"


_CARDS = Panel(
    id="providers",
    title="Providers",
    unit=Unit.PERCENT,
    view=Cards(
        "provider",
        (
            Column("State", 0, thresholds=thresholds.UP),
            Column("Availability", 1, Unit.PERCENT, thresholds=thresholds.AVAILABILITY),
            Column("p95", 2, Unit.MILLISECONDS, thresholds=thresholds.PROVIDER_TIME),
            Column("Errors", 3, Unit.PERCENT, thresholds=thresholds.ERROR_RATE),
            Column("Rate limit left", 4, Unit.PERCENT, thresholds=thresholds.RATE_LIMIT_LEFT),
        ),
        words=thresholds.UP_WORDS,
    ),
    queries=(
        Query(UP, over=Over.INSTANT),
        Query(_up_share(RANGE), over=Over.INSTANT),
        Query(quantile(0.95, LATENCY, PROVIDER, RANGE), over=Over.INSTANT),
        Query(failed_share(CALLS, PROVIDER, RANGE), over=Over.INSTANT),
        Query(
            limit_left(limit_panels.REQUESTS_LEFT, limit_panels.REQUESTS_ALLOWED),
            over=Over.INSTANT,
            optional=(limit_panels.REQUESTS_ALLOWED,),
        ),
    ),
    description=(
        "State from the last probe. Availability, p95 and errors are over the whole range; the rate limit left is the "
        "current value. Errors are 5xx, 429 and calls without a response."
    ),
    empty_message="No provider reports its state.",
    span=12,
    rows=2,
    drill=TO_PROVIDER,
    also=Drill("/traces", "provider"),
)

_SPEED = (
    Panel(
        id="state",
        title="State over time",
        unit=Unit.PERCENT,
        view=Timeline(
            thresholds.PROBES_UP,
            (*thresholds.UP_WORDS, (Status.WARNING, "partly up")),
        ),
        queries=(Query(_up_share(RATE), "{{provider}}"),),
        description="Each provider's probes over time. Partly up: some probes in that step failed.",
        empty_message="No provider reports its state.",
        span=12,
        rows=2,
        drill=TO_PROVIDER,
    ),
    Panel(
        id="latency",
        title="Response time p95",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=(Query(quantile(0.95, LATENCY, MODEL), "{{provider}} {{model}}"),),
        description=(
            "p95 of the time until the complete response of a provider arrived, by model. Long responses take longer: "
            "check the time to first token as well."
        ),
        empty_message=NO_CALLS,
        drill=TO_PROVIDER,
    ),
    Panel(
        id="first-token",
        title="Time to first token p95",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=(Query(quantile(0.95, FIRST_TOKEN, MODEL), "{{provider}} {{model}}"),),
        description="p95 of the time until the first token arrived, by model. This is the delay that users notice.",
        empty_message=NO_CALLS,
        drill=TO_PROVIDER,
    ),
    Panel(
        id="errors",
        title="Failed calls",
        unit=Unit.PERCENT,
        view=Lines(thresholds=thresholds.ERROR_RATE),
        queries=(
            Query(
                f"100 * {total_rate(CALLS, ('provider', 'status'), FAILED)} / on (provider) group_left () "
                f"{total_rate(CALLS, PROVIDER)}",
                "{{provider}} {{status}}",
            ),
        ),
        description="Failed calls by provider and status, as a share of the calls to that provider.",
        empty_message="No call failed in this range.",
        drill=TO_PROVIDER,
    ),
)

_MONEY = (
    Panel(
        id="tokens",
        title="Tokens by kind",
        unit=Unit.TOKENS_PER_MINUTE,
        view=Lines(stacked=True),
        queries=(TOKENS_BY_KIND,),
        description=(
            "Tokens per minute as counted by the providers. OpenAI includes cached tokens in prompt tokens, Anthropic "
            "counts them separately; cost calculations take this into account."
        ),
        empty_message="No tokens were used in this range.",
    ),
    Panel(
        id="cost-rate",
        title="Cost by model",
        unit=Unit.DOLLARS_PER_HOUR,
        view=Lines(stacked=True, expected=True),
        queries=(TOKEN_RATE,),
        description="US dollars per hour at the current rate, by provider and model.",
        empty_message="No tokens were used in this range.",
        derive=cost.per_hour,
    ),
    Panel(
        id="cost-today",
        title="Cost today",
        unit=Unit.DOLLARS,
        view=Lines(),
        queries=(tokens_in_step(Over.TODAY), counted_in_step(Over.TODAY)),
        description=(
            "Cumulative cost since midnight (reporting time zone), at list prices or those of your price table. Where "
            "the gateway counts dollars itself, its number stands beside it."
        ),
        empty_message="No tokens were used today.",
        derive=cost.cumulative,
    ),
    Panel(
        id="cost-month",
        title="Cost this month",
        unit=Unit.DOLLARS,
        view=Lines(),
        queries=(tokens_in_step(Over.MONTH),),
        description=(
            "Cumulative cost since the first of the month, and a projection to the end of the month. The projection "
            "assumes that the rest of the month costs as much per hour as the part with data."
        ),
        empty_message="No tokens were used this month.",
        derive=cost.month_with_projection,
    ),
)

_REFUSED = Panel(
    id="rate-limited",
    title="Refused by rate limit",
    unit=Unit.PER_MINUTE,
    view=LabelHeatmap(log=False),
    queries=(Query(f"60 * {total_rate('codeagent_llm_rate_limited_total', PROVIDER)}", "{{provider}}"),),
    description=(
        "Calls per minute that each provider rejected with 429. A few are usual and pale; a dark cell is a time in "
        "which a provider rejected many."
    ),
    empty_message="No call was rejected with 429 in this range.",
    span=4,
    drill=TO_PROVIDER,
)

_MODELS = Panel(
    id="models",
    title="Models",
    unit=Unit.DOLLARS,
    view=Table(
        MODEL,
        (
            Column("Cost", 2, Unit.DOLLARS, bar=True),
            Column("Calls", 0, Unit.COUNT),
            Column("Tokens", 1, Unit.COUNT),
            Column("Per 1k calls", 3, Unit.DOLLARS),
            Column("p95", 4, Unit.MILLISECONDS, thresholds=thresholds.PROVIDER_TIME),
            Column("p95 over time", 5, Unit.MILLISECONDS, spark=True),
        ),
    ),
    queries=(
        Query(f"sum by (provider, model) (increase({selector(CALLS)}[{RANGE}]))", over=Over.INSTANT),
        TOKENS_IN_RANGE,
        Query(quantile(0.95, LATENCY, MODEL, RANGE), over=Over.INSTANT),
        Query(quantile(0.95, LATENCY, MODEL)),
    ),
    description=(
        "Each model over the whole range. A model without a price shows no cost; the note gives the number of its "
        "tokens."
    ),
    empty_message=NO_CALLS,
    span=12,
    rows=4,
    derive=cost.per_model,
    drill=TO_PROVIDER,
)

_PROMPT_CACHE = Panel(
    id="prompt-cache",
    title="Prompt caches of providers",
    unit=Unit.DOLLARS,
    view=Table(
        MODEL,
        (
            Column("Saved by reads", 1, Unit.DOLLARS, bar=True),
            Column("Cost of writes", 2, Unit.DOLLARS),
            Column("Net", 3, Unit.DOLLARS),
            Column("Read from cache", 0, Unit.PERCENT),
        ),
    ),
    queries=(TOKENS_IN_RANGE,),
    description=(
        "What the providers' prompt caches are worth over the range, by model: dollars that cache reads cost less than "
        "the prompt's price, dollars of cache writes, and the net, which is what reads save less what writes cost "
        "beyond the prompt's price. Read from cache: share of the input tokens."
    ),
    empty_message="No prompt was read from or written to a provider's cache in this range.",
    derive=prompt_cache.per_model,
    drill=TO_PROVIDER,
    optional=True,
)

BOARD = Dashboard(
    "providers",
    "Provider Monitoring",
    "Which provider is down, slow, rejecting calls or expensive?",
    (
        _CARDS,
        *_SPEED,
        gateway_panels.ERRORS,
        *limit_panels.LEFT,
        _REFUSED,
        *gateway_panels.ROUTING,
        *gateway_panels.TIME,
        *_MONEY,
        _MODELS,
        *spend_panels.SPEND,
        _PROMPT_CACHE,
        spend_panels.RISE,
        gateway_panels.DEPLOYMENTS,
        gateway_panels.TOOLS,
        *engine_panels.ENGINES,
    ),
    filters=("environment", "job", "provider", "model", "team", "key", "user", "instance"),
    short="Providers",
)
