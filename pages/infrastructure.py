"""Infrastructure: can hosts, containers, database, Redis and network handle the load?"""

from __future__ import annotations

from pages import thresholds
from pages.expressions import RANGE, peak, quantile, selector, total_rate
from pages.overview import CPU, DISK, DISKS, MEMORY
from panels.spec import Column, Dashboard, Lines, Over, Panel, Query, Table, Tile, Unit

QUERY = "codeagent_db_query_duration"
HITS = selector("redis_keyspace_hits_total")
MISSES = selector("redis_keyspace_misses_total")
_HIT, _MISS = (f"sum(rate({counter}[$__rate_interval]))" for counter in (HITS, MISSES))
HIT_RATE = f"100 * {_HIT} / ({_HIT} + {_MISS})"
SIZE = selector("node_filesystem_size_bytes", DISKS)
FREE = selector("node_filesystem_avail_bytes", DISKS)
REAL_DEVICES = 'device!~"lo|veth.*|docker.*|br-.*|cali.*|flannel.*"'


# Standalone cAdvisor names containers by `name`. The kubelet's cAdvisor has namespace, pod and container instead, and
# also series of whole pods and groups without a container; adding those would count everything twice.
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
    """Bytes in and out of a container with its own network, or of a pod."""
    both = " + ".join(
        f"rate({selector(f'container_network_{direction}_bytes_total', '$where')}[{over}])"
        for direction in ("receive", "transmit")
    )
    of_pod = f'label_join({both.replace("$where", _OF_POD)}, "name", "/", "namespace", "pod")'
    return f"sum by (name) ({both.replace('$where', _NAMED)}) or sum by (name) ({of_pod})"


_TILES = (
    Panel(
        id="hosts",
        title="Hosts up",
        unit=Unit.COUNT,
        view=Tile(rising_is_bad=False),
        queries=(Query(f"count(count by (instance) ({selector('node_boot_time_seconds')}))"),),
        description="Hosts whose node exporter responds.",
        empty_message="No host reports data.",
        span=2,
        rows=2,
    ),
    Panel(
        id="cpu",
        title="CPU, busiest host",
        unit=Unit.PERCENT,
        view=Tile(thresholds.USAGE, rising_is_bad=True),
        queries=(Query(f"max({CPU})"),),
        description="The highest CPU usage of any host.",
        empty_message="No host reports its CPU usage.",
        span=2,
        rows=2,
    ),
    Panel(
        id="memory",
        title="Memory, fullest host",
        unit=Unit.PERCENT,
        view=Tile(thresholds.USAGE, rising_is_bad=True),
        queries=(Query(peak(f"max({MEMORY})")),),
        description="The highest memory usage of any host.",
        empty_message="No host reports its memory usage.",
        span=2,
        rows=2,
    ),
    Panel(
        id="disk",
        title="Disk, fullest",
        unit=Unit.PERCENT,
        view=Tile(thresholds.DISK_USAGE, rising_is_bad=True),
        queries=(Query(peak(f"max({DISK})")),),
        description="The highest disk usage of any host.",
        empty_message="No host reports its disk usage.",
        span=2,
        rows=2,
    ),
    Panel(
        id="redis-hits",
        title="Redis hit rate",
        unit=Unit.PERCENT,
        view=Tile(thresholds.REDIS_HIT_RATE, False),
        queries=(Query(HIT_RATE),),
        description="Share of lookups that found their key.",
        empty_message="Redis served no lookup in this range.",
        span=2,
        rows=2,
    ),
    Panel(
        id="database",
        title="Database p95",
        unit=Unit.MILLISECONDS,
        view=Tile(thresholds.QUERY_TIME, rising_is_bad=True),
        queries=(Query(quantile(0.95, QUERY)),),
        description="95 % of queries finished within this time.",
        empty_message="No query ran in this range.",
        span=2,
        rows=2,
    ),
)

