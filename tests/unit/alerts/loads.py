"""What the series of a gateway do: the loads that the cases of the alerts are made of."""

from __future__ import annotations

from tests.unit.alerts.promtool import Load

E = 'environment="production"'


def requests(ok: float, failed: float = 0.0, where: str = 'endpoint="/v1/chat",instance="a"') -> Load:
    """Requests per minute by outcome."""
    return Load(
        {
            f'codeagent_requests_total{{{E},{where},status="200"}}': ok,
            f'codeagent_requests_total{{{E},{where},status="500"}}': failed,
        }
    )


def histogram(name: str, where: str, fast: float, slow: float, limit: float, longer: float) -> Load:
    """Events per minute that last up to `limit`, and those that last up to `longer`."""
    prefix = f"{{{E}{',' + where if where else ''}"
    return Load(
        {
            f'{name}_bucket{prefix},le="{limit:g}"}}': fast,
            f'{name}_bucket{prefix},le="{longer:g}"}}': fast + slow,
            f'{name}_bucket{prefix},le="+Inf"}}': fast + slow,
            f"{name}_count{prefix}}}": fast + slow,
        }
    )


def gauge(series: str, value: float | tuple[float, float]) -> Load:
    """One gauge."""
    return Load(gauges={series: value})


def counter(series: str, per_minute: float) -> Load:
    """One counter."""
    return Load({series: per_minute})


def calls(ok: float, failed: float = 0.0, provider: str = "openai") -> Load:
    """Calls of a provider per minute by outcome."""
    where = f'{E},provider="{provider}",model="m"'
    return Load(
        {
            f'codeagent_llm_requests_total{{{where},status="200"}}': ok,
            f'codeagent_llm_requests_total{{{where},status="500"}}': failed,
        }
    )


DURATION = "codeagent_request_duration"
LATENCY = "codeagent_llm_latency"
FIRST = "codeagent_llm_time_to_first_token"
OPENAI = 'provider="openai",model="m"'
A, B = 'endpoint="/v1/chat",instance="a"', 'endpoint="/v1/chat",instance="b"'
LIMITED = f'codeagent_llm_rate_limited_total{{{E},provider="openai"}}'
TOKENS_LEFT = f'codeagent_llm_tokens_remaining{{{E},provider="openai"}}'
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


def cache_load(hits: float, misses: float) -> Load:
    return Load({f'{CACHE}"hit"}}': hits, f'{CACHE}"miss"}}': misses})


def closed_load(normal: float, abnormal: float) -> Load:
    return Load({f'{CLOSED}"normal"}}': normal, f'{CLOSED}"timeout"}}': abnormal})


def fallbacks_load(succeeded: float, failed: float) -> Load:
    return Load({f'{FALLBACK}"succeeded"}}': succeeded, f'{FALLBACK}"failed"}}': failed})


def budget_load(left: float | tuple[float, float], reset_hours: float = 100) -> Load:
    return Load(
        gauges={
            f"codeagent_budget_limit_usd{BUDGET}": 100.0,
            f"codeagent_budget_remaining_usd{BUDGET}": left,
            f"codeagent_budget_reset_seconds{BUDGET}": 3600 * reset_hours,
        }
    )


def disk_load(used_percent: float, growth: float = 0.0) -> Load:
    return Load(
        gauges={
            f"node_filesystem_size_bytes{{{DISK}}}": 100 * GIB,
            f"node_filesystem_avail_bytes{{{DISK}}}": ((100 - used_percent) * GIB, -growth * GIB),
        }
    )


def memory_load(used_percent: float) -> Load:
    return Load(
        gauges={
            f"node_memory_MemTotal_bytes{{{HOST}}}": 10 * GIB,
            f"node_memory_MemAvailable_bytes{{{HOST}}}": (100 - used_percent) / 10 * GIB,
        }
    )


def process_load(memory: float, growth: float = 0.0, started: float | tuple[float, float] = 0.0) -> Load:
    return Load(
        gauges={
            f"process_resident_memory_bytes{{{PROCESS}}}": (memory * GIB, growth * GIB),
            f"process_start_time_seconds{{{PROCESS}}}": started,
        }
    )


def expiry_load(days: float) -> Load:
    return gauge(f'probe_ssl_earliest_cert_expiry{{{E},instance="site",job="blackbox"}}', 86_400 * days)


def slow_share_load(slow: float) -> Load:
    """1,000 requests per minute, of which these exceed the objective's 5 s."""
    return histogram(DURATION, A, 1000 - slow, slow, 5_000, 10_000)
