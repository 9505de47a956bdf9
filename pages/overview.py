"""System Overview: is it all right, and if not, where?"""

from __future__ import annotations

from pages.derive import by_status_class, distinct
from pages.expressions import grown, peak, quantile, quantiles, selector, share, total_rate
from panels import cost
from panels.spec import (
    CellGroup,
    Cells,
    Dashboard,
    Drill,
    Lines,
    Over,
    Panel,
    Query,
    Status,
    Thresholds,
    Tile,
    Unit,
)

REQUESTS = "codeagent_requests_total"
DURATION = "codeagent_request_duration"
TOKENS = grown("codeagent_llm_tokens_total", ("provider", "model", "kind"))

ERROR_THRESHOLDS = Thresholds(warning=1, critical=5)
P95_THRESHOLDS = Thresholds(warning=4_000, critical=8_000)
USE_THRESHOLDS = Thresholds(warning=80, critical=95)
DISK_THRESHOLDS = Thresholds(warning=80, critical=90)
UP = Thresholds(critical=0, rising=False)
UP_WORDS = ((Status.GOOD, "up"), (Status.CRITICAL, "down"), (Status.UNKNOWN, "unknown"))

# Pseudo file systems have no disk behind them; images are full by nature.
DISKS = 'fstype!~"tmpfs|devtmpfs|ramfs|squashfs|iso9660|nsfs|fuse.*"'

ALL_REQUESTS = total_rate(REQUESTS)
ERROR_SHARE = share(REQUESTS, 'status=~"5.."')
IDLE = selector("node_cpu_seconds_total", 'mode="idle"')
CPU = f"100 * (1 - avg by (instance) (rate({IDLE}[$__rate_interval])))"
MEMORY = f"100 * (1 - {selector('node_memory_MemAvailable_bytes')} / {selector('node_memory_MemTotal_bytes')})"
USERS = peak(f"sum by (instance) ({selector('codeagent_active_users')})")
CONNECTIONS = peak(f"sum({selector('codeagent_connections_active')})")
# One device may be mounted in several places: the fullest view of it counts.
DISK = (
    f"max by (instance, device) (100 * (1 - {selector('node_filesystem_avail_bytes', DISKS)}"
    f" / {selector('node_filesystem_size_bytes', DISKS)}))"
)

_TILES = (
    Panel(
        "request-rate", "Request rate", Unit.REQUESTS_PER_SECOND, Tile(),
        (Query(ALL_REQUESTS),),
        "Requests answered per second, all endpoints. A sudden fall is as worrying as a sudden rise.",
        "No request was answered in this range.", span=2, rows=2, drill=Drill("/api-performance", ""),
    ),
    Panel(
        "error-rate", "Error rate", Unit.PERCENT, Tile(ERROR_THRESHOLDS, rising_is_bad=True, gauge=(0, 10)),
        (Query(ERROR_SHARE),),
        "Share of requests answered with a 5xx status. Worry from 1 %, act from 5 %.",
        "No request was answered in this range, so there is no rate.", span=2, rows=2,
        drill=Drill("/api-performance", ""),
    ),
    Panel(
        "latency-p95", "Response time p95", Unit.MILLISECONDS, Tile(P95_THRESHOLDS, rising_is_bad=True),
        (Query(quantile(0.95, DURATION)),),
        "95 of 100 requests were answered within this time, over all endpoints; computed from histogram buckets.",
        "No request was answered in this range.", span=2, rows=2, drill=Drill("/api-performance", ""),
    ),
    Panel(
        "active-users", "Active users", Unit.COUNT, Tile(),
        (Query(USERS),),
        "Distinct users with a request in the last 5 minutes. Each instance counts its own: with several of them this "
        "is the largest count, since who uses two of them is counted twice.",
        "No user was active.", span=2, rows=2, derive=distinct,
    ),
    Panel(
        "open-websockets", "Open WebSockets", Unit.COUNT, Tile(),
        (Query(CONNECTIONS),),
        "WebSocket connections open now, over all instances.", "No WebSocket was open.", span=2, rows=2,
        drill=Drill("/websocket", ""),
    ),
    Panel(
        "cost-today", "LLM cost today", Unit.DOLLARS, Tile(rising_is_bad=True),
        (Query(TOKENS, over=Over.TODAY),),
        "Tokens since midnight (reporting time zone) at the price table's list prices; unpriced models are left out.",
        "No tokens were used today.", span=2, rows=2, drill=Drill("/providers", ""), derive=cost.today,
    ),
)  # fmt: skip

