"""What the gateway writes about its requests: one trace across processes, log lines with its ids, exact counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from websockets.sync.client import connect

from telemetry.contract import METRICS
from tests.gateway_kit import AUTHORISED, EVERY_TRACE, World, attributes, world
from tests.servers import free_port, prometheus, wait_until
from tests.servers import running as started

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("gateway")) as item:
        yield item


def _ask(
    running: World, correlation_id: str, path: str = "/v1/chat/completions", body: object = None
) -> httpx.Response:
    headers = {**AUTHORISED, "X-Correlation-ID": correlation_id}
    question = body or {"messages": [{"role": "user", "content": correlation_id}], "model": "claude-3-5-haiku"}
    return httpx.post(running.url + path, json=question, headers=headers, timeout=60)


def _answered(running: World, correlation_id: str) -> str:
    """Ask until a provider answers; the trace id of the good request, when its log line is there."""
    for attempt in range(10):
        name = f"{correlation_id}-{attempt}"
        if _ask(running, name).status_code == 200:
            wait_until(lambda name=name: any("Endpoint" in line for line in running.log_lines(name)))
            return name
    raise AssertionError("no provider answered")


def test_one_trace_crosses_gateway_redis_database_and_provider(running: World) -> None:
    name = _answered(running, "crossing")
    trace_id = running.log_lines(name)[-1]["TraceId"]
    wait_until(lambda: len(running.spans(trace_id)) >= 9)
    spans = {span["spanId"]: span for span in running.spans(trace_id)}
    by_name = {span["name"]: span for span in spans.values()}

    def parent(span_name: str) -> str:
        return str(spans[by_name[span_name]["parentSpanId"]]["name"])

    assert "parentSpanId" not in by_name["POST /v1/chat/completions"]
    for child in ("GET", "SELECT users", "INSERT usage", "chat claude-3-5-haiku"):
        assert parent(child) == "POST /v1/chat/completions"
    assert parent("POST /{provider}/v1/chat/completions") == "chat claude-3-5-haiku"
    assert by_name["POST /{provider}/v1/chat/completions"]["service"] == "CodeAgent.Providers"
    assert parent("decode") == "POST /{provider}/v1/chat/completions"
    assert attributes(by_name["chat claude-3-5-haiku"])["gen_ai.provider.name"] == "anthropic"
    assert attributes(by_name["POST /{provider}/v1/chat/completions"])["correlation.id"] == name
    assert "SELECT" in attributes(by_name["SELECT users"])["db.query.text"]


def test_every_log_line_of_a_request_carries_its_ids(running: World) -> None:
    name = _answered(running, "lines")
    lines = running.log_lines(name)
    assert len(lines) >= 2
    assert len({line["TraceId"] for line in lines}) == 1
    assert all(line["SpanId"] and line["Application"] == "CodeAgent.Gateway" for line in lines)
    request = lines[-1]
    assert (request["Endpoint"], request["Status"]) == ("/v1/chat/completions", 200)
    assert request["@mt"] == "{Method} {Endpoint} answered {Status} in {Duration} ms"
    call = next(line for line in lines if "ProviderId" in line)
    assert call["ProviderId"] == "anthropic"
    assert call["RequestId"].startswith("req_")
    assert call["UserId"] == "user-0007"


def test_a_workflow_run_is_a_tree_of_named_spans(running: World) -> None:
    for attempt in range(10):
        name = f"workflow-{attempt}"
        answer = _ask(running, name, "/v1/workflows/fix-bug/runs", {"input": "a bug"})
        if answer.status_code == 202:
            break
    wait_until(lambda: bool(running.log_lines(name)))
    trace_id = running.log_lines(name)[-1]["TraceId"]
    wait_until(lambda: any(span["name"].startswith("POST /v1/workflows") for span in running.spans(trace_id)))
    spans = {span["spanId"]: span for span in running.spans(trace_id)}
    by_name = {span["name"]: span for span in spans.values()}
    run, steps = by_name["ExecuteWorkflow"], by_name["ExecuteSteps"]
    assert attributes(run)["workflow.id"] == "fix-bug"
    assert attributes(run)["workflow.name"] == "Fix a bug"
    assert run["status"] == {"code": 1}
    assert by_name["ValidateWorkflow"]["parentSpanId"] == run["spanId"] == steps["parentSpanId"]
    for step, kind in (("SearchIndex", "tool"), ("Plan", "llm"), ("Write", "llm"), ("RunTests", "tool")):
        span = by_name[f"ExecuteStep:{step}"]
        assert span["parentSpanId"] == steps["spanId"]
        assert attributes(span)["step.type"] == kind


def test_a_callers_trace_and_correlation_id_are_continued(running: World) -> None:
    trace_id, span_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {**AUTHORISED, "traceparent": f"00-{trace_id}-{span_id}-01", "X-Correlation-ID": "callers-own"}
    answer = httpx.get(running.url + "/v1/models", headers=headers)
    assert answer.headers["x-correlation-id"] == "callers-own"
    wait_until(lambda: bool(running.spans(trace_id)))
    root = next(span for span in running.spans(trace_id) if span["name"] == "GET /v1/models")
    assert root["parentSpanId"] == span_id


@pytest.mark.parametrize("hostile", ["a" * 200, "two words", "<script>", "x\ty", "é"])
def test_a_hostile_correlation_id_is_replaced_and_noted(running: World, hostile: str) -> None:
    headers = {**AUTHORISED, "X-Correlation-ID": hostile.encode("latin-1")}
    answer = httpx.get(running.url + "/v1/models", headers=headers)  # type: ignore[arg-type]
    chosen = answer.headers["x-correlation-id"]
    assert len(chosen) == 32
    assert int(chosen, 16)
    wait_until(lambda: bool(running.log_lines(chosen)))


def test_a_failure_has_its_exception_in_the_span_and_in_the_log(running: World) -> None:
    fault = {"name": "errors", "seconds": 60, "endpoint": "/v1/models", "share": 1}
    httpx.post(running.url + "/-/faults", json=fault)
    try:
        httpx.get(running.url + "/v1/models", headers={**AUTHORISED, "X-Correlation-ID": "falls-over"})
    finally:
        httpx.delete(running.url + "/-/faults/errors")
    wait_until(lambda: len(running.log_lines("falls-over")) == 2)
    inner, outer = running.log_lines("falls-over")
    assert (inner["@l"], outer["@l"]) == ("Error", "Error")
    assert "InjectedFault" in outer["@x"]
    wait_until(lambda: len(running.spans(outer["TraceId"])) == 2)
    server = next(span for span in running.spans(outer["TraceId"]) if span["name"] == "GET /v1/models")
    failing = next(span for span in running.spans(outer["TraceId"]) if span["name"] == "AssembleAnswer")
    assert server["status"]["code"] == failing["status"]["code"] == 2
    assert failing["spanId"] == inner["SpanId"]
    (event,) = server["events"]
    assert "InjectedFault" in str(event["attributes"])


def test_a_websocket_message_is_a_trace_of_its_own_with_the_clients_correlation_id(running: World) -> None:
    address = running.url.replace("http", "ws") + "/v1/stream"
    with connect(address, additional_headers=AUTHORISED) as opened:
        for name in ("first-message", "second-message"):
            opened.send(json.dumps({"messages": [{"role": "user", "content": "hello"}], "correlationId": name}))
            while (messages := json.loads(opened.recv())).get("correlationId") is None:
                assert messages["delta"]
            assert messages["correlationId"] == name
        opened.send("no json")
        assert "error" in json.loads(opened.recv())
    wait_until(lambda: bool(running.log_lines("second-message")))
    traces = {running.log_lines(name)[-1]["TraceId"] for name in ("first-message", "second-message")}
    assert len(traces) == 2
    services = {"CodeAgent.Gateway", "CodeAgent.Providers"}  # each process writes its own spans in its own time
    for trace_id in traces:
        wait_until(lambda trace_id=trace_id: {span["service"] for span in running.spans(trace_id)} == services)
        assert "WS /v1/stream" in {span["name"] for span in running.spans(trace_id)}


def test_a_trace_that_begins_at_the_load_has_one_id_in_every_process(running: World) -> None:
    subprocess.run(
        [sys.executable, "-m", "gateway", "load", "--url", running.url, "--rate", "10", "--sockets", "0",
         "--seconds", "8", "--data-dir", str(running.data)],
        check=True, capture_output=True, timeout=60, env={**os.environ, **EVERY_TRACE},
    )  # fmt: skip
    services = ["CodeAgent.Gateway", "CodeAgent.Load", "CodeAgent.Providers"]

    def crossing() -> list[list[dict[str, Any]]]:
        traces = defaultdict(list)
        for span in running.spans():
            traces[span["traceId"]].append(span)
        return [spans for spans in traces.values() if sorted({span["service"] for span in spans}) == services]

    def whole(spans: list[dict[str, Any]]) -> bool:
        known = {span["spanId"] for span in spans}
        return all(span.get("parentSpanId", span["spanId"]) in known for span in spans)

    # Each process writes in batches of its own, so that a trace may be there in part for a moment.
    wait_until(lambda: bool(crossing()) and all(whole(spans) for spans in crossing()))
    for spans in crossing():
        (root,) = [span for span in spans if "parentSpanId" not in span]
        assert root["service"] == "CodeAgent.Load"


def test_health_and_metrics_are_not_traced(running: World) -> None:
    for path in ("/health", "/metrics", "/-/faults"):
        httpx.get(running.url + path)
    httpx.get(running.url + "/v1/models", headers={**AUTHORISED, "X-Correlation-ID": "after"})
    wait_until(lambda: bool(running.log_lines("after")))
    wait_until(lambda: bool(running.spans(running.log_lines("after")[0]["TraceId"])))
    paths = {attributes(span).get("url.path") for span in running.spans()}
    assert not paths & {"/health", "/metrics", "/-/faults"}


def test_a_real_prometheus_stores_the_contract_after_a_while_of_load(running: World, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "gateway", "load", "--url", running.url, "--rate", "25", "--sockets", "15",
         "--seconds", "12"], check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    target = running.url.removeprefix("http://")
    config = (
        "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: gateway\n"
        f"  static_configs: [{{targets: ['{target}']}}]\n"
    )
    with started(prometheus(tmp_path / "prometheus", config, free_port())) as server:

        def names() -> set[str]:
            return set(requests.get(f"{server.url}/api/v1/label/__name__/values", timeout=5).json()["data"])

        expected = {f"{metric.name}_bucket" if metric.kind.value == "histogram" else metric.name for metric in METRICS}
        wait_until(lambda: expected <= names())  # a scrape's series appear one after the other
        types = requests.get(f"{server.url}/api/v1/metadata", timeout=5).json()["data"]
    for metric in METRICS:
        # OpenMetrics, which Prometheus asks for first, keeps a counter's type under its name without the suffix.
        known = types.get(metric.name) or types.get(metric.name.removesuffix("_total"))
        assert known is not None, metric.name
        assert known[0]["type"] == metric.kind.value