_CONTAINERS = Panel(
    id="containers",
    title="Containers and processes",
    unit=Unit.CORES,
    view=Table(
        ("name",),
        (
            Column("CPU", 0, Unit.CORES, bar=True),
            Column("Memory", 1, Unit.BYTES),
            Column("Of its limit", 2, Unit.PERCENT, thresholds=thresholds.USAGE),
            Column("Restarts", 3, Unit.COUNT, thresholds=thresholds.RESTARTS_IN_RANGE),
            Column("Network", 4, Unit.BYTES_PER_SECOND),
            Column("CPU over time", 5, Unit.CORES, spark=True),
        ),
        top=15,
    ),
    queries=(
        Query(_processor(RANGE), over=Over.INSTANT),
        Query(
            _either(
                selector("container_memory_working_set_bytes", "$where"),
                selector("namedprocess_namegroup_memory_bytes", 'memtype="resident"'),
            ),
            over=Over.INSTANT,
        ),
        Query(
            f"100 * {_containers(selector('container_memory_working_set_bytes', '$where'))} "
            f"/ ({_containers(selector('container_spec_memory_limit_bytes', '$where'))} > 0)",
            over=Over.INSTANT,
        ),
        Query(
            _either(
                f"changes({selector('container_start_time_seconds', '$where')}[{RANGE}])",
                f"changes({selector('namedprocess_namegroup_oldest_start_time_seconds')}[{RANGE}])",
            ),
            over=Over.INSTANT,
        ),
        Query(_traffic(RANGE), over=Over.INSTANT),
        Query(_processor("$__rate_interval")),
    ),
    description=(
        "Containers from cAdvisor (in Kubernetes as namespace/pod/container; the network traffic of a pod has its own "
        "row), or process groups from the process exporter if there are no containers. A process group has no memory "
        "limit and no network traffic of its own. A single restart, as of a deployment, is not a warning."
    ),
    empty_message="No container and no process group is monitored.",
    span=12,
    rows=4,
)

_DATABASE = (
    Panel(
        id="query-time",
        title="Database query time p95",
        unit=Unit.MILLISECONDS,
        view=Lines(thresholds=thresholds.QUERY_TIME),
        queries=(Query(quantile(0.95, QUERY, ("operation",)), "{{operation}}"),),
        description="p95 query time by operation.",
        empty_message="No query ran in this range.",
        span=4,
    ),
    Panel(
        id="pool",
        title="Database connections",
        unit=Unit.COUNT,
        view=Lines(),
        queries=(
            Query(peak(f"sum by (state) ({selector('codeagent_db_connections')})"), "{{state}}"),
            Query(f"sum({selector('codeagent_db_connections_max')})", "pool limit", colour="--critical", is_limit=True),
        ),
        description=(
            "Connections by state and the limit of the pool. Each step shows its largest value. When active "
            "connections reach the limit, requests wait for a connection."
        ),
        empty_message="The connection pool opened no connection.",
        span=4,
    ),
    Panel(
        id="slowest-queries",
        title="Database operations",
        unit=Unit.MILLISECONDS,
        view=Table(
            ("operation",),
            (
                Column("p95", 1, Unit.MILLISECONDS, thresholds=thresholds.QUERY_TIME),
                Column("p50", 0, Unit.MILLISECONDS),
                Column("p99", 2, Unit.MILLISECONDS),
                Column("Rate", 3, Unit.PER_SECOND),
            ),
        ),
        queries=(
            *(Query(quantile(q, QUERY, ("operation",), RANGE), over=Over.INSTANT) for q in (0.5, 0.95, 0.99)),
            Query(total_rate(QUERY + "_count", ("operation",), over=RANGE), over=Over.INSTANT),
        ),
        description="p50, p95 and p99 of each operation over the whole range, slowest first.",
        empty_message="No query ran in this range.",
        span=4,
    ),
)

