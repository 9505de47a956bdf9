"""A day of history, written before Prometheus starts: `python -m demo.history FILE` writes it as OpenMetrics."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from demo import machine, simulate
from demo.day import HOURS, Day, Mask, day
from demo.openmetrics import Writer
from demo.ports import Ports
from demo.series import Series
from demo.services import ENVIRONMENT


class Stopped(Exception):
    """Somebody asked to stop while the history was being written."""


def write(path: Path, end: int, ports: Ports, stopped: Callable[[], bool] = lambda: False) -> int:
    """Write the whole day up to `end` (epoch seconds); returns the number of samples. Raises Stopped."""
    simulated = day(end)
    always = np.ones(simulated.times.size, dtype=bool)
    samples = 0
    with path.open("w", buffering=1 << 20) as out:
        writer = Writer(out, simulated.times)
        for job, target, series, present in _jobs(simulated, ports, always):
            labels = {"environment": ENVIRONMENT, "instance": target, "job": job}
            for row in series:
                if stopped():
                    raise Stopped
                writer.series(row.name, {**row.labels, **labels}, row.values, present)
                samples += int(present.sum())
            writer.series("up", labels, present.astype(np.float64), always)
        writer.end()
    return samples


def backfill(folder: Path, end: int, ports: Ports, promtool: str, stopped: Callable[[], bool] = lambda: False) -> int:
    """Write the day into a Prometheus data folder that no Prometheus uses; returns the number of samples.

    Raises Stopped, and CalledProcessError when promtool refuses it.
    """
    source = folder.parent / "history.om"
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "--quiet"]
    try:
        samples = write(source, end, ports, stopped)
        subprocess.run([*command, str(source), str(folder)], check=True, capture_output=True, text=True)
    finally:
        source.unlink(missing_ok=True)
    return samples


def _jobs(simulated: Day, ports: Ports, always: Mask) -> Iterator[tuple[str, str, Iterator[Series], Mask]]:
    """Each scrape job with its target, its series, and when it could be scraped."""
    yield "codeagent-gateway", ports.target("gateway"), simulate.gateway(simulated), simulated.gateway_up
    yield "node", ports.target("node"), machine.host(simulated), always
    yield "process", ports.target("process"), machine.processes(simulated), always
    yield "redis", ports.target("redis_exporter"), machine.redis(simulated), always


def main(path: str) -> None:
    """Write the day up to now to a file."""
    begun = time.monotonic()
    samples = write(Path(path), int(time.time()), Ports.load())
    sys.stdout.write(f"{samples} samples of {HOURS} h in {time.monotonic() - begun:.1f} s\n")


if __name__ == "__main__":
    main(sys.argv[1])
