"""The configuration files that the demo writes for the programs it starts."""

from __future__ import annotations

from pathlib import Path

from demo.ports import Ports
from demo.services import ENVIRONMENT, ROOT

# One interval for all: the history has a sample each 30 s, and a rate over four scrapes must still see two of them.
SCRAPE_SECONDS = 15

PROMETHEUS = """\
global:
  scrape_interval: {scrape}s
  evaluation_interval: {scrape}s
rule_files:
  - {root}/alerts/rules/*.yml
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

# Groups by command line, so that a gateway is called gateway and not python.
PROCESSES = """\
process_names:
  - {name: gateway, cmdline: ['-m gateway serve']}
  - {name: providers, cmdline: ['-m gateway providers']}
  - {name: load, cmdline: ['-m gateway load']}
  - {name: dashboards, cmdline: ['gunicorn.*app\\.main:server']}
  - {name: prometheus, exe: [prometheus]}
  - {name: alertmanager, exe: [prometheus-alertmanager, alertmanager]}
  - {name: redis, exe: [redis-server, redis-check-rdb]}
  - name: exporters
    exe: [prometheus-node-exporter, node_exporter, prometheus-process-exporter, process-exporter,
          prometheus-redis-exporter, redis_exporter]
"""


def write(data: Path, ports: Ports) -> None:
    """Write prometheus.yml and processes.yml into the data folder."""
    head = PROMETHEUS.format(scrape=SCRAPE_SECONDS, root=ROOT, alertmanager=ports.target("alertmanager"))
    jobs = "".join(
        JOB.format(job=job, target=ports.target(name), environment=ENVIRONMENT) for job, name in JOBS.items()
    )
    (data / "prometheus.yml").write_text(head + jobs)
    (data / "processes.yml").write_text(PROCESSES)
