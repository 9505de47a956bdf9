"""Ports, commands and configuration files of the demo."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from demo import configs, services
from demo.ports import Ports
from tests.require import needs


def test_every_port_can_be_moved() -> None:
    names = [field.name for field in dataclasses.fields(Ports)]
    environ = {f"DEMO_PORT_{name.upper()}": str(20_000 + instant) for instant, name in enumerate(names)}

    assert list(dataclasses.asdict(Ports.load(environ)).values()) == list(range(20_000, 20_000 + len(names)))


@pytest.mark.parametrize("text", ["", "80", "70000", "eight"])
def test_a_port_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="DEMO_PORT_APP"):
        Ports.load({"DEMO_PORT_APP": text})


def test_no_two_processes_share_a_port() -> None:
    chosen = list(dataclasses.asdict(Ports()).values())

    assert len(set(chosen)) == len(chosen)


def test_a_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)

    with pytest.raises(services.Missing, match="apt-get install prometheus-alertmanager"):
        services.program("prometheus-alertmanager")


def test_programs_are_found_under_their_projects_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/opt/{name}" if name == "node_exporter" else None)

    assert services.program("prometheus-node-exporter") == "/opt/node_exporter"


def test_prometheus_understands_its_configuration(tmp_path: Path) -> None:
    configs.write(tmp_path, Ports())

    command = [needs("promtool"), "check", "config", str(tmp_path / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_target_says_that_it_is_a_demo_and_is_on_loopback(tmp_path: Path) -> None:
    configs.write(tmp_path, Ports())
    config = yaml.safe_load((tmp_path / "prometheus.yml").read_text())

    groups = [group for job in config["scrape_configs"] for group in job["static_configs"]]
    assert all(group["labels"] == {"environment": "demo"} for group in groups)
    assert all(target.startswith("127.0.0.1:") for group in groups for target in group["targets"])


def test_every_process_listens_on_loopback_only(tmp_path: Path) -> None:
    ports = Ports()
    planned = [*services.services(ports, tmp_path, 12.0), services.prometheus(ports, tmp_path)]

    for service in planned:
        assert "0.0.0.0" not in " ".join(service.command)
    alertmanager = next(service for service in planned if service.name == "alertmanager")
    assert "--cluster.listen-address=" in alertmanager.command
