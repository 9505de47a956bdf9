"""The machine's own series over the simulated day: exporters of the host, its processes, and Redis.

Levels that a person would recognise (memory, disks, devices) are read from this machine, so that the history joins
what the exporters report from now on.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from demo.day import SPACING, Day, Floats
from demo.series import Series
from gateway.catalog import BASE_RATE

PROCESSES = {
    # group: (cores at level 1, MiB, share of its work that follows the traffic)
    "gateway": (0.18, 110, 1.0),
    "providers": (0.06, 95, 0.9),
    "load": (0.07, 85, 0.7),
    "dashboards": (0.05, 250, 0.1),
    "prometheus": (0.04, 190, 0.2),
    "alertmanager": (0.004, 32, 0.0),
    "redis": (0.012, 14, 0.6),
    "exporters": (0.01, 50, 0.0),
}
PSEUDO = {"tmpfs", "devtmpfs", "ramfs", "squashfs", "iso9660", "nsfs", "proc", "sysfs", "cgroup2", "overlay"}


def host(day: Day) -> Iterator[Series]:
    """What the node exporter tells."""
    cores, now = os.cpu_count() or 1, _cpu_seconds()
    busy = np.clip((0.22 + 0.26 * day.level) / cores + day.rng.normal(0, 0.01, day.times.size), 0.01, 0.97)
    for core in range(cores):
        for mode, share in (("idle", 1 - busy), ("user", busy * 0.7), ("system", busy * 0.27), ("iowait", busy * 0.03)):
            seconds = joined(_steady(share), now.get((str(core), mode), 0))
            yield Series("node_cpu_seconds_total", {"cpu": str(core), "mode": mode}, seconds.round(2))
    total, available = _memory()
    yield Series("node_memory_MemTotal_bytes", {}, np.full(day.times.size, total))
    drift = day.rng.normal(0, 0.002, day.times.size).cumsum() * 0.02
    yield Series("node_memory_MemAvailable_bytes", {}, np.round(np.clip(available * (1 + drift - drift[-1]), 0, total)))
    booted = _booted()
    earlier = float(day.times[0] - 864_000)
    yield Series("node_boot_time_seconds", {}, np.where(day.times < booted, earlier, booted))
    yield from _disks(day)
    yield from _network(day)


def joined(total: Floats, now: float) -> Floats:
    """A counter that ends at its present value, so that the exporter's next one is no leap.

    Where it would have been below zero the machine had not booted yet: an earlier run is simulated, then a reset.
    """
    shifted = total + (now - total[-1])
    counter: Floats = np.where(shifted < 0, shifted - shifted[0], shifted)
    return counter


def _steady(per_second: Floats) -> Floats:
    """A counter of the host, which did not restart."""
    total: Floats = np.cumsum(per_second * SPACING).astype(np.float64)
    return total


def _cpu_seconds() -> dict[tuple[str, str], float]:
    """Seconds of each (core, mode) since this machine booted."""
    ticks = os.sysconf("SC_CLK_TCK")
    modes = ("user", "nice", "system", "idle", "iowait")
    rows = [line.split() for line in Path("/proc/stat").read_text().splitlines() if line.startswith("cpu")]
    return {
        (row[0][3:], mode): int(value) / ticks for row in rows[1:] for mode, value in zip(modes, row[1:6], strict=True)
    }


def _booted() -> float:
    """When this machine booted, in epoch seconds."""
    lines = Path("/proc/stat").read_text().splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("btime")), 0.0)


def _memory() -> tuple[float, float]:
    """Total and available bytes of this machine."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return tuple(float(lines[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))  # type: ignore[return-value]


def _disks(day: Day) -> Iterator[Series]:
    for device, mount, kind in _mounts():
        usage = shutil.disk_usage(mount)
        labels = {"device": device, "fstype": kind, "mountpoint": mount}
        yield Series("node_filesystem_size_bytes", labels, np.full(day.times.size, float(usage.total)))
        grown = (np.linspace(0.004, 0.0, day.times.size) - day.size("disk-filling", mount)) * usage.total
        free = np.clip(usage.free + grown, 0, usage.total)
        yield Series("node_filesystem_avail_bytes", labels, np.round(free))


def _mounts() -> list[tuple[str, str, str]]:
    """(device, mount point, type) of real file systems, each device once."""
    rows = (line.split()[:3] for line in Path("/proc/mounts").read_text().splitlines())
    mounts: dict[str, tuple[str, str, str]] = {}
    for device, mount, kind in rows:
        if kind not in PSEUDO and device.startswith("/dev/") and Path(mount).is_dir():
            mounts.setdefault(device, (device, mount, kind))
    return list(mounts.values())


