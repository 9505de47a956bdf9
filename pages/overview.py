"""System Overview: is the system healthy, and if not, where is the problem?"""

from __future__ import annotations

from pages import thresholds
from pages.derive import by_status_class, distinct
from pages.expressions import peak, quantile, quantiles, selector, share, total_rate
from pages.token_queries import tokens_in_step
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
    Tile,
    Unit,
)

REQUESTS = "codeagent_requests_total"
DURATION = "codeagent_request_duration"


# Pseudo file systems have no disk; read-only images are always full.
DISKS = 'fstype!~"tmpfs|devtmpfs|ramfs|squashfs|iso9660|nsfs|fuse.*"'

ALL_REQUESTS = total_rate(REQUESTS)
ERROR_SHARE = share(REQUESTS, 'status=~"5.."')
IDLE = selector("node_cpu_seconds_total", 'mode="idle"')
CPU = f"100 * (1 - avg by (instance) (rate({IDLE}[$__rate_interval])))"
MEMORY = f"100 * (1 - {selector('node_memory_MemAvailable_bytes')} / {selector('node_memory_MemTotal_bytes')})"
USERS = peak(f"sum by (instance) ({selector('codeagent_active_users')})")
CONNECTIONS = peak(f"sum({selector('codeagent_connections_active')})")
# A device can be mounted in several places; the highest usage counts.
DISK = (
    f"max by (instance, device) (100 * (1 - {selector('node_filesystem_avail_bytes', DISKS)}"
    f" / {selector('node_filesystem_size_bytes', DISKS)}))"
)

_TILES = (
    Panel(
        id="request-rate",
        title="Request rate",
        unit=Unit.REQUESTS_PER_SECOND,
        view=Tile(),
        queries=(Query(ALL_REQUESTS),),
        description="Requests answered per second, over all endpoints. A sudden drop matters as much as a sudden rise.",
        empty_message="No request was answered in this range.",
        span=2,
        rows=2,
        drill=Drill("/api-performance", ""),
    ),
    Panel(
        id="error-rate",
        title="Error rate",
        unit=Unit.PERCENT,
        view=Tile(thresholds.ERROR_RATE, rising_is_bad=True, gauge=(0, 10)),
        queries=(Query(ERROR_SHARE),),
        description="Share of requests answered with a 5xx status. Warning from 1 %, critical from 5 %.",
        empty_message="No request was answered in this range, so there is no error rate.",
        span=2,
        rows=2,
        drill=Drill("/api-performance", ""),
    ),
    Panel(
        id="latency-p95",
        title="Response time p95",
        unit=Unit.MILLISECONDS,
        view=Tile(thresholds.RESPONSE_TIME, rising_is_bad=True),
        queries=(Query(quantile(0.95, DURATION)),),
        description=(
            "95 % of requests were answered within this time, over all endpoints. Computed from histogram buckets."
        ),
        empty_message="No request was answered in this range.",
        span=2,
        rows=2,
        drill=Drill("/api-performance", ""),
    ),
    Panel(
        id="active-users",
        title="Active users",
        unit=Unit.COUNT,
        view=Tile(),
        queries=(Query(USERS),),
        description=(
            "Distinct users with a request in the last 5 minutes. Each instance counts its own users. With several "
            "instances, the largest count is shown, because a user of two instances is counted twice."
        ),
        empty_message="No user was active in this range.",
        span=2,
        rows=2,
        derive=distinct,
    ),
    Panel(
        id="open-websockets",
        title="Open WebSockets",
        unit=Unit.COUNT,
        view=Tile(),
        queries=(Query(CONNECTIONS),),
        description="WebSocket connections that are open now, over all instances.",
        empty_message="No WebSocket connection was open in this range.",
        span=2,
        rows=2,
        drill=Drill("/websocket", ""),
    ),
    Panel(
        id="cost-today",
        title="LLM cost today",
        unit=Unit.DOLLARS,
        view=Tile(rising_is_bad=True),
        queries=(tokens_in_step(Over.TODAY),),
        description=(
            "Cost of the tokens used since midnight (reporting time zone) at list prices. Models without a price are "
            "not included."
        ),
        empty_message="No tokens were used today.",
        span=2,
        rows=2,
        drill=Drill("/providers", ""),
        derive=cost.today,
    ),
)

