"""The deployment's files: they parse, refer to what exists, and keep their promises of safety."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings, variable
from gateway.__main__ import _parser as gateway_options
from tests.require import needs

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
MADE_BY_THE_OPERATOR = {"./secrets"}
KNOWN_SETTINGS = set(map(variable, Settings.model_fields))


def documents() -> list[dict[str, Any]]:
    """Every Kubernetes object."""
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text())]


def pods() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, labels and specification of every pod."""
    for document in documents():
        if document["kind"] == "Deployment":
            template = document["spec"]["template"]
            yield document["metadata"]["name"], template["metadata"]["labels"], template["spec"]


def test_every_mounted_file_exists() -> None:
    for name, service in COMPOSE["services"].items():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith(".") and source not in MADE_BY_THE_OPERATOR:
                assert (DEPLOY / source).exists(), f"{name} mounts {source}"
            elif not source.startswith((".", "/")):
                assert source in COMPOSE["volumes"]


def test_services_depend_on_services() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", ())) <= COMPOSE["services"].keys()


def test_prometheus_scrapes_services_and_sends_alerts_to_one() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    groups = [group for job in config["scrape_configs"] for group in job["static_configs"]]
    groups += config["alerting"]["alertmanagers"][0]["static_configs"]
    hosts = {target.partition(":")[0] for group in groups for target in group["targets"]}

    assert hosts <= COMPOSE["services"].keys()
    assert all(group.get("labels", {}).get("environment") for group in groups[:-1])


def test_prometheus_understands_its_configuration() -> None:
    command = [needs("promtool"), "check", "config", "--syntax-only", str(DEPLOY / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_proxy_is_reached_from_outside_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}

    assert published == {"proxy": ["127.0.0.1:8050:8080"]}
    assert COMPOSE["services"]["dashboards"]["network_mode"] == "service:proxy"


def test_the_dashboards_are_given_settings_that_exist() -> None:
    names = set(COMPOSE["services"]["dashboards"]["environment"])
    for document in documents():
        if document["kind"] == "ConfigMap":
            names |= document["data"].keys()

    assert names <= KNOWN_SETTINGS


def collector(*names: str) -> dict[str, Any]:
    """The collector's configuration from these files, merged as it merges them: maps by key, lists replaced."""
    merged: dict[str, Any] = {}
    for name in names:
        merged = _merged(merged, yaml.safe_load((DEPLOY / name).read_text()))
    return merged


def _merged(item: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    nested = {
        key: _merged(item[key], value) if isinstance(item.get(key), dict) and isinstance(value, dict) else value
        for key, value in other.items()
    }
    return {**item, **nested}


WITH_FILES = ("otel-collector.yaml",)
WITH_ELASTICSEARCH = (*WITH_FILES, "otel-collector-elasticsearch.yaml")


@pytest.mark.parametrize("files", [WITH_FILES, WITH_ELASTICSEARCH])
def test_the_collector_uses_only_what_it_configures(files: tuple[str, ...]) -> None:
    config = collector(*files)

    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= config[kind].keys()
        assert pipeline["processors"][0] == "memory_limiter"
        assert pipeline["processors"][-1] == "batch"


def test_the_collector_keeps_errors_and_slow_traces_whatever_the_share_of_the_rest() -> None:
    config = collector(*WITH_FILES)
    policies = {policy["type"]: policy for policy in config["processors"]["tail_sampling"]["policies"]}

    assert "tail_sampling" in config["service"]["pipelines"]["traces"]["processors"]
    assert policies["status_code"]["status_code"] == {"status_codes": ["ERROR"]}
    assert policies["latency"]["latency"]["threshold_ms"] == 5_000
    assert 0 < policies["probabilistic"]["probabilistic"]["sampling_percentage"] < 100


def test_with_elasticsearch_traces_and_logs_go_there() -> None:
    pipelines = collector(*WITH_ELASTICSEARCH)["service"]["pipelines"]

    assert pipelines["traces"]["exporters"] == pipelines["logs"]["exporters"] == ["elasticsearch"]


def test_selectors_find_their_pods() -> None:
    labels = [labels for _, labels, _ in pods()]

    for document in documents():
        spec = document.get("spec", {})
        selector = spec.get("podSelector", spec.get("selector", {}))
        expected = selector.get("matchLabels", selector)
        if expected:
            assert any(expected.items() <= result.items() for result in labels), document["metadata"]["name"]


@pytest.mark.parametrize(("name", "spec"), [(name, spec) for name, _, spec in pods()])
def test_pods_have_no_rights_they_do_not_need(name: str, spec: dict[str, Any]) -> None:
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["automountServiceAccountToken"] is False
    for container in spec["containers"]:
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize(("name", "spec"), [(name, spec) for name, _, spec in pods()])
def test_every_mount_has_its_volume(name: str, spec: dict[str, Any]) -> None:
    volumes = {volume["name"] for volume in spec.get("volumes", ())}

    for container in spec["containers"]:
        assert {mount["name"] for mount in container.get("volumeMounts", ())} <= volumes


def commands() -> Iterator[list[str]]:
    """Every command of the sample gateway in any manifest."""
    commands = [service.get("command", []) for service in COMPOSE["services"].values()]
    commands += [container.get("command", []) for _, _, spec in pods() for container in spec["containers"]]
    yield from (command[3:] for command in commands if command[:3] == ["python", "-m", "gateway"])


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_the_gateway_understands_its_commands(command: list[str]) -> None:
    chosen = vars(gateway_options().parse_args(command))

    # Images are read-only: whatever writes is given a volume to write to.
    assert str(chosen.get("data_dir") or "/tmp").startswith("/")
