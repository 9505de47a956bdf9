"""For every alert: a normal load, one just below its limit, and one that makes it fire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.unit.alerts.loads import (
    ACTIVE,
    ALLOWED,
    COST,
    DURATION,
    FIRST,
    HOST,
    LATENCY,
    LEFT,
    LIMITED,
    OPENAI,
    OPENED,
    POOL,
    POOL_LIMIT,
    PROCESS,
    RETRIES,
    TOKENS,
    TOKENS_LEFT,
    A,
    B,
    E,
    budget_load,
    cache_load,
    calls,
    closed_load,
    counter,
    disk_load,
    expiry_load,
    fallbacks_load,
    gauge,
    histogram,
    memory_load,
    process_load,
    requests,
    slow_share_load,
)
from tests.unit.alerts.promtool import Load


@dataclass(frozen=True)
class Case:
    """Loads for one alert. It must fire within `minutes` of `fires`, after `warmup` minutes of `normal`.

    `labels` tell apart alerts of one name. `twin`: the alert about missing data is expected when all series end.
    """

    alert: str
    normal: Load
    below: Load
    fires: Load | None
    minutes: int = 15
    warmup: int = 90
    labels: Mapping[str, str] = field(default_factory=dict)
    recovery: int = 30
    fires_without_data: bool = False
    reset: bool = True

    @property
    def step(self) -> int:
        """Seconds between samples, and between evaluations; more in long tests."""
        minutes = self.warmup + self.minutes + self.recovery
        return 15 if minutes <= 150 else 60 if minutes <= 500 else 300


OBJECTIVES = (
    Case(
        "AvailabilityBudgetBurn",
        requests(1000),
        requests(930, 70),
        requests(850, 150),
        minutes=60,
        recovery=40,
        labels={"window": "1h"},
    ),
    Case(
        "AvailabilityBudgetBurn",
        requests(1000),
        requests(971, 29),
        requests(940, 60),
        minutes=240,
        recovery=60,
        labels={"window": "6h"},
    ),
    Case(
        "AvailabilityBudgetBurn",
        requests(1000),
        requests(986, 14),
        requests(970, 30),
        minutes=400,
        recovery=200,
        labels={"window": "1d"},
    ),
    Case(
        "AvailabilityBudgetBurn",
        requests(1000),
        requests(996, 4),
        requests(980, 20),
        minutes=500,
        recovery=400,
        labels={"window": "3d"},
    ),
    Case(
        "LatencyBudgetBurn",
        slow_share_load(0),
        slow_share_load(700),
        slow_share_load(1000),
        minutes=60,
        recovery=40,
        labels={"window": "1h"},
    ),
    Case(
        "LatencyBudgetBurn",
        slow_share_load(0),
        slow_share_load(290),
        slow_share_load(600),
        minutes=240,
        recovery=60,
        labels={"window": "6h"},
    ),
    Case(
        "LatencyBudgetBurn",
        slow_share_load(0),
        slow_share_load(140),
        slow_share_load(300),
        minutes=400,
        recovery=200,
        labels={"window": "1d"},
    ),
    Case(
        "LatencyBudgetBurn",
        slow_share_load(0),
        slow_share_load(40),
        slow_share_load(150),
        minutes=500,
        recovery=400,
        labels={"window": "3d"},
    ),
)

CASES = (
    *OBJECTIVES,
    Case("HighErrorRate", requests(1000), requests(951, 49), requests(940, 60)),
    Case("ErrorBurst", requests(1000), requests(951, 49), requests(900, 100), minutes=3),
    Case("ElevatedErrorRate", requests(1000), requests(991, 9), requests(980, 20)),
    Case("EndpointFailing", requests(100), requests(81, 19), requests(70, 30), labels={"endpoint": "/v1/chat"}),
    Case(
        "InstanceFailing",
        requests(100, 0, A) | requests(100, 0, B),
        requests(100, 0, A) | requests(81, 19, B),
        requests(100, 0, A) | requests(50, 50, B),
        labels={"instance": "b"},
    ),
    Case(
        "SlowAPIResponse",
        histogram(DURATION, A, 1000, 0, 1_000, 10_000),
        histogram(DURATION, A, 960, 40, 1_000, 10_000),
        histogram(DURATION, A, 900, 100, 1_000, 10_000),
        minutes=20,
    ),
    Case(
        "EndpointSlow",
        histogram(DURATION, A, 100, 0, 1_000, 10_000),
        histogram(DURATION, A, 96, 4, 1_000, 10_000),
        histogram(DURATION, A, 50, 50, 1_000, 10_000),
        minutes=10,
        labels={"endpoint": "/v1/chat"},
    ),
    Case("NoTraffic", requests(100), requests(1), requests(0), minutes=12),
    Case("RequestSpike", requests(300), requests(1_100), requests(2_000), minutes=10),
    Case("GatewayUnseen", requests(100), requests(1), None, minutes=10, fires_without_data=True, reset=False),
    Case(
        "ProviderDown",
        gauge(f'codeagent_provider_up{{{E},provider="openai"}}', 1),
        gauge(f'codeagent_provider_up{{{E},provider="openai"}}', 0.5),
        gauge(f'codeagent_provider_up{{{E},provider="openai"}}', 0),
        minutes=3,
        labels={"provider": "openai"},
    ),
    Case("ProviderErrors", calls(100), calls(91, 9), calls(80, 20), labels={"provider": "openai"}),
    Case(
        "ProviderSlow",
        histogram(LATENCY, OPENAI, 100, 0, 1_000, 10_000),
        histogram(LATENCY, OPENAI, 96, 4, 1_000, 10_000),
        histogram(LATENCY, OPENAI, 50, 50, 1_000, 10_000),
        minutes=10,
        labels={"provider": "openai"},
    ),
    Case(
        "ProviderVerySlow",
        histogram(LATENCY, OPENAI, 100, 0, 10_000, 40_000),
        histogram(LATENCY, OPENAI, 96, 4, 10_000, 40_000),
        histogram(LATENCY, OPENAI, 80, 20, 10_000, 40_000),
        labels={"provider": "openai"},
    ),
    Case(
        "FirstTokenSlow",
        histogram(FIRST, OPENAI, 100, 0, 500, 10_000),
        histogram(FIRST, OPENAI, 96, 4, 500, 10_000),
        histogram(FIRST, OPENAI, 50, 50, 500, 10_000),
        labels={"provider": "openai"},
    ),
    Case(
        "ProviderRateLimited",
        calls(100) | counter(LIMITED, 0),
        calls(100) | counter(LIMITED, 4),
        calls(100) | counter(LIMITED, 20),
        labels={"provider": "openai"},
    ),
    Case(
        "RateLimitNearlyExhausted",
        gauge(LEFT, 90) | gauge(ALLOWED, 100),
        gauge(LEFT, 5) | gauge(ALLOWED, 100),
        gauge(LEFT, 2) | gauge(ALLOWED, 100),
        minutes=5,
        labels={"provider": "openai"},
    ),
    Case(
        "RateLimitHeadroomLow",
        gauge(LEFT, 90),
        gauge(LEFT, 5),
        gauge(LEFT, 2),
        minutes=5,
        labels={"provider": "openai", "limit": "requests"},
    ),
    Case(
        "RateLimitHeadroomLow",
        gauge(LEFT, 90) | gauge(ALLOWED, 100) | gauge(TOKENS_LEFT, 9_000),
        gauge(LEFT, 2) | gauge(ALLOWED, 100) | gauge(TOKENS_LEFT, 460),
        gauge(LEFT, 90) | gauge(ALLOWED, 100) | gauge(TOKENS_LEFT, 400),
        minutes=5,
        labels={"provider": "openai", "limit": "tokens"},
    ),
    Case(
        "RetryStorm",
        calls(100) | counter(RETRIES, 1),
        calls(100) | counter(RETRIES, 49),
        calls(100) | counter(RETRIES, 80),
        labels={"provider": "openai"},
    ),
    Case(
        "FallbacksFailing",
        calls(100) | fallbacks_load(10, 0),
        calls(100) | fallbacks_load(6, 5),
        calls(100) | fallbacks_load(1, 9),
        minutes=20,
        labels={"model": "m"},
    ),
    Case(
        "TokenExplosion",
        counter(TOKENS, 90_000),
        counter(TOKENS, 300_000),
        counter(TOKENS, 900_000),
        minutes=25,
        warmup=420,
        recovery=60,
        labels={"consumer": "search"},
    ),
    Case(
        "CostSpike",
        counter(COST, 0.1),
        counter(COST, 0.3),
        counter(COST, 1.0),
        minutes=60,
        warmup=1560,
        recovery=90,
        labels={"consumer": "search"},
    ),
    Case(
        "UnpricedTokens",
        counter(TOKENS, 1_000) | counter(COST, 0.01),
        counter(TOKENS, 150) | counter(COST, 0),
        counter(TOKENS, 1_000) | counter(COST, 0),
        minutes=90,
        recovery=90,
        labels={"model": "m"},
    ),
    Case(
        "BudgetBurnTooFast",
        budget_load(80),
        budget_load((80, -0.01)),
        budget_load((80, -0.05)),
        minutes=240,
        recovery=480,
    ),
    Case(
        "BudgetNearlySpent",
        budget_load(80),
        budget_load(10),
        budget_load(5),
        labels={"scope": "team", "consumer": "search"},
    ),
    Case(
        "EngineQueueGrowing",
        gauge(f'codeagent_engine_waiting{{{E},model="m",reason="capacity"}}', 0),
        gauge(f'codeagent_engine_waiting{{{E},model="m",reason="capacity"}}', 50),
        gauge(f'codeagent_engine_waiting{{{E},model="m",reason="capacity"}}', 51),
    ),
    Case(
        "EngineCacheFull",
        gauge(f'codeagent_engine_kv_cache_usage{{{E},model="m"}}', 0.5),
        gauge(f'codeagent_engine_kv_cache_usage{{{E},model="m"}}', 0.95),
        gauge(f'codeagent_engine_kv_cache_usage{{{E},model="m"}}', 0.99),
    ),
    Case("WebSocketConnectionSpike", counter(OPENED, 60), counter(OPENED, 5_900), counter(OPENED, 6_600), minutes=6),
    Case("WebSocketDrop", gauge(ACTIVE, 100), gauge(ACTIVE, 50), gauge(ACTIVE, 20), minutes=4),
    Case("WebSocketAbnormalCloses", closed_load(100, 0), closed_load(81, 19), closed_load(60, 40)),
    Case(
        "CacheCollapse",
        cache_load(60, 40),
        cache_load(35, 65),
        cache_load(10, 90),
        minutes=10,
        labels={"cache": "answers"},
    ),
    Case(
        "DatabasePoolExhausted",
        gauge(POOL, 5) | gauge(POOL_LIMIT, 20),
        gauge(POOL, 19) | gauge(POOL_LIMIT, 20),
        gauge(POOL, 20) | gauge(POOL_LIMIT, 20),
        minutes=5,
    ),
    Case(
        "SlowQueries",
        histogram("codeagent_db_query_duration", 'operation="select"', 100, 0, 250, 2_500),
        histogram("codeagent_db_query_duration", 'operation="select"', 96, 4, 250, 2_500),
        histogram("codeagent_db_query_duration", 'operation="select"', 80, 20, 250, 2_500),
    ),
    Case(
        "RedisDown",
        gauge(f'redis_up{{{E},instance="r",job="redis"}}', 1),
        gauge(f'redis_up{{{E},instance="r",job="redis"}}', 1),
        gauge(f'redis_up{{{E},instance="r",job="redis"}}', 0),
        minutes=4,
    ),
    Case(
        "HostCPUHigh",
        counter(f'node_cpu_seconds_total{{{HOST},cpu="0",mode="idle"}}', 50),
        counter(f'node_cpu_seconds_total{{{HOST},cpu="0",mode="idle"}}', 3.6),
        counter(f'node_cpu_seconds_total{{{HOST},cpu="0",mode="idle"}}', 1),
        minutes=20,
    ),
    Case("HostMemoryHigh", memory_load(50), memory_load(94), memory_load(97)),
    Case("DiskNearlyFull", disk_load(50), disk_load(90), disk_load(92)),
    Case("DiskFilling", disk_load(60), disk_load(60, 0.005), disk_load(60, 0.05), minutes=120, recovery=180),
    Case("MemoryGrowing", process_load(1), process_load(1.5, 0.005), process_load(1.5, 0.03), minutes=45, warmup=180),
    Case("ProcessRestarting", process_load(1), process_load(1, started=5), process_load(1, started=(9, 1)), minutes=5),
    Case(
        "TargetDown",
        gauge(f"up{{{PROCESS}}}", 1),
        gauge(f"up{{{PROCESS}}}", 1),
        gauge(f"up{{{PROCESS}}}", 0),
        minutes=5,
    ),
    Case("CertificateExpiring", expiry_load(60), expiry_load(14.5), expiry_load(10), minutes=90),
    Case("CertificateNearlyExpired", expiry_load(60), expiry_load(3.5), expiry_load(2), minutes=30),
)