_REDIS = (
    Panel(
        id="redis-hit-rate",
        title="Redis hit rate",
        unit=Unit.PERCENT,
        view=Lines(ceiling=100),
        queries=(Query(HIT_RATE, "hits"),),
        description="Share of lookups that found their key. It falls after a restart or when keys expire too early.",
        empty_message="Redis served no lookup in this range.",
        span=3,
    ),
    Panel(
        id="redis-evictions",
        title="Redis evictions",
        unit=Unit.PER_SECOND,
        view=Lines(),
        queries=(
            Query(f"sum(rate({selector('redis_evicted_keys_total')}[$__rate_interval]))", "evicted"),
            Query(f"sum(rate({selector('redis_expired_keys_total')}[$__rate_interval]))", "expired"),
        ),
        description=(
            "Keys per second that Redis removed because memory was full (evicted) or because their TTL ended (expired)."
        ),
        empty_message="Redis removed no key in this range.",
        span=3,
    ),
    Panel(
        id="redis-memory",
        title="Redis memory",
        unit=Unit.BYTES,
        view=Lines(),
        queries=(
            Query(peak(f"sum({selector('redis_memory_used_bytes')})"), "used"),
            Query(f"sum({selector('redis_memory_max_bytes')} > 0)", "limit", colour="--critical", is_limit=True),
        ),
        description="Memory in use (the largest value of each step), and the limit if one is set.",
        empty_message="Redis reports no memory usage.",
        span=3,
    ),
    Panel(
        id="redis-operations",
        title="Redis operations and clients",
        unit=Unit.COUNT,
        view=Lines(),
        queries=(
            Query(f"sum(rate({selector('redis_commands_processed_total')}[$__rate_interval]))", "commands per second"),
            Query(peak(f"sum({selector('redis_connected_clients')})"), "clients"),
        ),
        description="Commands per second, and connected clients (the largest value of each step).",
        empty_message="Redis ran no command in this range.",
        span=3,
    ),
)


def _network(kind: str, direction: str) -> str:
    return f"sum(rate({selector(f'node_network_{direction}_{kind}_total', REAL_DEVICES)}[$__rate_interval]))"


_HOSTS = (
    Panel(
        id="network",
        title="Network",
        unit=Unit.BYTES_PER_SECOND,
        view=Lines(),
        queries=(Query(_network("bytes", "receive"), "in"), Query(_network("bytes", "transmit"), "out")),
        description="Bytes per second over all hosts and physical devices, without loopback.",
        empty_message="No host reports network traffic.",
        span=4,
    ),
    Panel(
        id="network-errors",
        title="Network errors",
        unit=Unit.PER_SECOND,
        view=Lines(),
        queries=(
            Query(_network("errs", "receive"), "in"),
            Query(_network("errs", "transmit"), "out"),
            Query(_network("drop", "receive"), "dropped in"),
        ),
        description=(
            "Errors and dropped packets per second. Values above zero for a long time point to a cable, a driver or a "
            "full queue."
        ),
        empty_message="No host reports network errors.",
        span=4,
    ),
    Panel(
        id="disks",
        title="Disks",
        unit=Unit.PERCENT,
        view=Table(
            ("instance", "mountpoint"),
            (
                Column("Used", 0, Unit.PERCENT, bar=True, thresholds=thresholds.DISK_USAGE),
                Column("Free", 1, Unit.BYTES),
                Column("Full in", 2, Unit.DAYS, thresholds=thresholds.DAYS_UNTIL_FULL),
            ),
        ),
        queries=(
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
        description=(
            "Usage of each mount, and the days until it is full at the rate of the last 6 hours (empty while usage "
            "shrinks)."
        ),
        empty_message="No host reports its disk usage.",
        span=4,
    ),
)

BOARD = Dashboard(
    "infrastructure",
    "Infrastructure",
    "Can hosts, containers, database, Redis and network handle the load?",
    (*_TILES, _CONTAINERS, *_DATABASE, *_REDIS, *_HOSTS),
    filters=("environment", "instance"),
    short="Infra",
)
