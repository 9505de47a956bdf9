"""Servers for the query layer's tests, under the names that these import; and backends that are built from source."""

from __future__ import annotations

from collections.abc import Sequence
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
    "thanos",
    "victoria_metrics",
    "wait_until",
]


def prometheus_of(binary: str, folder: Path) -> Server:
    """A Prometheus of another version than the system's, not started yet."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(CONFIG)
    arguments = [
        binary,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=60d",
        "--log.level=warn",
    ]
    return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/-/ready"), folder / "log")


class Stack:
    """Servers that work together, reached at the last one; stopped in the other order."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers
        self.url = servers[-1].url

    def start(self) -> Stack:
        """Start one after the other."""
        for server in self._servers:
            server.start()
        return self

    def stop(self) -> None:
        """End all of them."""
        for server in reversed(self._servers):
            server.stop()


def thanos(folder: Path) -> Stack:
    """A Prometheus with a sidecar, behind Thanos' query and query-frontend; not started yet."""
    binary = built("thanos")
    blocks = ("--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h")
    config = "global: {scrape_interval: 15s, external_labels: {replica: a}}\n"
    store = prometheus(folder, config, more=blocks)
    grpc = f"127.0.0.1:{free_port()}"

    def component(name: str, *options: str) -> Server:
        port = free_port()
        arguments = [binary, name, f"--http-address=127.0.0.1:{port}", "--log.level=warn", *options]
        return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/-/ready"), folder / f"{name}.log")

    sidecar = component(
        "sidecar", f"--prometheus.url={store.url}", f"--tsdb.path={folder / 'data'}", f"--grpc-address={grpc}"
    )
    query = component("query", f"--endpoint={grpc}", f"--grpc-address=127.0.0.1:{free_port()}")
    # Steps of a day begin at the viewer's midnight; aligned to the step, answers would be those of other times.
    unaligned = "--no-query-range.align-range-with-step"
    front = component("query-frontend", f"--query-frontend.downstream-url={query.url}", unaligned)
    return Stack([store, sidecar, query, front])


def victoria_metrics(folder: Path) -> Server:
    """A VictoriaMetrics that keeps none of its own answers, not started yet."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        built("victoria-metrics"),
        f"-storageDataPath={folder / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=60d",
        "-search.disableCache",
        "-loggerLevel=ERROR",
    ]
    return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/health"), folder / "log")
