"""The machine's own series over the simulated day: exporters of the host, its processes, and Redis.

Levels that a person would recognise (memory, disks, devices) are read from this machine, so that the history joins
what the exporters report from now on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from demo.day import SPACING, Day, Floats
from demo.simulate import Series
from gateway.catalog import BASE_RATE

PROCESSES = {
    # group: (cores at level 1, MiB)
    "gateway": (0.18, 145), "providers": (0.08, 75), "load": (0.07, 70), "dashboards": (0.06, 210),
    "prometheus": (0.04, 190), "alertmanager": (0.004, 38), "redis": (0.012, 14), "exporters": (0.01, 45),
}  # fmt: skip
PSEUDO = {"tmpfs", "devtmpfs", "ramfs", "squashfs", "iso9660", "nsfs", "proc", "sysfs", "cgroup2", "overlay"}


def host(day: Day) -> Iterator[Series]:
    """What the node exporter tells."""
    cores = os.cpu_count() or 1
    busy = np.clip((0.22 + 0.26 * day.level) / cores + day.rng.normal(0, 0.01, day.times.size), 0.01, 0.97)
    for core in range(cores):
        for mode, share in (("idle", 1 - busy), ("user", busy * 0.7), ("system", busy * 0.27), ("iowait", busy * 0.03)):
            yield Series("node_cpu_seconds_total", {"cpu": str(core), "mode": mode}, _steady(share))
    total, available = _memory()
    yield Series("node_memory_MemTotal_bytes", {}, np.full(day.times.size, total))
    drift = day.rng.normal(0, 0.002, day.times.size).cumsum() * 0.02
    yield Series("node_memory_MemAvailable_bytes", {}, np.round(np.clip(available * (1 + drift - drift[-1]), 0, total)))
    yield Series("node_boot_time_seconds", {}, np.full(day.times.size, float(day.times[0] - 864_000)))
    yield from _disks(day)
    yield from _network(day)


def _steady(per_second: Floats) -> Floats:
    """A counter of the host, which did not restart."""
    total: Floats = np.cumsum(per_second * SPACING).round(3).astype(np.float64)
    return total


def _memory() -> tuple[float, float]:
    """Total and available bytes of this machine."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return tuple(float(lines[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))  # type: ignore[return-value]


def _disks(day: Day) -> Iterator[Series]:
    for device, mount, kind in _mounts():
        usage = shutil.disk_usage(mount)
        labels = {"device": device, "fstype": kind, "mountpoint": mount}
        yield Series("node_filesystem_size_bytes", labels, np.full(day.times.size, float(usage.total)))
        grown = np.linspace(0.004, 0.0, day.times.size) * usage.total
        yield Series("node_filesystem_avail_bytes", labels, np.round(np.minimum(usage.free + grown, usage.total)))


def _mounts() -> list[tuple[str, str, str]]:
    """(device, mount point, type) of real file systems, each device once."""
    rows = (line.split()[:3] for line in Path("/proc/mounts").read_text().splitlines())
    found: dict[str, tuple[str, str, str]] = {}
    for device, mount, kind in rows:
        if kind not in PSEUDO and device.startswith("/dev/") and Path(mount).is_dir():
            found.setdefault(device, (device, mount, kind))
    return list(found.values())


def _network(day: Day) -> Iterator[Series]:
    devices = [path.name for path in Path("/sys/class/net").iterdir() if path.name != "lo"] or ["eth0"]
    for device in devices[:2]:
        for direction, each in (("receive", 9_000.0), ("transmit", 14_000.0)):
            own = {"device": device}
            yield Series(f"node_network_{direction}_bytes_total", own, np.floor(_steady(BASE_RATE * day.level * each)))
            for kind in ("errs", "drop"):
                yield Series(f"node_network_{direction}_{kind}_total", own, np.zeros(day.times.size))


def processes(day: Day) -> Iterator[Series]:
    """What the process exporter tells of the demo's own processes."""
    for group, (cores, mebibytes) in PROCESSES.items():
        own = {"groupname": group}
        rate = cores * day.level
        for mode, share in (("user", 0.75), ("system", 0.25)):
            yield Series("namedprocess_namegroup_cpu_seconds_total", {**own, "mode": mode}, _steady(rate * share))
        memory = mebibytes * 2**20 * (1 + 0.03 * day.level)
        yield Series("namedprocess_namegroup_memory_bytes", {**own, "memtype": "resident"}, np.round(memory))
        yield Series("namedprocess_namegroup_num_procs", own, np.ones(day.times.size))
        started = np.where(day.since_restart(np.ones(day.times.size)) >= 0, float(day.times[0]), 0)
        if group == "gateway":
            restarts = np.flatnonzero(np.diff(day.since_restart(np.ones(day.times.size))) < 0)
            for at in restarts:
                started[at + 1 :] = day.times[at + 1]
        yield Series("namedprocess_namegroup_oldest_start_time_seconds", own, started)


def redis(day: Day) -> Iterator[Series]:
    """What the Redis exporter tells."""
    commands = BASE_RATE * day.level * 2.1
    hits = BASE_RATE * day.level * 1.1
    yield Series("redis_up", {}, np.ones(day.times.size))
    yield Series("redis_commands_processed_total", {}, np.floor(_steady(commands)))
    yield Series("redis_keyspace_hits_total", {}, np.floor(_steady(hits)))
    yield Series("redis_keyspace_misses_total", {}, np.floor(_steady(hits * 0.36)))
    yield Series("redis_evicted_keys_total", {}, np.zeros(day.times.size))
    yield Series("redis_expired_keys_total", {}, np.floor(_steady(hits * 0.2)))
    yield Series("redis_memory_used_bytes", {}, np.round(6.5e6 + 2.5e6 * day.level))
    yield Series("redis_memory_max_bytes", {}, np.full(day.times.size, 64.0 * 2**20))
    yield Series("redis_connected_clients", {}, np.round(4 + 2 * day.level))
