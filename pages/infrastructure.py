"""Infrastructure: do hosts, containers, database, Redis and network carry the load?"""

from __future__ import annotations

from pages.expressions import RANGE, peak, quantile, selector, total_rate
from pages.overview import CPU, DISK, DISK_THRESHOLDS, DISKS, MEMORY, USE_THRESHOLDS
from panels.spec import Column, Dashboard, Lines, Over, Panel, Query, Table, Thresholds, Tile, Unit

QUERY = "codeagent_db_query_duration"
QUERY_THRESHOLDS = Thresholds(warning=100, critical=500)
HITS = selector("redis_keyspace_hits_total")
MISSES = selector("redis_keyspace_misses_total")
_HIT, _MISS = (f"sum(rate({counter}[$__rate_interval]))" for counter in (HITS, MISSES))
HIT_RATE = f"100 * {_HIT} / ({_HIT} + {_MISS})"
SIZE = selector("node_filesystem_size_bytes", DISKS)
FREE = selector("node_filesystem_avail_bytes", DISKS)
REAL_DEVICES = 'device!~"lo|veth.*|docker.*|br-.*|cali.*|flannel.*"'


# cAdvisor by itself names containers by `name`. The kubelet's has namespace, pod and container instead, and series of
# whole pods and groups beside them, without a container, which would count everything twice.
_NAMED = 'name!="",container=""'
_IN_POD = 'container!="",container!="POD"'
_OF_POD = 'pod!="",container=~"|POD"'  # networks belong to pods


def _containers(template: str) -> str:
    """The sum of an expression over cAdvisor's series by container, under `name`; `$where` are the matchers."""
    in_pod = template.replace("$where", _IN_POD)
    joined = f'label_join({in_pod}, "name", "/", "namespace", "pod", "container")'
    return f"(sum by (name) ({template.replace('$where', _NAMED)}) or sum by (name) ({joined}))"


def _either(container: str, process: str) -> str:
    """Containers, or the process exporter's groups, all under `name`."""
    return f'{_containers(container)} or sum by (name) (label_replace({process}, "name", "$1", "groupname", "(.*)"))'


def _processor(over: str) -> str:
    return _either(
        f"rate({selector('container_cpu_usage_seconds_total', '$where')}[{over}])",
        f"rate({selector('namedprocess_namegroup_cpu_seconds_total')}[{over}])",
    )


def _traffic(over: str) -> str:
    """Bytes in and out: of a container with a network of its own, or of a pod."""
    both = " + ".join(
        f"rate({selector(f'container_network_{direction}_bytes_total', '$where')}[{over}])"
        for direction in ("receive", "transmit")
    )
    of_pod = f'label_join({both.replace("$where", _OF_POD)}, "name", "/", "namespace", "pod")'
    return f"sum by (name) ({both.replace('$where', _NAMED)}) or sum by (name) ({of_pod})"


_TILES = (
    Panel(
        "hosts", "Hosts up", Unit.COUNT, Tile(rising_is_bad=False),
        (Query(f"count(count by (instance) ({selector('node_boot_time_seconds')}))"),),
        "Hosts whose node exporter answers.", "No host reports.", span=2, rows=2,
    ),
    Panel(
        "cpu", "CPU, busiest host", Unit.PERCENT, Tile(USE_THRESHOLDS, rising_is_bad=True), (Query(f"max({CPU})"),),
        "The highest processor use of any host.", "No host reports its processors.", span=2, rows=2,
    ),
    Panel(
        "memory", "Memory, fullest host", Unit.PERCENT, Tile(USE_THRESHOLDS, rising_is_bad=True),
        (Query(peak(f"max({MEMORY})")),),
        "The highest memory use of any host.", "No host reports its memory.", span=2, rows=2,
    ),
    Panel(
        "disk", "Disk, fullest", Unit.PERCENT, Tile(DISK_THRESHOLDS, rising_is_bad=True),
        (Query(peak(f"max({DISK})")),),
        "The fullest disk of any host.", "No host reports a disk.", span=2, rows=2,
    ),
    Panel(
        "redis-hits", "Redis hit rate", Unit.PERCENT, Tile(Thresholds(warning=50, critical=10, rising=False), False),
        (Query(HIT_RATE),),
        "Share of look-ups that found their key.", "Redis was not asked for any key.", span=2, rows=2,
    ),
    Panel(
        "database", "Database p95", Unit.MILLISECONDS, Tile(QUERY_THRESHOLDS, rising_is_bad=True),
        (Query(quantile(0.95, QUERY)),),
        "95 of 100 queries took no longer than this.", "No query ran in this range.", span=2, rows=2,
    ),
)  # fmt: skip

