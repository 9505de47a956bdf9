"""The configuration files that the demo writes for the programs it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from demo.paths import ALERTS
from demo.ports import Ports
from demo.services import ENVIRONMENT

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
      - targets: ["{target}"]
        labels: {{environment: {environment}}}
"""
JOBS = {
    "codeagent-gateway": "gateway", "codeagent-providers": "providers", "codeagent-dashboards": "app", "node": "node",
    "process": "process", "redis": "redis_exporter", "prometheus": "prometheus",
}  # fmt: skip

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
    "gateway": ("-m gateway serve --port {ports.gateway} ",),
    "providers": ("-m gateway providers --port {ports.providers} ",),
    "load": ("-m gateway load --url http://127.0.0.1:{ports.gateway} ",),
    "dashboards": ("app.cli serve --port {ports.app} ",),
    "prometheus": ("prometheus .*--web.listen-address=127.0.0.1:{ports.prometheus} ",),
    "alertmanager": ("alertmanager .*--web.listen-address=127.0.0.1:{ports.alertmanager} ",),
    "redis": ("redis-server .*127.0.0.1:{ports.redis}",),
    "exporters": ("node.exporter .*=127.0.0.1:{ports.node} ", "process-exporter .* 127.0.0.1:{ports.process}",
                  "redis.exporter .* 127.0.0.1:{ports.redis_exporter}"),
}  # fmt: skip


def write(data: Path, ports: Ports, scraped: Mapping[str, str] = JOBS, profile: str = "codeagent") -> None:
    """Write prometheus.yml with jobs and a profile's rules, processes.yml and prices.toml into the data folder."""
    head = PROMETHEUS.format(
        scrape=SCRAPE_SECONDS,
        rules=json.dumps(str(ALERTS / "demo" / f"{profile}.yml")),
        alertmanager=ports.target("alertmanager"),
    )
    jobs = "".join(
        JOB.format(job=job, target=ports.target(name), environment=ENVIRONMENT) for job, name in scraped.items()
    )
    (data / "prometheus.yml").write_text(head + jobs)
    (data / "processes.yml").write_text(_processes(ports))
    (data / "prices.toml").write_text(PRICES)


def _processes(ports: Ports) -> str:
    """The process exporter's groups: by command line, so that a gateway is called gateway and not python."""
    rows = [
        f"  - {{name: {name}, cmdline: ['{pattern.format(ports=ports)}']}}"
        for name, patterns in PROCESSES.items()
        for pattern in patterns
    ]
    return "\n".join(["process_names:", *rows, ""])
