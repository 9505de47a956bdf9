"""What the demo runs with LiteLLM as its gateway."""

from __future__ import annotations

from pathlib import Path

from demo.litellm import configs, install
from demo.ports import HOST, Ports
from demo.services import ENVIRONMENT, PYTHON, Service, alertmanager, app, node_exporter, redis

JOBS = {
    "litellm": ("gateway",),
    "codeagent-dashboards": ("app",),
    "node": ("node",),
    "prometheus": ("prometheus",),
}


def services(ports: Ports, data: Path, rate: float) -> list[Service]:
    """Everything but Prometheus. Installs the proxy the first time. Raises Missing and install.NotInstalled."""
    program = install.proxy(data / "litellm-venv")
    config = configs.write(data / "litellm", ports)
    named = {"TELEMETRY_ENVIRONMENT": ENVIRONMENT}
    return [
        redis(ports, data),
        Service(
            "providers",
            (*PYTHON, "demo.litellm.providers", "--port", str(ports.providers)),
            ports.providers,
            "/health",
            named,
        ),
        _proxy(program, config, ports),
        Service("load", (*PYTHON, "demo.litellm.load", "--url", ports.url("gateway"), "--rate", str(rate))),
        node_exporter(ports),
        alertmanager(ports, data),
        app(ports, data),
    ]


def _proxy(program: Path, config: Path, ports: Ports) -> Service:
    command = (str(program), "--config", str(config), "--host", HOST, "--port", str(ports.gateway))
    environment = {
        # The list of prices that comes with it: without the network, and without reports to its maker.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_MASTER_KEY": "sk-demo-on-loopback-only",
    }
    return Service("gateway", command, ports.gateway, "/health/liveliness", environment)