_CONTAINERS = Panel(
    "containers", "Containers and processes", Unit.CORES,
    Table(("name",), (
        Column("CPU", 0, Unit.CORES, bar=True),
        Column("Memory", 1, Unit.BYTES),
        Column("Of its limit", 2, Unit.PERCENT, thresholds=Thresholds(warning=80, critical=95)),
        Column("Restarts", 3, Unit.COUNT, thresholds=Thresholds(warning=1, critical=5)),
        Column("Network", 4, Unit.BYTES_PER_SECOND),
        Column("CPU over time", 5, Unit.CORES, spark=True),
    ), top=15),
    (
        Query(_processor(RANGE), over=Over.INSTANT),
        Query(_either(
            selector("container_memory_working_set_bytes", "$where"),
            selector("namedprocess_namegroup_memory_bytes", 'memtype="resident"'),
        ), over=Over.INSTANT),
        Query(
            f"100 * {_containers(selector('container_memory_working_set_bytes', '$where'))} "
            f"/ ({_containers(selector('container_spec_memory_limit_bytes', '$where'))} > 0)",
            over=Over.INSTANT,
        ),
        Query(_either(
            f"changes({selector('container_start_time_seconds', '$where')}[{RANGE}])",
            f"changes({selector('namedprocess_namegroup_oldest_start_time_seconds')}[{RANGE}])",
        ), over=Over.INSTANT),
        Query(_traffic(RANGE), over=Over.INSTANT),
        Query(_processor("$__rate_interval")),
    ),
    "Containers from cAdvisor (in Kubernetes as namespace/pod/container, with the network of the whole pod in a row of "
    "its own), or process groups from the process exporter where there are no containers. "
    "A process group has no memory limit and no network of its own.",
    "No container and no process group is watched.", span=12, rows=4,
)  # fmt: skip

_DATABASE = (
    Panel(
        "query-time", "Database query time p95", Unit.MILLISECONDS, Lines(thresholds=QUERY_THRESHOLDS),
        (Query(quantile(0.95, QUERY, ("operation",)), "{{operation}}"),),
        "p95 of queries by operation.", "No query ran in this range.", span=4,
    ),
    Panel(
        "pool", "Database connections", Unit.COUNT, Lines(),
        (
            Query(peak(f"sum by (state) ({selector('codeagent_db_connections')})"), "{{state}}"),
            Query(f"sum({selector('codeagent_db_connections_max')})", "pool limit", colour="--critical"),
        ),
        "Connections by state against the pool's limit; the most of each step. "
        "Active at the limit means that requests wait for a connection.",
        "The pool opened no connection.", span=4,
    ),
    Panel(
        "slowest-queries", "Database operations", Unit.MILLISECONDS,
        Table(("operation",), (
            Column("p95", 1, Unit.MILLISECONDS, thresholds=QUERY_THRESHOLDS),
            Column("p50", 0, Unit.MILLISECONDS),
            Column("p99", 2, Unit.MILLISECONDS),
            Column("Rate", 3, Unit.PER_SECOND),
        )),
        (
            *(Query(quantile(q, QUERY, ("operation",), RANGE), over=Over.INSTANT) for q in (0.5, 0.95, 0.99)),
            Query(total_rate(QUERY + "_count", ("operation",), over=RANGE), over=Over.INSTANT),
        ),
        "p50, p95 and p99 of each operation over the whole range, slowest first.", "No query ran in this range.",
        span=4,
    ),
)  # fmt: skip

