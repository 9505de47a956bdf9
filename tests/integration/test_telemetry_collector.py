"""The shipped collector configuration, run by a real collector: what it keeps, and under which names it exposes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import Status, StatusCode

from telemetry.metrics import create
from telemetry.otlp_metrics import reader
from telemetry.settings import Settings
from telemetry.traces import build
from tests.require import built
from tests.servers import ROOT, Server, answers, free_port, prometheus, running

pytestmark = pytest.mark.integration
CONFIG = ROOT / "deploy" / "otel-collector.yaml"
REMOTE_WRITE = ROOT / "deploy" / "otel-collector-remote-write.yaml"


class Collector:
    """A collector with the shipped configuration on free ports, deciding after one second."""

    def __init__(self, folder: Path, *more: Path, environment: Mapping[str, str] | None = None) -> None:
        self.grpc, self.http, self.prometheus, self._health = (free_port() for _ in range(4))
        self.traces = folder / "traces.json"
        local = {
            "receivers": {
                "otlp": {
                    "protocols": {
                        "grpc": {"endpoint": f"127.0.0.1:{self.grpc}"},
                        "http": {"endpoint": f"127.0.0.1:{self.http}"},
                    }
                }
            },
            "processors": {"tail_sampling": {"decision_wait": "1s"}, "batch": {"timeout": "100ms"}},
            "exporters": {
                "file": {"path": str(self.traces)},
                "prometheus": {"endpoint": f"127.0.0.1:{self.prometheus}"},
            },
            "extensions": {"health_check": {"endpoint": f"127.0.0.1:{self._health}"}},
            "service": {"telemetry": {"metrics": {"level": "none"}}},
        }
        (folder / "local.yaml").write_text(json.dumps(local))
        configs = [CONFIG, *more, folder / "local.yaml"]
        command = [built("otelcol", "otelcol-contrib"), *(f"--config={path}" for path in configs)]
        ready = f"http://127.0.0.1:{self._health}/"
        self.server = Server(command, self.grpc, lambda: answers(ready), folder / "log", environment)

    def exported(self) -> dict[str, list[dict[str, Any]]]:
        """Spans by the name of their trace's root."""
        results: dict[str, list[dict[str, Any]]] = {}
        for line in self.traces.read_text().splitlines() if self.traces.exists() else ():
            for resource in json.loads(line)["resourceSpans"]:
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        results.setdefault(span["traceId"], []).append(span)
        return {next(s["name"] for s in spans if not s.get("parentSpanId")): spans for spans in results.values()}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    result = Collector(tmp_path_factory.mktemp("collector"))
    result.server.start()
    yield result
    result.server.stop()


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_every_failed_and_every_slow_trace_is_kept_whole_and_a_tenth_of_the_rest(
    collector: Collector, protocol: str
) -> None:
    port = collector.grpc if protocol == "grpc" else collector.http
    endpoint = f"http://127.0.0.1:{port}"
    settings = Settings(otlp_endpoint=endpoint, otlp_protocol=protocol, sampler="always_on")
    provider = build(settings, Resource({"service.name": "test"}))
    tracer = provider.get_tracer("t")
    now = time.time_ns()
    for number in range(300):
        kind = {0: "failed", 1: "slow"}.get(number % 30, "usual")
        name, lasting = f"{kind} {number} {protocol}", 6_000 if kind == "slow" else 100
        with tracer.start_as_current_span(name, start_time=now, end_on_exit=False) as root:
            with tracer.start_as_current_span("query") as query:
                query.set_status(Status(StatusCode.ERROR if kind == "failed" else StatusCode.OK))
            root.end(now + lasting * 1_000_000)
    provider.shutdown()

    _wait(lambda: len([name for name in collector.exported() if _is(name, "failed", protocol)]) >= 10)
    _wait(lambda: len([name for name in collector.exported() if _is(name, "slow", protocol)]) >= 10)
    time.sleep(1)
    remaining = {name: spans for name, spans in collector.exported().items() if name.endswith(protocol)}

    assert sum(name.startswith("failed") for name in remaining) == 10
    assert sum(name.startswith("slow") for name in remaining) == 10
    assert 5 <= sum(name.startswith("usual") for name in remaining) <= 60  # 28 of 280, within six standard deviations
    assert all(len(spans) == 2 for spans in remaining.values())


def test_pushed_metrics_are_exposed_under_the_contracts_exact_names(collector: Collector) -> None:
    metrics = create(Resource({"service.name": "test"}), [reader(f"http://127.0.0.1:{collector.grpc}", "grpc")])
    metrics.add("codeagent_requests_total", 7, endpoint="/x", method="GET", status="200")
    metrics.add("codeagent_websocket_connections", 2)
    metrics.record("codeagent_request_duration", 42.0, endpoint="/x", method="GET", status="200")
    metrics.provider.force_flush()
    address = f"http://127.0.0.1:{collector.prometheus}/metrics"

    _wait(lambda: "codeagent_requests_total" in requests.get(address, timeout=5).text)
    text = requests.get(address, timeout=5).text
    values = {line.split("{")[0].split(" ")[0]: line.rsplit(" ", 1)[1] for line in text.splitlines() if line[:1] != "#"}

    metrics.provider.shutdown()
    assert values["codeagent_requests_total"] == "7"
    assert values["codeagent_websocket_connections"] == "2"
    assert values["codeagent_request_duration_sum"] == "42"
    assert not any("milliseconds" in name for name in values)
    assert "otel_scope" not in text


def test_metrics_written_on_arrive_in_prometheus_exactly(tmp_path: Path) -> None:
    backend = prometheus(tmp_path / "prometheus", more=["--web.enable-remote-write-receiver"])
    with running(backend) as server:
        address = {"REMOTE_WRITE_URL": f"{server.url}/api/v1/write"}
        collector = Collector(tmp_path, REMOTE_WRITE, environment=address)
        with running(collector.server):
            metrics = create(Resource({"service.name": "test"}), [reader(f"http://127.0.0.1:{collector.grpc}", "grpc")])
            metrics.add("codeagent_requests_total", 7, endpoint="/x", method="GET", status="200")
            for milliseconds in (42.0, 43.5, 4_000.0):
                metrics.record("codeagent_request_duration", milliseconds, endpoint="/x", method="GET", status="200")
            metrics.provider.force_flush()
            metrics.provider.shutdown()
            result = _values(server.url, 'sum by (__name__) ({__name__=~"codeagent_request.*", job="test"})')

    assert result["codeagent_requests_total"] == 7
    assert result["codeagent_request_duration_count"] == 3
    assert result["codeagent_request_duration_sum"] == 4_085.5
    assert not any("milliseconds" in name for name in result)


def _values(url: str, query: str) -> dict[str, float]:
    """Values by metric name, once there are any."""
    results: dict[str, float] = {}

    def there() -> bool:
        answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=5).json()
        results.update({series["metric"]["__name__"]: float(series["value"][1]) for series in answer["data"]["result"]})
        return "codeagent_request_duration_sum" in results

    _wait(there)
    return results


def _is(name: str, kind: str, protocol: str) -> bool:
    return name.startswith(kind) and name.endswith(protocol)


def _wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.2)
