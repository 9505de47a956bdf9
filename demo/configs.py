"""The configuration files that the demo writes for the programs it starts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from demo.paths import ALERTS
from demo.ports import Ports
from demo.services import ENVIRONMENT, MARKS_FILE

# One interval for all: the history has a sample each 30 s, and a rate over four scrapes must still see two of them.
SCRAPE_SECONDS = 15

PROMETHEUS = """\
global:
  scrape_interval: {scrape}s
  evaluation_interval: {scrape}s
rule_files:
  - {rules}
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["{alertmanager}"]
scrape_configs:
"""
JOB = """\
  - job_name: {job}
    static_configs:
      - targets: {targets}
        labels: {{environment: {environment}}}
"""
# The ports that each job scrapes. The history has one instance of the gateway; the second starts with the demo.
JOBS: Mapping[str, tuple[str, ...]] = {
    "codeagent-gateway": ("gateway", "gateway2"),
    "codeagent-providers": ("providers",),
    "codeagent-dashboards": ("app",),
    "node": ("node",),
    "process": ("process",),
    "redis": ("redis_exporter",),
    "prometheus": ("prometheus",),
}

# A price of the operator's, for a model that no list of prices has.
PRICES = """\
[[prices]]
model = "ministral-preview"
valid_from = 2024-01-01
prompt = 0.04
completion = 0.04
"""

# What is in the command lines of this demo's processes, and of no others on the machine.
PROCESSES = {
    "gateway": ("-m gateway serve --port ({ports.gateway}|{ports.gateway2}) ",),
    "providers": ("-m gateway providers --port {ports.providers} ",),
    "load": ("-m gateway load --url http://127.0.0.1:{ports.gateway} ",),
    "dashboards": ("app.cli serve --port {ports.app} ",),
    "prometheus": ("prometheus .*--web.listen-address=127.0.0.1:{ports.prometheus} ",),
    "alertmanager": ("alertmanager .*--web.listen-address=127.0.0.1:{ports.alertmanager} ",),
    "redis": ("redis-server .*127.0.0.1:{ports.redis}",),
    "exporters": (
        "node.exporter .*=127.0.0.1:{ports.node} ",
        "process-exporter .* 127.0.0.1:{ports.process}",
        "redis.exporter .* 127.0.0.1:{ports.redis_exporter}",
    ),
}


def write(
    data: Path,
    ports: Ports,
    scraped: Mapping[str, tuple[str, ...]] = JOBS,
    profile: str = "codeagent",
    scrape_s: int = SCRAPE_SECONDS,
) -> None:
    """Write the configuration files into the data folder.

    prometheus.yml with jobs, a profile's rules and a scrape interval in seconds; processes.yml, prices.toml, and the
    token for marks.
    """
    head = PROMETHEUS.format(
        scrape=scrape_s,
        rules=json.dumps(str(ALERTS / "demo" / f"{profile}.yml")),
        alertmanager=ports.target("alertmanager"),
    )
    jobs = "".join(
        JOB.format(job=job, targets=json.dumps([ports.target(name) for name in names]), environment=ENVIRONMENT)
        for job, names in scraped.items()
    )
    (data / "prometheus.yml").write_text(head + jobs)
    (data / "processes.yml").write_text(_processes(ports))
    (data / "prices.toml").write_text(PRICES)
    _write_token(data / MARKS_FILE)


def _write_token(path: Path) -> None:
    """A token of this demo's own, readable by its user only."""
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(24) + "\n")


def _processes(ports: Ports) -> str:
    """The process exporter's groups: by command line, so that a gateway is called gateway and not python."""
    rows = [
        f"  - {{name: {name}, cmdline: ['{pattern.format(ports=ports)}']}}"
        for name, patterns in PROCESSES.items()
        for pattern in patterns
    ]
    return "\n".join(["process_names:", *rows, ""])