_REDIS = (
    Panel(
        "redis-hit-rate", "Redis hit rate", Unit.PERCENT, Lines(ceiling=100), (Query(HIT_RATE, "hits"),),
        "Share of look-ups that found their key; it falls after a restart or when keys expire too early.",
        "Redis was not asked for any key.", span=3,
    ),
    Panel(
        "redis-evictions", "Redis evictions", Unit.PER_SECOND, Lines(),
        (
            Query(f"sum(rate({selector('redis_evicted_keys_total')}[$__rate_interval]))", "evicted"),
            Query(f"sum(rate({selector('redis_expired_keys_total')}[$__rate_interval]))", "expired"),
        ),
        "Keys per second that Redis threw out for want of memory (evicted) or because their time was up (expired).",
        "Redis threw no key out.", span=3,
    ),
    Panel(
        "redis-memory", "Redis memory", Unit.BYTES, Lines(),
        (
            Query(peak(f"sum({selector('redis_memory_used_bytes')})"), "used"),
            Query(f"sum({selector('redis_memory_max_bytes')} > 0)", "limit", colour="--critical"),
        ),
        "Memory in use (the most of each step), and the limit if one is set.", "Redis reports no memory.", span=3,
    ),
    Panel(
        "redis-operations", "Redis operations and clients", Unit.COUNT, Lines(),
        (
            Query(f"sum(rate({selector('redis_commands_processed_total')}[$__rate_interval]))", "commands per second"),
            Query(peak(f"sum({selector('redis_connected_clients')})"), "clients"),
        ),
        "Commands per second, and connected clients (the most of each step).", "Redis ran no command.", span=3,
    ),
)  # fmt: skip


def _network(kind: str, direction: str) -> str:
    return f"sum(rate({selector(f'node_network_{direction}_{kind}_total', REAL_DEVICES)}[$__rate_interval]))"


_HOSTS = (
    Panel(
        "network", "Network", Unit.BYTES_PER_SECOND, Lines(),
        (Query(_network("bytes", "receive"), "in"), Query(_network("bytes", "transmit"), "out")),
        "Bytes per second over all hosts and real devices, loopback left out.", "No host reports its network.", span=4,
    ),
    Panel(
        "network-errors", "Network errors", Unit.PER_SECOND, Lines(),
        (
            Query(_network("errs", "receive"), "in"),
            Query(_network("errs", "transmit"), "out"),
            Query(_network("drop", "receive"), "dropped in"),
        ),
        "Errors and dropped packets per second; anything but zero for long is a cable, a driver or a full queue.",
        "No host reports its network.", span=4,
    ),
    Panel(
        "disks", "Disks", Unit.PERCENT,
        Table(("instance", "mountpoint"), (
            Column("Used", 0, Unit.PERCENT, bar=True, thresholds=DISK_THRESHOLDS),
            Column("Free", 1, Unit.BYTES),
            Column("Full in", 2, Unit.DAYS, thresholds=Thresholds(warning=14, critical=3, rising=False)),
        )),
        (
            Query(
                f"100 * (1 - {FREE} / {SIZE})",
                over=Over.INSTANT,
            ),
            Query(FREE, over=Over.INSTANT),
            Query(
                f"({FREE} / (-deriv({FREE}[6h]) > 0)) / 86400 < 3650",
                over=Over.INSTANT,
            ),
        ),
        "Use of each mount, and the days until it is full at the pace of the last 6 hours (none while it shrinks).",
        "No host reports a disk.", span=4,
    ),
)  # fmt: skip

BOARD = Dashboard(
    "infrastructure",
    "Infrastructure",
    "Do hosts, containers, database, Redis and network carry the load?",
    (*_TILES, _CONTAINERS, *_DATABASE, *_REDIS, *_HOSTS),
    filters=("environment", "instance"),
    short="Infra",
)
