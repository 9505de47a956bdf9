"""Alerts about what the gateway runs on: cache, database, hosts, processes, scrape targets and certificates."""

from __future__ import annotations

from typing import Final

from app.rules.limits import (
    above_count,
    above_milliseconds,
    above_percent,
    above_times,
    below_days,
    below_times,
    state,
)
from app.rules.model import AlertRule, Condition, Severity, Team
from app.rules.queries import events, grouped, quantile, rate
from pages import thresholds
from pages.expressions import selector
from pages.overview import DISKS

CACHE: Final = "codeagent_cache_requests_total"
POOL: Final = "codeagent_db_connections"
POOL_LIMIT: Final = "codeagent_db_connections_max"
QUERY_TIME: Final = "codeagent_db_query_duration"
EXPIRY: Final = "probe_ssl_earliest_cert_expiry"
MEMORY_OF_PROCESS: Final = "process_resident_memory_bytes"
ACTIVE_STATE: Final = 'state="active"'
_IDLE: Final = 'mode="idle"'
_BOARD: Final = "/infrastructure?from=now-6h"
_HOST: Final = "/infrastructure?instance={{ $labels.instance | urlquery }}&from=now-6h"
_DAY: Final = 86_400
_INSTANCE: Final = grouped(("instance",))
_FREE: Final = selector("node_filesystem_avail_bytes", DISKS)
_SIZE: Final = selector("node_filesystem_size_bytes", DISKS)
_ON_DISK: Final = grouped(("instance", "device"))
_USED: Final = f"max by ({_ON_DISK}) (100 * (1 - {_FREE} / {_SIZE}))"


def _hit_percent(over: str, offset: str = "") -> str:
    hits = rate(CACHE, over, ("cache",), 'result="hit"', offset)
    return f"{hits} / {rate(CACHE, over, ('cache',), offset=offset)}"


_STORES: Final = (
    AlertRule(
        "CacheCollapse",
        Condition(
            f"({_hit_percent('5m')})\n/ ({_hit_percent('1h', '15m')})",
            below_times(thresholds.HITS_KEPT),
            (f"{events(CACHE, '5m', ('cache',))} > 50", f"{_hit_percent('1h', '15m')} > 0.1"),
        ),
        "3m",
        Severity.MEDIUM,
        Team.BACKEND,
        "The hit rate of a cache collapsed",
        "The hit rate of the cache {{ $labels.cache }} is less than half of what it was in the hour before.",
        _BOARD,
        subject="cache {{ $labels.cache }}",
        headline='Cache {{ $labels.cache }}: {{ $value | printf "%.2f" }} times the hit rate of before',
    ),
    AlertRule(
        "DatabasePoolExhausted",
        Condition(
            f"100 * sum by ({grouped()}) ({selector(POOL, ACTIVE_STATE)})\n"
            f"/ sum by ({grouped()}) ({selector(POOL_LIMIT)})",
            above_percent(thresholds.USAGE.critical),
        ),
        "2m",
        Severity.CRITICAL,
        Team.BACKEND,
        "The database connection pool is exhausted",
        "Nearly all connections of the pool have been in use for 2 minutes. Requests wait for a connection.",
        _BOARD,
        subject="database-pool",
        headline='{{ $value | printf "%.0f" }} % of the database connections are in use',
    ),
    AlertRule(
        "SlowQueries",
        Condition(
            quantile(0.95, QUERY_TIME, "5m"),
            above_milliseconds(thresholds.QUERY_TIME.critical),
            (f"{events(QUERY_TIME + '_count', '5m')} > 20",),
        ),
        "5m",
        Severity.MEDIUM,
        Team.BACKEND,
        "Database queries are slow",
        "1 of 20 queries has taken longer than 500 ms for 5 minutes.",
        _BOARD,
        subject="database",
        headline='1 of 20 database queries takes longer than {{ $value | printf "%.0f" }} ms',
    ),
    AlertRule(
        "RedisDown",
        Condition(f"max by ({_INSTANCE}) ({selector('redis_up')})", state(0, "down")),
        "1m",
        Severity.HIGH,
        Team.PLATFORM,
        "Redis is down",
        "Redis at {{ $labels.instance }} has not responded for a minute.",
        _BOARD,
        subject="redis {{ $labels.instance }}",
        headline="Redis {{ $labels.instance }} is down",
        is_optional=True,
    ),
)

