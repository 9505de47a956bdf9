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
    """One metric family: its stored name (of a histogram without `_bucket`), labels and bucket bounds."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


# LLM calls last from milliseconds (a cache hit) to more than a minute (a long completion).
LATENCY_MS = (
    5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000, 20_000, 40_000, 80_000,
)  # fmt: skip
QUERY_MS = (0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)
BYTES = tuple(float(64 * 4**power) for power in range(10))  # 64 B … 16 MiB
CONNECTION_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600)

_REQUEST = ("endpoint", "method", "status")
_MODEL = ("provider", "model")

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
    Metric("codeagent_llm_requests_total", Kind.COUNTER, "1", (*_MODEL, "status"), "Calls to LLM providers."),
    Metric("codeagent_llm_latency", Kind.HISTOGRAM, "ms", _MODEL, "Time of a provider's whole answer.", LATENCY_MS),
    Metric(
        "codeagent_llm_time_to_first_token", Kind.HISTOGRAM, "ms", _MODEL,
        "Time until a provider's first token.", LATENCY_MS,
    ),
    Metric("codeagent_llm_tokens_total", Kind.COUNTER, "1", (*_MODEL, "kind"), "Tokens as providers count them."),
    Metric("codeagent_llm_rate_limit_remaining", Kind.GAUGE, "1", ("provider",), "Requests left in the window."),
    Metric("codeagent_llm_rate_limit_limit", Kind.GAUGE, "1", ("provider",), "Requests allowed in the window."),
    Metric("codeagent_llm_rate_limited_total", Kind.COUNTER, "1", ("provider",), "Calls refused with 429."),
    Metric("codeagent_provider_up", Kind.GAUGE, "1", ("provider",), "1 when the provider's last probe succeeded."),
    Metric("codeagent_cache_requests_total", Kind.COUNTER, "1", ("cache", "result"), "Cache look-ups, hit or miss."),
    Metric("codeagent_cache_hit_rate", Kind.GAUGE, "1", ("cache",), "Share of hits in the last 5 minutes, 0 to 1."),
    Metric("codeagent_cache_evictions_total", Kind.COUNTER, "1", ("cache",), "Entries evicted."),
    Metric("codeagent_db_query_duration", Kind.HISTOGRAM, "ms", ("operation",), "Time of a query.", QUERY_MS),
    Metric("codeagent_db_connections", Kind.GAUGE, "1", ("state",), "Pool connections: active or idle."),
    Metric("codeagent_db_connections_max", Kind.GAUGE, "1", (), "Connections the pool may open."),
)  # fmt: skip

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
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