_TRAFFIC = (
    Panel(
        id="requests-by-class",
        title="Requests by status class",
        unit=Unit.REQUESTS_PER_SECOND,
        view=Lines(stacked=True, expected=True),
        queries=(Query(total_rate(REQUESTS, ("status",)), legend="{{class}}"),),
        description="Requests per second, stacked by status class: 2xx successful, 4xx rejected, 5xx failed.",
        empty_message="No request was answered in this range.",
        derive=by_status_class,
    ),
    Panel(
        id="error-course",
        title="Error rate",
        unit=Unit.PERCENT,
        view=Lines(thresholds=thresholds.ERROR_RATE),
        queries=(Query(ERROR_SHARE, legend="5xx", colour="--status-5xx"),),
        description="Share of requests answered with a 5xx status, with the thresholds at 1 % and 5 %.",
        empty_message="No request was answered in this range, so there is no error rate.",
    ),
    Panel(
        id="latency",
        title="Response time",
        unit=Unit.MILLISECONDS,
        view=Lines(),
        queries=quantiles(DURATION),
        description=(
            "p50, p95 and p99 over all endpoints, computed from histogram buckets. The precision is the width of a "
            "bucket."
        ),
        empty_message="No request was answered in this range.",
        drill=Drill("/api-performance", ""),
    ),
    Panel(
        id="users-and-connections",
        title="Users and connections",
        unit=Unit.COUNT,
        view=Lines(),
        queries=(
            Query(USERS, legend="active users", colour="--series-1"),
            Query(CONNECTIONS, legend="open WebSockets", colour="--series-2"),
        ),
        description=(
            "Distinct users of the last 5 minutes (with several instances, the largest count) and open WebSocket "
            "connections. Each step shows its largest value."
        ),
        empty_message="No user was active and no WebSocket connection was open in this range.",
        derive=distinct,
    ),
)

_HOSTS = (
    Panel(
        id="cpu",
        title="CPU",
        unit=Unit.PERCENT,
        view=Lines(thresholds=thresholds.USAGE, ceiling=100),
        queries=(Query(CPU, legend="{{instance}}"),),
        description="Share of time that the CPUs of a host were not idle.",
        empty_message="No host reports its CPU usage.",
        span=4,
        drill=Drill("/infrastructure", "instance"),
    ),
    Panel(
        id="memory",
        title="Memory",
        unit=Unit.PERCENT,
        view=Lines(thresholds=thresholds.USAGE, ceiling=100),
        queries=(Query(peak(MEMORY), legend="{{instance}}"),),
        description=(
            "Share of a host's memory that is not available to new programs. Each step shows its largest value."
        ),
        empty_message="No host reports its memory usage.",
        span=4,
        drill=Drill("/infrastructure", "instance"),
    ),
    Panel(
        id="disk",
        title="Disk",
        unit=Unit.PERCENT,
        view=Lines(thresholds=thresholds.DISK_USAGE, ceiling=100),
        queries=(Query(peak(DISK), legend="{{instance}} {{device}}"),),
        description="Used share of each disk. Free space before it reaches 90 %: many databases stop writing at 95 %.",
        empty_message="No host reports its disk usage.",
        span=4,
        drill=Drill("/infrastructure", "instance"),
    ),
)

_HEALTH = Panel(
    id="health",
    title="Health",
    unit=Unit.COUNT,
    view=Cells(
        (
            CellGroup("Providers", 0, thresholds.UP, words=thresholds.UP_WORDS, href="/providers"),
            CellGroup("Cache", 1, thresholds.CACHE_HIT_RATE, Unit.PERCENT, href="/infrastructure"),
            CellGroup("Database", 2, thresholds.QUERY_TIME, Unit.MILLISECONDS, href="/infrastructure"),
            CellGroup("Targets", 3, thresholds.UP, words=thresholds.UP_WORDS, href="/infrastructure"),
        )
    ),
    queries=(
        Query(f"max by (provider) ({selector('codeagent_provider_up')})", "{{provider}}", Over.INSTANT),
        Query(f"100 * avg by (cache) ({selector('codeagent_cache_hit_rate')})", "{{cache}}", Over.INSTANT),
        Query(quantile(0.95, "codeagent_db_query_duration"), "query p95", Over.INSTANT),
        Query(f"min by (job, instance) ({selector('up')})", "{{job}} {{instance}}", Over.INSTANT),
    ),
    description=(
        "Providers by their last probe, caches by hit rate, the database by p95 query time, scrape targets by `up`."
    ),
    empty_message="No component reports its health.",
    span=12,
    rows=2,
)

BOARD = Dashboard(
    "overview",
    "System Overview",
    "Is the system healthy, and if not, where is the problem?",
    (*_TILES, *_TRAFFIC, *_HOSTS, _HEALTH),
    filters=("environment", "job", "endpoint", "instance"),
    short="Overview",
)
