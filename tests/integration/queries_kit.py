"""Servers for the query layer's tests, under the names that these import; and backends that are built from source."""

from __future__ import annotations

from pathlib import Path

from tests.require import built, needs
from tests.servers import CONFIG, Server, answers, backfill, free_port, prometheus, redis, running, wait_until

__all__ = [
    "CONFIG",
    "Server",
    "answers",
    "backfill",
    "built",
    "free_port",
    "needs",
    "prometheus",
    "prometheus_of",
    "redis",
    "running",
    "victoria_metrics",
    "wait_until",
]


def prometheus_of(binary: str, folder: Path) -> Server:
    """A Prometheus of another version than the system's, not started yet."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(CONFIG)
    arguments = [
        binary, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=60d", "--log.level=warn",
    ]  # fmt: skip
    return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/-/ready"), folder / "log")


def victoria_metrics(folder: Path) -> Server:
    """A VictoriaMetrics that keeps none of its own answers, not started yet."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        built("victoria-metrics"), f"-storageDataPath={folder / 'data'}", f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=60d", "-search.disableCache", "-loggerLevel=ERROR",
    ]  # fmt: skip
    return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/health"), folder / "log")
