"""What the demo runs: each process with its command, its environment and how to tell that it is ready."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo.paths import ALERTS, IS_CHECKOUT
from demo.ports import HOST, Ports

MARKS_FILE = "marks-token"  # of the token for marks, in the data folder
ENVIRONMENT = "demo"  # the label of that name on every target, and the environment in logs and spans

# Without the current folder, which may hold modules of the same names.
PYTHON = (sys.executable, "-P", "-m")

# Programs and the Debian packages that bring them.
PACKAGES: Mapping[str, str] = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "prometheus-process-exporter": "prometheus-process-exporter",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
    "redis-server": "redis-server",
}
# The same programs under their projects' own names, as other installations have them.
OTHER_NAMES: Mapping[str, str] = {
    "prometheus-alertmanager": "alertmanager",
    "prometheus-node-exporter": "node_exporter",
    "prometheus-process-exporter": "process-exporter",
    "prometheus-redis-exporter": "redis_exporter",
}
_LISTEN = "--web.listen-address="
_SYSTEM_PATH = "/usr/sbin:/usr/local/sbin:/sbin"


class Missing(Exception):
    """Programs are not installed; the message names them and their packages."""


@dataclass(frozen=True)
class Service:
    """A process of the demo. `port` is what it listens on (0: nothing); `path` answers 200 once it is ready."""

    name: str
    command: tuple[str, ...]
    port: int = 0
    path: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


def program(name: str) -> str:
    """The path of an installed program. Raises Missing."""
    path = _path_of(name)
    if path is None:
        raise Missing(_advice([name]))
    return path


def check_programs() -> None:
    """Raises Missing with every program that is absent, so that one installation is enough."""
    absent = [name for name in PACKAGES if _path_of(name) is None]
    if absent:
        raise Missing(_advice(absent))


def _path_of(name: str) -> str | None:
    candidates = (name, OTHER_NAMES.get(name, name))
    paths = (shutil.which(candidate) or shutil.which(candidate, path=_SYSTEM_PATH) for candidate in candidates)
    return next(filter(None, paths), None)


def _advice(names: list[str]) -> str:
    packages = " ".join(dict.fromkeys(PACKAGES[name] for name in names))
    verb = "is" if len(names) == 1 else "are"
    run = "Run `make setup`, or" if IS_CHECKOUT else "Run"
    return (
        f"{', '.join(names)} {verb} not installed (not on PATH). {run} `apt-get install {packages}`; "
        "on other systems install them from their projects' releases."
    )


def services(ports: Ports, data: Path, rate: float) -> list[Service]:
    """Everything but Prometheus, which waits for its history. Raises Missing."""
    named = {"TELEMETRY_ENVIRONMENT": ENVIRONMENT}
    providers = Service(
        "providers",
        (*PYTHON, "gateway", "providers", "--port", str(ports.providers), "--data-dir", str(data)),
        ports.providers,
        "/health",
        named,
    )
    addresses = ("--url", ports.url("gateway"), "--url", ports.url("gateway2"))
    load = Service("load", (*PYTHON, "gateway", "load", *addresses, "--rate", str(rate)))
    return [
        redis(ports, data),
        providers,
        gateway(ports, data, "gateway", "--peer", ports.url("gateway2")),
        gateway(ports, data, "gateway2"),
        load,
        node_exporter(ports),
        Service("process-exporter", (program("prometheus-process-exporter"), "-config.path",
                                     str(data / "processes.yml"), "-web.listen-address", ports.target("process")),
                ports.process, "/metrics"),
        Service("redis-exporter", (program("prometheus-redis-exporter"), "-redis.addr",
                                   f"redis://{ports.target('redis')}", "-web.listen-address",
                                   ports.target("redis_exporter")), ports.redis_exporter, "/metrics"),
        alertmanager(ports, data),
        app(ports, data),
    ]  # fmt: skip


def gateway(ports: Ports, data: Path, name: str, *arguments: str) -> Service:
    """An instance of the gateway; all share the database, and mark their deployments on the dashboards' charts."""
    port: int = getattr(ports, name)
    command = (
        *PYTHON, "gateway", "serve", "--port", str(port), "--providers-url", ports.url("providers"),
        "--redis-url", f"redis://{ports.target('redis')}/0", "--data-dir", str(data),
        "--marks-url", ports.url("app") + "/api/marks", "--marks-token-file", str(data / MARKS_FILE), *arguments,
    )  # fmt: skip
    return Service(name, command, port, "/health", {"TELEMETRY_ENVIRONMENT": ENVIRONMENT})


def redis(ports: Ports, data: Path) -> Service:
    """Redis, the shared cache. Raises Missing."""
    command = (
        program("redis-server"), "--port", str(ports.redis), "--bind", HOST, "--save", "", "--appendonly", "no",
        "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru", "--dir", str(data),
    )  # fmt: skip
    return Service("redis", command, ports.redis)


def node_exporter(ports: Ports) -> Service:
    """Metrics of this machine. Raises Missing."""
    command = (program("prometheus-node-exporter"), _LISTEN + ports.target("node"), "--log.level=error")
    return Service("node-exporter", command, ports.node, "/metrics")


def alertmanager(ports: Ports, data: Path) -> Service:
    """Alertmanager with the demo's routes. Raises Missing."""
    command = (
        program("prometheus-alertmanager"),
        f"--config.file={ALERTS / 'alertmanager-demo.yml'}",
        f"--storage.path={data / 'alertmanager'}",
        _LISTEN + ports.target("alertmanager"),
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    return Service("alertmanager", command, ports.alertmanager, "/-/ready")


def prometheus(ports: Ports, data: Path) -> Service:
    """Prometheus over the backfilled data. Raises Missing."""
    command = (
        program("prometheus"),
        f"--config.file={data / 'prometheus.yml'}",
        f"--storage.tsdb.path={data / 'prometheus'}",
        f"--web.listen-address={ports.target('prometheus')}",
        "--storage.tsdb.retention.time=15d",
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
    )
    return Service("prometheus", command, ports.prometheus, "/-/ready")


def app(ports: Ports, data: Path) -> Service:
    """The dashboards, served by gunicorn."""
    environment = {
        "CODEAGENT_PROMETHEUS_URL": ports.url("prometheus"),
        "CODEAGENT_ALERTMANAGER_URL": ports.url("alertmanager"),
        "CODEAGENT_CACHE_REDIS_URL": f"redis://{ports.target('redis')}/1",
        "CODEAGENT_LOGS_DIR": str(data / "logs"),
        "CODEAGENT_TRACES_DIR": str(data / "traces"),
        "CODEAGENT_PORT": str(ports.app),
        "CODEAGENT_PRICES_FILE": str(data / "prices.toml"),
        "CODEAGENT_DEMO": "1",
        "CODEAGENT_ALERT_STORE_URL": f"sqlite:///{data / 'alerts.sqlite'}",
        "CODEAGENT_MARKS_FILE": str(data / "marks.sqlite"),
        "CODEAGENT_MARKS_TOKEN_FILE": str(data / MARKS_FILE),
    }
    command = (*PYTHON, "app.cli", "serve", "--port", str(ports.app), "--workers", "1")
    return Service("dashboards", command, ports.app, "/health/live", environment)
