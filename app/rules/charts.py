"""Which charts a rule is about: those on which its firings are shaded, as board/panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ERRORS: Final = (
    "overview/error-course",
    "overview/requests-by-class",
    "api-performance/status-codes",
    "endpoint/error-course",
    "endpoint/status-codes",
)
_LATENCY: Final = (
    "overview/latency",
    "api-performance/latency-by-endpoint",
    "api-performance/latency-distribution",
    "endpoint/duration",
    "endpoint/latency-distribution",
)
_TRAFFIC: Final = ("overview/requests-by-class", "api-performance/status-codes", "endpoint/status-codes")
_PROVIDER_ERRORS: Final = ("providers/errors", "providers/error-classes")
_CONNECTIONS: Final = ("websocket/connections", "overview/users-and-connections")

CHARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "AvailabilityBudgetBurn": _ERRORS,
    "HighErrorRate": _ERRORS,
    "ErrorBurst": _ERRORS,
    "ElevatedErrorRate": _ERRORS,
    "EndpointFailing": _ERRORS,
    "InstanceFailing": _ERRORS,
    "LatencyBudgetBurn": _LATENCY,
    "SlowAPIResponse": _LATENCY,
    "EndpointSlow": _LATENCY,
    "NoTraffic": _TRAFFIC,
    "RequestSpike": _TRAFFIC,
    "GatewayUnseen": _TRAFFIC,
    "ProviderDown": ("providers/state", *_PROVIDER_ERRORS),
    "ProviderErrors": _PROVIDER_ERRORS,
    "RetryStorm": _PROVIDER_ERRORS,
    "FallbacksFailing": ("providers/fallbacks", "providers/errors"),
    "ProviderSlow": ("providers/latency", "providers/time-parts"),
    "ProviderVerySlow": ("providers/latency", "providers/time-parts"),
    "FirstTokenSlow": ("providers/first-token",),
    "ProviderRateLimited": ("providers/rate-limited",),
    "RateLimitNearlyExhausted": ("providers/rate-limited",),
    "RateLimitHeadroomLow": ("providers/rate-limited",),
    "TokenExplosion": ("providers/tokens",),
    "UnpricedTokens": ("providers/tokens",),
    "CostSpike": ("providers/cost-rate",),
    "EngineQueueGrowing": ("providers/engine-queue", "providers/engine-queue-time"),
    "EngineCacheFull": ("providers/engine-kv-cache",),
    "WebSocketConnectionSpike": ("websocket/opened-closed", *_CONNECTIONS),
    "WebSocketDrop": _CONNECTIONS,
    "WebSocketAbnormalCloses": ("websocket/opened-closed",),
    "CacheCollapse": ("infrastructure/redis-hit-rate", "infrastructure/redis-evictions"),
    "DatabasePoolExhausted": ("infrastructure/pool",),
    "SlowQueries": ("infrastructure/query-time",),
    "RedisDown": ("infrastructure/redis-operations", "infrastructure/redis-memory"),
    "HostCPUHigh": ("overview/cpu",),
    "HostMemoryHigh": ("overview/memory",),
    "MemoryGrowing": ("overview/memory",),
    "DiskNearlyFull": ("overview/disk",),
    "DiskFilling": ("overview/disk",),
}
# These have no chart over the range of the page: they are about a sum of the day or month, or a state in a table.
WITHOUT_CHART: Final = frozenset(
    {
        "BudgetBurnTooFast",
        "BudgetNearlySpent",
        "ProcessRestarting",
        "TargetDown",
        "CertificateExpiring",
        "CertificateNearlyExpired",
        "Watchdog",
    }
)


def rules_of(board: str) -> Mapping[str, tuple[str, ...]]:
    """The rules that are about panels of a board, each with the ids of these panels."""
    prefix = f"{board}/"
    named = {
        rule: tuple(chart.removeprefix(prefix) for chart in charts if chart.startswith(prefix))
        for rule, charts in CHARTS.items()
    }
    return {rule: panels for rule, panels in named.items() if panels}