def _network(day: Day) -> Iterator[Series]:
    now = _interfaces()
    used = [device for device in now if now[device]["receive", "bytes"]]
    for device in (used or list(now))[:2]:
        for direction, rate in (("receive", 250.0), ("transmit", 180.0)):  # the demo itself talks over loopback
            own = {"device": device}
            sent = joined(_steady(rate * day.level), now[device][direction, "bytes"])
            yield Series(f"node_network_{direction}_bytes_total", own, np.floor(sent))
            for kind in ("errs", "drop"):
                same = np.full(day.times.size, now[device][direction, kind])
                yield Series(f"node_network_{direction}_{kind}_total", own, same)


def _interfaces() -> dict[str, dict[tuple[str, str], float]]:
    """Counters of each network interface but loopback, by direction and kind; those that were used come first."""
    interfaces = {}
    for line in Path("/proc/net/dev").read_text().splitlines()[2:]:
        device, _, rest = line.partition(":")
        values = [float(word) for word in rest.split()]
        kinds = {
            ("receive", "bytes"): 0,
            ("receive", "errs"): 2,
            ("receive", "drop"): 3,
            ("transmit", "bytes"): 8,
            ("transmit", "errs"): 10,
            ("transmit", "drop"): 11,
        }
        interfaces[device.strip()] = {kind: values[column] for kind, column in kinds.items()}
    interfaces.pop("lo", None)
    return dict(sorted(interfaces.items(), key=lambda item: -item[1]["receive", "bytes"]))


def processes(day: Day) -> Iterator[Series]:
    """What the process exporter tells of the demo's own processes."""
    for group, (cores, mebibytes, follows) in PROCESSES.items():
        own = {"groupname": group}
        rate = cores * _work(day, group, follows)
        for mode, share in (("user", 0.75), ("system", 0.25)):
            yield Series(
                "namedprocess_namegroup_cpu_seconds_total", {**own, "mode": mode}, _steady(rate * share).round(3)
            )
        memory = mebibytes * 2**20 * (1 + 0.03 * day.level) * day.size("memory-leak", group, 1.0)
        yield Series("namedprocess_namegroup_memory_bytes", {**own, "memtype": "resident"}, np.round(memory))
        yield Series("namedprocess_namegroup_num_procs", own, np.ones(day.times.size))
        started = np.where(day.since_restart(np.ones(day.times.size)) >= 0, float(day.times[0]), 0)
        if group == "gateway":
            restarts = np.flatnonzero(np.diff(day.since_restart(np.ones(day.times.size))) < 0)
            for restart in restarts:
                started[restart + 1 :] = day.times[restart + 1]
        yield Series("namedprocess_namegroup_oldest_start_time_seconds", own, started)


def _work(day: Day, group: str, follows: float) -> Floats:
    """How much a process does, 1 being its mean: a part follows the traffic, the rest goes up and down on its own."""
    random = np.random.default_rng(zlib.crc32(group.encode()))
    hourly = random.uniform(0.7, 1.3, day.times.size * SPACING // 3_600 + 2)
    own: Floats = np.interp(np.arange(day.times.size) * SPACING / 3_600, np.arange(hourly.size), hourly)
    return follows * day.level + (1 - follows) * own


def redis(day: Day) -> Iterator[Series]:
    """What the Redis exporter tells."""
    commands = BASE_RATE * day.level * 2.6
    hits = BASE_RATE * day.level * 1.5
    yield Series("redis_up", {}, np.ones(day.times.size))
    yield Series("redis_commands_processed_total", {}, np.floor(_steady(commands)))
    yield Series("redis_keyspace_hits_total", {}, np.floor(_steady(hits)))
    yield Series("redis_keyspace_misses_total", {}, np.floor(_steady(hits * 0.7)))
    yield Series("redis_evicted_keys_total", {}, np.zeros(day.times.size))
    yield Series("redis_expired_keys_total", {}, np.floor(_steady(hits * 0.05)))
    yield Series("redis_memory_used_bytes", {}, np.round(3.5e6 + 1.5e6 * day.level))
    yield Series("redis_memory_max_bytes", {}, np.full(day.times.size, 64.0 * 2**20))
    yield Series("redis_connected_clients", {}, np.round(15 + 3 * day.level))
