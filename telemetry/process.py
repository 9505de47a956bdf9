"""Process and runtime metrics of the process itself, under the names that Prometheus' own clients use."""

from __future__ import annotations

import gc
import os
import platform
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from telemetry.metrics import Metrics, Reading, observer

_PROC = Path("/proc/self")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def observe_process(metrics: Metrics) -> None:
    """Register the process' CPU, memory, descriptors, threads and garbage collection."""
    started = _started()
    _counter(metrics, "process_cpu_seconds_total", "s", "User and system CPU time.", _reading(_cpu_seconds))
    _counter(metrics, "python_gc_collections_total", "1", "Runs of the garbage collector.", _collections)
    _gauge(metrics, "process_resident_memory_bytes", "By", "Resident memory.", _reading(lambda: _statm(1)))
    _gauge(metrics, "process_virtual_memory_bytes", "By", "Virtual memory.", _reading(lambda: _statm(0)))
    _gauge(metrics, "process_open_fds", "1", "Open file descriptors.", _reading(_open_fds))
    _gauge(metrics, "process_max_fds", "1", "File descriptors allowed.", _reading(_max_fds))
    _gauge(metrics, "process_start_time_seconds", "s", "Start, seconds since 1970.", _reading(lambda: started))
    _gauge(metrics, "python_threads", "1", "Threads alive.", _reading(lambda: float(threading.active_count())))
    _gauge(metrics, "python_info", "1", "The interpreter.", _python_info)


def _counter(metrics: Metrics, name: str, unit: str, text: str, reading: Reading) -> None:
    metrics.meter.create_observable_counter(name, [observer(reading)], unit, text)


def _gauge(metrics: Metrics, name: str, unit: str, text: str, reading: Reading) -> None:
    metrics.meter.create_observable_gauge(name, [observer(reading)], unit, text)


def _reading(value: Callable[[], float]) -> Reading:
    """A reading of a single number; nothing at all where the system does not tell it."""

    def read() -> Iterable[tuple[float, dict[str, str]]]:
        try:
            return [(value(), {})]
        except OSError:
            return []

    return read


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _statm(column: int) -> float:
    return float((_PROC / "statm").read_text().split()[column]) * _PAGE


def _open_fds() -> float:
    return float(len(os.listdir(_PROC / "fd")))


def _max_fds() -> float:
    return float(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _started() -> float:
    """Epoch seconds of the process' start; of this call where /proc is not there."""
    try:
        ticks = float((_PROC / "stat").read_text().rpartition(")")[2].split()[19])
        up = float(Path("/proc/uptime").read_text().split()[0])
    except OSError:
        return time.time()
    return time.time() - up + ticks / _TICKS


def _collections() -> Iterable[tuple[float, dict[str, str]]]:
    return [(float(s["collections"]), {"generation": str(n)}) for n, s in enumerate(gc.get_stats())]


def _python_info() -> Iterable[tuple[float, dict[str, str]]]:
    return [(1.0, {"implementation": sys.implementation.name, "version": platform.python_version()})]
