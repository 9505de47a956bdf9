"""For every alert: a normal load, one just below its limit, and one that makes it fire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.unit.alerts.promtool import Load

E = 'environment="production"'


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


def requests(ok: float, failed: float = 0.0, where: str = 'endpoint="/v1/chat",instance="a"') -> Load:
    """Requests per minute by outcome."""
    return Load({
        f'codeagent_requests_total{{{E},{where},status="200"}}': ok,
        f'codeagent_requests_total{{{E},{where},status="500"}}': failed,
    })  # fmt: skip


def histogram(name: str, where: str, fast: float, slow: float, limit: float, longer: float) -> Load:
    """Events per minute that last up to `limit`, and those that last up to `longer`."""
    prefix = f"{{{E}{',' + where if where else ''}"
    return Load({
        f'{name}_bucket{prefix},le="{limit:g}"}}': fast,
        f'{name}_bucket{prefix},le="{longer:g}"}}': fast + slow,
        f'{name}_bucket{prefix},le="+Inf"}}': fast + slow,
        f"{name}_count{prefix}}}": fast + slow,
    })  # fmt: skip


def gauge(series: str, value: float | tuple[float, float]) -> Load:
    """One gauge."""
    return Load(gauges={series: value})


def counter(series: str, per_minute: float) -> Load:
    """One counter."""
    return Load({series: per_minute})


def calls(ok: float, failed: float = 0.0, provider: str = "openai") -> Load:
    """Calls of a provider per minute by outcome."""
    where = f'{E},provider="{provider}",model="m"'
    return Load({
        f'codeagent_llm_requests_total{{{where},status="200"}}': ok,
        f'codeagent_llm_requests_total{{{where},status="500"}}': failed,
    })  # fmt: skip


DURATION = "codeagent_request_duration"
LATENCY = "codeagent_llm_latency"
FIRST = "codeagent_llm_time_to_first_token"
OPENAI = 'provider="openai",model="m"'
A, B = 'endpoint="/v1/chat",instance="a"', 'endpoint="/v1/chat",instance="b"'
LIMITED = f'codeagent_llm_rate_limited_total{{{E},provider="openai"}}'
LEFT = f'codeagent_llm_rate_limit_remaining{{{E},provider="openai"}}'
ALLOWED = f'codeagent_llm_rate_limit_limit{{{E},provider="openai"}}'
RETRIES = f"codeagent_llm_retries_total{{{E},{OPENAI}}}"
FALLBACK = f'codeagent_llm_fallbacks_total{{{E},model="m",fallback_model="n",result='
TOKENS = f'codeagent_llm_tokens_total{{{E},{OPENAI},kind="prompt",team="search"}}'
COST = f'codeagent_llm_cost_usd_total{{{E},{OPENAI},team="search"}}'
BUDGET = f'{{{E},scope="team",team="search"}}'
OPENED = f'codeagent_websocket_connections{{{E},instance="a"}}'
ACTIVE = f'codeagent_connections_active{{{E},instance="a"}}'
CLOSED = f"codeagent_websocket_disconnections_total{{{E},reason="
CACHE = f'codeagent_cache_requests_total{{{E},cache="answers",result='
POOL = f'codeagent_db_connections{{{E},state="active"}}'
POOL_LIMIT = f"codeagent_db_connections_max{{{E}}}"
HOST = f'{E},instance="h",job="node"'
DISK = f'{HOST},device="/dev/sda",mountpoint="/",fstype="ext4"'
PROCESS = f'{E},instance="g",job="gateway"'
GIB = 2.0**30


def _cache(hits: float, misses: float) -> Load:
    return Load({f'{CACHE}"hit"}}': hits, f'{CACHE}"miss"}}': misses})


def _closed(normal: float, abnormal: float) -> Load:
    return Load({f'{CLOSED}"normal"}}': normal, f'{CLOSED}"timeout"}}': abnormal})


def _fallbacks(succeeded: float, failed: float) -> Load:
    return Load({f'{FALLBACK}"succeeded"}}': succeeded, f'{FALLBACK}"failed"}}': failed})


def _budget(left: float | tuple[float, float], reset_hours: float = 100) -> Load:
    return Load(gauges={
        f"codeagent_budget_limit_usd{BUDGET}": 100.0,
        f"codeagent_budget_remaining_usd{BUDGET}": left,
        f"codeagent_budget_reset_seconds{BUDGET}": 3600 * reset_hours,
    })  # fmt: skip


def _disk(used_percent: float, growth: float = 0.0) -> Load:
    return Load(gauges={
        f"node_filesystem_size_bytes{{{DISK}}}": 100 * GIB,
        f"node_filesystem_avail_bytes{{{DISK}}}": ((100 - used_percent) * GIB, -growth * GIB),
    })  # fmt: skip


def _memory(used_percent: float) -> Load:
    return Load(gauges={
        f"node_memory_MemTotal_bytes{{{HOST}}}": 10 * GIB,
        f"node_memory_MemAvailable_bytes{{{HOST}}}": (100 - used_percent) / 10 * GIB,
    })  # fmt: skip


def _process(memory: float, growth: float = 0.0, started: float | tuple[float, float] = 0.0) -> Load:
    return Load(gauges={
        f"process_resident_memory_bytes{{{PROCESS}}}": (memory * GIB, growth * GIB),
        f"process_start_time_seconds{{{PROCESS}}}": started,
    })  # fmt: skip


def _expiry(days: float) -> Load:
    return gauge(f'probe_ssl_earliest_cert_expiry{{{E},instance="site",job="blackbox"}}', 86_400 * days)


def _slow_share(slow: float) -> Load:
    """1,000 requests per minute, of which these exceed the objective's 5 s."""
    return histogram(DURATION, A, 1000 - slow, slow, 5_000, 10_000)


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
        _slow_share(0),
        _slow_share(700),
        _slow_share(1000),
        minutes=60,
        recovery=40,
        labels={"window": "1h"},
    ),
    Case(
        "LatencyBudgetBurn",
        _slow_share(0),
        _slow_share(290),
        _slow_share(600),
        minutes=240,
        recovery=60,
        labels={"window": "6h"},
    ),
    Case(
        "LatencyBudgetBurn",
        _slow_share(0),
        _slow_share(140),
        _slow_share(300),
        minutes=400,
        recovery=200,
        labels={"window": "1d"},
    ),
    Case(
        "LatencyBudgetBurn",
        _slow_share(0),
        _slow_share(40),
        _slow_share(150),
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
        "RetryStorm",
        calls(100) | counter(RETRIES, 1),
        calls(100) | counter(RETRIES, 49),
        calls(100) | counter(RETRIES, 80),
        labels={"provider": "openai"},
    ),
    Case(
        "FallbacksFailing",
        calls(100) | _fallbacks(10, 0),
        calls(100) | _fallbacks(6, 5),
        calls(100) | _fallbacks(1, 9),
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
    Case("BudgetBurnTooFast", _budget(80), _budget((80, -0.01)), _budget((80, -0.05)), minutes=240, recovery=480),
    Case("BudgetNearlySpent", _budget(80), _budget(10), _budget(5), labels={"scope": "team", "consumer": "search"}),
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
    Case("WebSocketAbnormalCloses", _closed(100, 0), _closed(81, 19), _closed(60, 40)),
    Case("CacheCollapse", _cache(60, 40), _cache(35, 65), _cache(10, 90), minutes=10, labels={"cache": "answers"}),
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
    Case("HostMemoryHigh", _memory(50), _memory(94), _memory(97)),
    Case("DiskNearlyFull", _disk(50), _disk(90), _disk(92)),
    Case("DiskFilling", _disk(60), _disk(60, 0.005), _disk(60, 0.05), minutes=120, recovery=180),
    Case("MemoryGrowing", _process(1), _process(1.5, 0.005), _process(1.5, 0.03), minutes=45, warmup=180),
    Case("ProcessRestarting", _process(1), _process(1, started=5), _process(1, started=(9, 1)), minutes=5),
    Case(
        "TargetDown",
        gauge(f"up{{{PROCESS}}}", 1),
        gauge(f"up{{{PROCESS}}}", 1),
        gauge(f"up{{{PROCESS}}}", 0),
        minutes=5,
    ),
    Case("CertificateExpiring", _expiry(60), _expiry(14.5), _expiry(10), minutes=90),
    Case("CertificateNearlyExpired", _expiry(60), _expiry(3.5), _expiry(2), minutes=30),
)