_HOSTS: Final = (
    AlertRule(
        "HostCPUHigh",
        Condition(
            f"100 * (1 - avg by ({_INSTANCE}) (rate({selector('node_cpu_seconds_total', _IDLE)}[5m])))",
            above_percent(thresholds.USAGE.critical),
        ),
        "10m",
        Severity.MEDIUM,
        Team.PLATFORM,
        "The CPUs of a host are busy",
        "The CPUs of {{ $labels.instance }} have been busy for 10 minutes.",
        _HOST,
        subject="cpu {{ $labels.instance }}",
        headline='{{ $labels.instance }}: CPU {{ $value | printf "%.0f" }} %',
        is_optional=True,
    ),
    AlertRule(
        "HostMemoryHigh",
        Condition(
            f"max by ({_INSTANCE}) (100 * (1 - {selector('node_memory_MemAvailable_bytes')}"
            f" / {selector('node_memory_MemTotal_bytes')}))",
            above_percent(thresholds.USAGE.critical),
        ),
        "5m",
        Severity.HIGH,
        Team.PLATFORM,
        "The memory of a host is nearly full",
        "Little memory has been available on {{ $labels.instance }} for 5 minutes. Processes may be killed.",
        _HOST,
        subject="memory {{ $labels.instance }}",
        headline='{{ $labels.instance }}: memory {{ $value | printf "%.0f" }} % used',
        is_optional=True,
    ),
    AlertRule(
        "DiskNearlyFull",
        Condition(_USED, above_percent(thresholds.DISK_USAGE.critical)),
        "5m",
        Severity.HIGH,
        Team.PLATFORM,
        "A disk is nearly full",
        "{{ $labels.device }} on {{ $labels.instance }} is nearly full. Many databases stop writing at 95 %.",
        _HOST,
        subject="disk {{ $labels.instance }} {{ $labels.device }}",
        headline='{{ $labels.instance }} {{ $labels.device }}: {{ $value | printf "%.0f" }} % full',
        is_optional=True,
    ),
    AlertRule(
        "DiskFilling",
        Condition(
            f"min by ({_ON_DISK}) (-{_FREE} / deriv({_FREE}[1h])) / {_DAY}",
            below_days(thresholds.DAYS_UNTIL_FULL.critical),
            (f"min by ({_ON_DISK}) (deriv({_FREE}[1h])) < 0", f"{_USED} > 50"),
        ),
        "30m",
        Severity.MEDIUM,
        Team.PLATFORM,
        "A disk will be full soon",
        "At the speed of the last hour, {{ $labels.device }} on {{ $labels.instance }} is full within 3 days.",
        _HOST,
        subject="disk {{ $labels.instance }} {{ $labels.device }}",
        headline='{{ $labels.instance }} {{ $labels.device }} is full in {{ $value | printf "%.1f" }} days',
        is_optional=True,
    ),
)

_PROCESSES: Final = (
    AlertRule(
        "MemoryGrowing",
        Condition(
            f"max by ({grouped(('job', 'instance'))}) ({selector(MEMORY_OF_PROCESS)}"
            f" / ({selector(MEMORY_OF_PROCESS)} offset 1h))",
            above_times(thresholds.TIMES_LARGER),
            (
                f"max by ({grouped(('job', 'instance'))}) ({selector(MEMORY_OF_PROCESS)}) > 268435456",
                f"max by ({grouped(('job', 'instance'))}) (deriv({selector(MEMORY_OF_PROCESS)}[15m])) > 0",
                f"max by ({grouped(('job', 'instance'))}) (time() - {selector('process_start_time_seconds')}) > 7200",
            ),
        ),
        "10m",
        Severity.MEDIUM,
        Team.BACKEND,
        "The memory of a process grows",
        "{{ $labels.instance }} uses a multiple of the memory of an hour ago, and the number still rises: a leak?",
        _HOST,
        subject="process-memory {{ $labels.instance }}",
        headline='{{ $labels.instance }} uses {{ $value | printf "%.1f" }} times the memory of an hour ago',
        comment="A process that has just started grows normally; the rule waits 2 hours.",
        is_optional=True,
    ),
    AlertRule(
        "ProcessRestarting",
        Condition(
            f"max by ({grouped(('job', 'instance'))}) (changes({selector('process_start_time_seconds')}[15m]))",
            above_count(thresholds.RESTARTS.warning, "restarts"),
        ),
        "1m",
        Severity.HIGH,
        Team.PLATFORM,
        "A process restarts again and again",
        "{{ $labels.job }} at {{ $labels.instance }} has started several times within 15 minutes.",
        _HOST,
        subject="restarts {{ $labels.instance }}",
        headline='{{ $labels.instance }} restarted {{ $value | printf "%.0f" }} times in 15 minutes',
        is_optional=True,
    ),
    AlertRule(
        "TargetDown",
        Condition(f"max by ({grouped(('job', 'instance'))}) ({selector('up')})", state(0, "down")),
        "2m",
        Severity.HIGH,
        Team.PLATFORM,
        "A scrape target is down",
        "Prometheus has not been able to scrape {{ $labels.job }} at {{ $labels.instance }} for 2 minutes.",
        _HOST,
        subject="target {{ $labels.job }} {{ $labels.instance }}",
        headline="{{ $labels.job }} {{ $labels.instance }} is down",
    ),
    AlertRule(
        "CertificateExpiring",
        Condition(
            f"(min by ({_INSTANCE}) ({selector(EXPIRY)}) - time()) / {_DAY}",
            below_days(thresholds.DAYS_UNTIL_EXPIRY.warning),
        ),
        "1h",
        Severity.MEDIUM,
        Team.PLATFORM,
        "A certificate expires soon",
        "The certificate of {{ $labels.instance }} expires within 14 days.",
        _HOST,
        subject="certificate {{ $labels.instance }}",
        headline='The certificate of {{ $labels.instance }} expires in {{ $value | printf "%.0f" }} days',
        comment="Needs the blackbox exporter, which is deployed separately.",
        is_optional=True,
    ),
    AlertRule(
        "CertificateNearlyExpired",
        Condition(
            f"(min by ({_INSTANCE}) ({selector(EXPIRY)}) - time()) / {_DAY}",
            below_days(thresholds.DAYS_UNTIL_EXPIRY.critical),
        ),
        "15m",
        Severity.CRITICAL,
        Team.PLATFORM,
        "A certificate is about to expire",
        "The certificate of {{ $labels.instance }} expires within 3 days. Then clients refuse to connect.",
        _HOST,
        subject="certificate {{ $labels.instance }}",
        headline='The certificate of {{ $labels.instance }} expires in {{ $value | printf "%.1f" }} days',
        is_optional=True,
    ),
)

ALERTS: Final = (*_STORES, *_HOSTS, *_PROCESSES)