_TRAFFIC = (
    Panel(
        "requests-by-class", "Requests by status class", Unit.REQUESTS_PER_SECOND, Lines(stacked=True),
        (Query(total_rate(REQUESTS, ("status",)), legend="{{class}}"),),
        "Requests per second, stacked by class of status: 2xx answered, 4xx refused, 5xx failed.",
        "No request was answered in this range.", derive=by_status_class,
    ),
    Panel(
        "error-course", "Error rate", Unit.PERCENT, Lines(thresholds=ERROR_THRESHOLDS),
        (Query(ERROR_SHARE, legend="5xx", colour="--status-5xx"),),
        "Share of requests answered with a 5xx status, with its 1 % and 5 % lines.",
        "No request was answered in this range, so there is no rate.",
    ),
    Panel(
        "latency", "Response time", Unit.MILLISECONDS, Lines(),
        quantiles(DURATION),
        "p50, p95 and p99 over all endpoints, from histogram buckets: exact to the width of a bucket.",
        "No request was answered in this range.", drill=Drill("/api-performance", ""),
    ),
    Panel(
        "users-and-connections", "Users and connections", Unit.COUNT, Lines(),
        (
            Query(USERS, legend="active users", colour="--series-1"),
            Query(CONNECTIONS, legend="open WebSockets", colour="--series-2"),
        ),
        "Distinct users of the last 5 minutes (with several instances the largest count), and WebSocket connections "
        "open; the largest value of each step.",
        "Nobody was connected.", derive=distinct,
    ),
)  # fmt: skip

_HOSTS = (
    Panel(
        "cpu", "CPU", Unit.PERCENT, Lines(thresholds=USE_THRESHOLDS, ceiling=100), (Query(CPU, legend="{{instance}}"),),
        "Share of time that the processors of a host were not idle.", "No host reports its processors.",
        span=4, drill=Drill("/infrastructure", "instance"),
    ),
    Panel(
        "memory", "Memory", Unit.PERCENT, Lines(thresholds=USE_THRESHOLDS, ceiling=100),
        (Query(peak(MEMORY), legend="{{instance}}"),),
        "Share of a host's memory that is not available to new programs; the largest of each step.",
        "No host reports its memory.",
        span=4, drill=Drill("/infrastructure", "instance"),
    ),
    Panel(
        "disk", "Disk", Unit.PERCENT, Lines(thresholds=DISK_THRESHOLDS, ceiling=100),
        (Query(peak(DISK), legend="{{instance}} {{device}}"),),
        "Used share of each disk; act before 90 %, since many databases stop writing at 95 %.",
        "No host reports a disk.", span=4, drill=Drill("/infrastructure", "instance"),
    ),
)  # fmt: skip

_HEALTH = Panel(
    "health", "Health", Unit.COUNT,
    Cells((
        CellGroup("Providers", 0, UP, words=UP_WORDS, href="/providers"),
        CellGroup("Cache", 1, Thresholds(warning=10, critical=1, rising=False), Unit.PERCENT, href="/infrastructure"),
        CellGroup("Database", 2, Thresholds(warning=100, critical=500), Unit.MILLISECONDS, href="/infrastructure"),
        CellGroup("Targets", 3, UP, words=UP_WORDS, href="/infrastructure"),
    )),
    (
        Query(f"max by (provider) ({selector('codeagent_provider_up')})", "{{provider}}", Over.INSTANT),
        Query(f"100 * avg by (cache) ({selector('codeagent_cache_hit_rate')})", "{{cache}}", Over.INSTANT),
        Query(quantile(0.95, "codeagent_db_query_duration"), "query p95", Over.INSTANT),
        Query(f"min by (job, instance) ({selector('up')})", "{{job}} {{instance}}", Over.INSTANT),
    ),
    "Providers by their last probe, caches by their share of hits, the database by its p95, scrape targets by `up`.",
    "Nothing reports its health.", span=12, rows=2,
)  # fmt: skip

BOARD = Dashboard(
    "overview",
    "System Overview",
    "Is it all right, and if not, where?",
    (*_TILES, *_TRAFFIC, *_HOSTS, _HEALTH),
    filters=("environment", "endpoint", "instance"),
    short="Overview",
)
