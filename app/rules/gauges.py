"""Recording rules: the gauges in the specification's table of metrics, and what the boards ask most.

Ratios are recorded and not exported by each instance, since the ratios of several instances cannot be aggregated.
"""

from __future__ import annotations

from typing import Final

from app.rules.infrastructure import ACTIVE_STATE, CACHE, POOL
from app.rules.model import RecordingRule
from app.rules.providers import CALLS, LATENCY, TOKENS
from app.rules.queries import grouped, rate
from app.rules.requests import DURATION, REQUESTS, SERVER_ERROR
from app.rules.websocket import ACTIVE
from pages.expressions import TENANT_MINUTES, RecordedGrowth, recorded_series, selector
from pages.token_queries import COUNTED, RECORDED_COST, RECORDED_SPEND, RECORDED_TOKENS

_CACHES: Final = ("cache",)
_HIT: Final = 'result="hit"'
_HAS_RESULT: Final = 'result!=""'
_HAS_STATUS: Final = 'status!=""'


def _growth(recorded: RecordedGrowth, comment: str) -> RecordingRule:
    return RecordingRule(recorded.name, recorded.expr, comment)


def _series(metric: str, what: str) -> RecordingRule:
    return RecordingRule(
        recorded_series(metric), f"count by (environment) ($series({metric}))", f"Series of the counter of {what}."
    )


def _zero_or(part: str, whole: str) -> str:
    """The part, or zero while there are events and none of them matches."""
    return f"(\n  {part}\n  or 0 * {whole}\n)"


SPECIFIED: Final = (
    RecordingRule(
        "error_rate",
        f"100 * {_zero_or(rate(REQUESTS, '5m', where=SERVER_ERROR), rate(REQUESTS, '5m', where=_HAS_STATUS))}\n"
        f"/ ({rate(REQUESTS, '5m')} > 0)",
        "API: percentage of requests answered with a 5xx status; 0 while requests are answered and none fails.",
    ),
    RecordingRule(
        "active_connections",
        f"sum by ({grouped()}) ({selector(ACTIVE)})",
        "WebSocket: connections open now, over all instances.",
    ),
    RecordingRule(
        "hit_rate",
        f"100 * {_zero_or(rate(CACHE, '5m', _CACHES, _HIT), rate(CACHE, '5m', _CACHES, _HAS_RESULT))}\n"
        f"/ ({rate(CACHE, '5m', _CACHES)} > 0)",
        "Cache: percentage of lookups that were hits, by cache.",
    ),
    RecordingRule(
        "connection_pool",
        f"sum by ({grouped()}) ({selector(POOL, ACTIVE_STATE)})",
        "Database: connections of the pool that are in use, over all instances.",
    ),
)

FREQUENT: Final = (
    RecordingRule(
        "environment_endpoint_status:codeagent_requests:rate5m",
        rate(REQUESTS, "5m", ("endpoint", "status")),
        "Requests per second by endpoint and status.",
    ),
    RecordingRule(
        "environment_endpoint_le:codeagent_request_duration_bucket:rate5m",
        rate(DURATION + "_bucket", "5m", ("endpoint", "le")),
        "Buckets of response times by endpoint, for quantiles.",
    ),
    RecordingRule(
        "environment_provider_model_status:codeagent_llm_requests:rate5m",
        rate(CALLS, "5m", ("provider", "model", "status")),
        "Calls of providers per second.",
    ),
    RecordingRule(
        "environment_provider_le:codeagent_llm_latency_bucket:rate5m",
        rate(LATENCY + "_bucket", "5m", ("provider", "le")),
        "Buckets of the providers' response times, for quantiles.",
    ),
    RecordingRule(
        "environment_provider_model_kind:codeagent_llm_tokens:rate5m",
        rate(TOKENS, "5m", ("provider", "model", "kind")),
        "Tokens per second.",
    ),
)

# Read by the boards instead of the counters where these are more than `app.recorded_queries.MANY` series.
GROWTH: Final = (
    _growth(RECORDED_TOKENS, "Tokens of each minute, for costs over counters of many tenants."),
    _growth(RECORDED_COST, "US dollars of each minute as the gateway counts them."),
)

TENANTS_INTERVAL: Final = f"{TENANT_MINUTES}m"
TENANTS: Final = (
    _series(TOKENS, "tokens"),
    _series(COUNTED, "US dollars"),
    RecordingRule(
        RECORDED_SPEND.name, RECORDED_SPEND.expr, "US dollars of each five minutes by tenant, for spend and its rise."
    ),
)
