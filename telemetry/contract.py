"""The telemetry contract: every metric of the gateway, as Prometheus stores it.

One table that the gateway creates its instruments from, the demo's history is simulated from, and the
query layer resolves filters and units with. Durations are milliseconds unless the name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a metric, in Prometheus' own words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """One metric family: its stored name (of a histogram without `_bucket`), labels and bucket bounds.

    `dimensions` are labels that some gateways add; boards filter by them and do not rely on them.
    """

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()
    dimensions: tuple[str, ...] = ()

    @property
    def all_labels(self) -> tuple[str, ...]:
        """The labels that it has or may have."""
        return (*self.labels, *self.dimensions)


# LLM calls last from milliseconds (a cache hit) to more than a minute (a long completion).
LATENCY_MS = (
    5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000, 20_000, 40_000, 80_000,
)  # fmt: skip
OVERHEAD_MS = (0.1, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000, 5_000)
TOKEN_MS = (1, 2.5, 5, 10, 15, 20, 30, 50, 75, 100, 150, 250, 500, 1_000, 2_500)
QUERY_MS = (0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)
BYTES = tuple(float(64 * 4**power) for power in range(10))  # 64 B … 16 MiB
CONNECTION_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600)

_REQUEST = ("endpoint", "method", "status")
_MODEL = ("provider", "model")
TENANT_LABELS = ("team", "key", "user")

METER = "CodeAgent.Metrics"

METRICS: tuple[Metric, ...] = (
    Metric("codeagent_requests_total", Kind.COUNTER, "1", _REQUEST, "HTTP requests answered."),
    Metric("codeagent_request_duration", Kind.HISTOGRAM, "ms", _REQUEST, "Time to answer a request.", LATENCY_MS),
    Metric("codeagent_request_size_bytes", Kind.HISTOGRAM, "By", _REQUEST, "Size of request bodies.", BYTES),
    Metric("codeagent_response_size_bytes", Kind.HISTOGRAM, "By", _REQUEST, "Size of response bodies.", BYTES),
    Metric("codeagent_active_users", Kind.GAUGE, "1", (), "Distinct users in the last 5 minutes."),
    Metric("codeagent_connections_active", Kind.GAUGE, "1", (), "WebSocket connections open now."),
    Metric("codeagent_websocket_connections", Kind.COUNTER, "1", (), "WebSocket connections opened."),
    Metric("codeagent_websocket_messages_total", Kind.COUNTER, "1", ("direction",), "Messages, in or out."),
    Metric(
        "codeagent_websocket_connection_duration_seconds", Kind.HISTOGRAM, "s", (),
        "Life of closed connections.", CONNECTION_SECONDS,
    ),
    Metric(
        "codeagent_websocket_message_size_bytes", Kind.HISTOGRAM, "By", ("direction",),
        "Size of WebSocket messages.", BYTES,
    ),
    Metric("codeagent_websocket_disconnections_total", Kind.COUNTER, "1", ("reason",), "Connections closed."),
    Metric(
        "codeagent_llm_requests_total", Kind.COUNTER, "1", (*_MODEL, "status"), "Calls to LLM providers.",
        dimensions=TENANT_LABELS,
    ),
    Metric("codeagent_llm_latency", Kind.HISTOGRAM, "ms", _MODEL, "Time of a provider's whole answer.", LATENCY_MS),
    Metric(
        "codeagent_llm_time_to_first_token", Kind.HISTOGRAM, "ms", _MODEL,
        "Time until a provider's first token.", LATENCY_MS,
    ),
    Metric(
        "codeagent_llm_tokens_total", Kind.COUNTER, "1", (*_MODEL, "kind"), "Tokens as providers count them.",
        dimensions=TENANT_LABELS,
    ),
    Metric(
        "codeagent_llm_rate_limit_remaining", Kind.GAUGE, "1", ("provider",), "Requests left in the window.",
        dimensions=("model", "window", *TENANT_LABELS),
    ),
    Metric(
        "codeagent_llm_rate_limit_limit", Kind.GAUGE, "1", ("provider",), "Requests allowed in the window.",
        dimensions=("model", "window", *TENANT_LABELS),
    ),
    Metric("codeagent_llm_rate_limited_total", Kind.COUNTER, "1", ("provider",), "Calls refused with 429."),
    Metric("codeagent_provider_up", Kind.GAUGE, "1", ("provider",), "1 when the provider's last probe succeeded."),
    Metric("codeagent_cache_requests_total", Kind.COUNTER, "1", ("cache", "result"), "Cache look-ups, hit or miss."),
    Metric("codeagent_cache_hit_rate", Kind.GAUGE, "1", ("cache",), "Share of hits in the last 5 minutes, 0 to 1."),
    Metric("codeagent_cache_evictions_total", Kind.COUNTER, "1", ("cache",), "Entries evicted."),
    Metric("codeagent_db_query_duration", Kind.HISTOGRAM, "ms", ("operation",), "Time of a query.", QUERY_MS),
    Metric("codeagent_db_connections", Kind.GAUGE, "1", ("state",), "Pool connections: active or idle."),
    Metric("codeagent_db_connections_max", Kind.GAUGE, "1", (), "Connections the pool may open."),
)  # fmt: skip

# What LLM gateways and model servers export beyond that; boards use it where a profile provides it.
_BUDGET = ("scope", "provider", *TENANT_LABELS)
_ENGINE = ("model",)

GATEWAY_METRICS: tuple[Metric, ...] = (
    Metric(
        "codeagent_llm_time_per_output_token", Kind.HISTOGRAM, "ms", _MODEL,
        "Mean time between output tokens of an answer.", TOKEN_MS,
    ),
    Metric(
        "codeagent_llm_cost_usd_total", Kind.COUNTER, "1", _MODEL, "US dollars as the gateway counts them.",
        dimensions=TENANT_LABELS,
    ),
    Metric(
        "codeagent_llm_tokens_remaining", Kind.GAUGE, "1", ("provider",), "Tokens left in the rate limit's window.",
        dimensions=("model", "window", *TENANT_LABELS),
    ),
    Metric(
        "codeagent_llm_tokens_limit", Kind.GAUGE, "1", ("provider",), "Tokens allowed in the rate limit's window.",
        dimensions=("model", "window", *TENANT_LABELS),
    ),
    Metric(
        "codeagent_llm_fallbacks_total", Kind.COUNTER, "1", ("model", "fallback_model", "result"),
        "Calls sent to another model: succeeded or failed.", dimensions=TENANT_LABELS,
    ),
    Metric("codeagent_llm_retries_total", Kind.COUNTER, "1", _MODEL, "Calls repeated after a failure."),
    Metric("codeagent_llm_cooldowns_total", Kind.COUNTER, "1", _MODEL, "Deployments taken out of rotation."),
    Metric("codeagent_llm_deployment_up", Kind.GAUGE, "1", _MODEL, "1 healthy, 0 out of service, between: partly."),
    Metric("codeagent_gateway_overhead", Kind.HISTOGRAM, "ms", _MODEL, "Time added by the gateway.", OVERHEAD_MS),
    Metric("codeagent_gateway_queue_time", Kind.HISTOGRAM, "ms", _MODEL, "Time before processing.", OVERHEAD_MS),
    Metric("codeagent_budget_limit_usd", Kind.GAUGE, "1", _BUDGET, "US dollars allowed until the budget's reset."),
    Metric("codeagent_budget_remaining_usd", Kind.GAUGE, "1", _BUDGET, "US dollars left until the budget's reset."),
    Metric("codeagent_budget_reset_seconds", Kind.GAUGE, "s", _BUDGET, "Seconds until the budget's reset."),
    Metric(
        "codeagent_mcp_calls_total", Kind.COUNTER, "1", ("server", "tool", "status"), "Calls of tools: ok or error.",
        dimensions=TENANT_LABELS,
    ),
    Metric("codeagent_mcp_call_duration", Kind.HISTOGRAM, "ms", ("server", "tool"), "Time of a call.", LATENCY_MS),
)  # fmt: skip

# What model servers export about themselves; the sample gateway has none.
MODEL_SERVER_METRICS: tuple[Metric, ...] = (
    Metric("codeagent_engine_running", Kind.GAUGE, "1", _ENGINE, "Requests in execution on a model server."),
    Metric(
        "codeagent_engine_tokens_total",
        Kind.COUNTER,
        "1",
        (*_ENGINE, "kind"),
        "Tokens processed by a model server: prompt or completion.",
    ),
    Metric("codeagent_engine_waiting", Kind.GAUGE, "1", (*_ENGINE, "reason"), "Requests waiting on a model server."),
    Metric("codeagent_engine_kv_cache_usage", Kind.GAUGE, "1", _ENGINE, "Share of the KV cache in use, 0 to 1."),
    Metric("codeagent_engine_prefix_queries_total", Kind.COUNTER, "1", _ENGINE, "Tokens looked up in the KV cache."),
    Metric("codeagent_engine_prefix_hits_total", Kind.COUNTER, "1", _ENGINE, "Tokens found in the KV cache."),
    Metric("codeagent_engine_preemptions_total", Kind.COUNTER, "1", _ENGINE, "Requests preempted for memory."),
    Metric("codeagent_engine_queue_time", Kind.HISTOGRAM, "ms", _ENGINE, "Time waiting for execution.", LATENCY_MS),
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in (*METRICS, *GATEWAY_METRICS, *MODEL_SERVER_METRICS)}
HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")


def family(series_name: str) -> Metric | None:
    """The metric a stored series name belongs to, `_bucket`, `_sum` and `_count` included; None if not ours."""
    if series_name in BY_NAME:
        return BY_NAME[series_name]
    for suffix in HISTOGRAM_SUFFIXES:
        base = BY_NAME.get(series_name.removesuffix(suffix)) if series_name.endswith(suffix) else None
        if base is not None and base.kind is Kind.HISTOGRAM:
            return base
    return None
