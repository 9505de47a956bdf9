"""What the demo runs: each process with its command, its environment and how to tell that it is ready."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo.ports import HOST, Ports

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = "demo"  # the label of that name on every target, and the environment in logs and spans

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
    "prometheus-alertmanager": "alertmanager", "prometheus-node-exporter": "node_exporter",
    "prometheus-process-exporter": "process-exporter", "prometheus-redis-exporter": "redis_exporter",
}  # fmt: skip


class Missing(Exception):
    """A program is not installed; the message names the package."""


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
    for candidate in (name, OTHER_NAMES.get(name, name)):
        found = shutil.which(candidate) or shutil.which(candidate, path="/usr/sbin:/usr/local/sbin:/sbin")
        if found:
            return found
    raise Missing(f"{name} is not installed. Run `make setup`, or `apt-get install {PACKAGES[name]}`.")


def services(ports: Ports, data: Path, rate: float) -> list[Service]:
    """Everything but Prometheus, which waits for its history. Raises Missing."""
    listen = "--web.listen-address="
    python = sys.executable
    named = {"TELEMETRY_ENVIRONMENT": ENVIRONMENT}
    providers = Service("providers", (python, "-m", "gateway", "providers", "--port", str(ports.providers),
                                      "--data-dir", str(data)), ports.providers, "/health", named)  # fmt: skip
    gateway = Service(
        "gateway",
        (python, "-m", "gateway", "serve", "--port", str(ports.gateway), "--providers-url", ports.url("providers"),
         "--redis-url", f"redis://{ports.target('redis')}/0", "--data-dir", str(data)),
        ports.gateway, "/health", named,
    )  # fmt: skip
    load = Service("load", (python, "-m", "gateway", "load", "--url", ports.url("gateway"), "--rate", str(rate)))
    redis = Service(
        "redis",
        (program("redis-server"), "--port", str(ports.redis), "--bind", HOST, "--save", "", "--appendonly", "no",
         "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru", "--dir", str(data)),
        ports.redis,
    )  # fmt: skip
    alertmanager = Service(
        "alertmanager",
        (program("prometheus-alertmanager"), f"--config.file={ROOT / 'alerts' / 'alertmanager-demo.yml'}",
         f"--storage.path={data / 'alertmanager'}", listen + ports.target("alertmanager"),
         "--cluster.listen-address=", "--log.level=warn"),
        ports.alertmanager, "/-/ready",
    )  # fmt: skip
    return [
        redis,
        providers,
        gateway,
        load,
        Service("node-exporter", (program("prometheus-node-exporter"), listen + ports.target("node"),
                                  "--log.level=error"), ports.node, "/metrics"),
        Service("process-exporter", (program("prometheus-process-exporter"), "-config.path",
                                     str(data / "processes.yml"), "-web.listen-address", ports.target("process")),
                ports.process, "/metrics"),
        Service("redis-exporter", (program("prometheus-redis-exporter"), "-redis.addr",
                                   f"redis://{ports.target('redis')}", "-web.listen-address",
                                   ports.target("redis_exporter")), ports.redis_exporter, "/metrics"),
        alertmanager,
        app(ports, data),
    ]  # fmt: skip


def prometheus(ports: Ports, data: Path) -> Service:
    """Prometheus over the backfilled data. Raises Missing."""
    command = (
        program("prometheus"), f"--config.file={data / 'prometheus.yml'}", f"--storage.tsdb.path={data / 'prometheus'}",
        f"--web.listen-address={ports.target('prometheus')}", "--storage.tsdb.retention.time=15d",
        "--enable-feature=exemplar-storage", "--log.level=warn",
    )  # fmt: skip
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
        "CODEAGENT_DEMO": "1",
    }
    command = (sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "--bind", ports.target("app"),
               "app.main:server")  # fmt: skip
    return Service("dashboards", command, ports.app, "/health/live", environment)
