"""The sample gateway as its clients, its scraper and its operator see it: real processes, real Redis, real SQL."""

from __future__ import annotations

import re
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson
import pytest
from websockets.sync.client import ClientConnection, connect

from gateway.__main__ import main as gateway
from gateway.catalog import ENDPOINTS, PROVIDERS
from telemetry.contract import GATEWAY_METRICS, METRICS
from tests.gateway_kit import AUTHORISED, World, world
from tests.require import needs
from tests.servers import wait_until

pytestmark = pytest.mark.integration
QUESTION = {"messages": [{"role": "user", "content": "Why is it slow?"}], "model": "gpt-4o-mini"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("gateway")) as started:
        yield started


@pytest.fixture
def client(running: World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, headers=AUTHORISED, timeout=60) as client:
        yield client


def _everything(client: httpx.Client, running: World) -> None:
    """Use every part of the gateway once."""
    client.post("/v1/chat/completions", json=QUESTION)
    client.post("/v1/embeddings", json={"input": "text"})
    client.get("/v1/models")
    run = client.post("/v1/workflows/code-review/runs", json={"input": "a change"}).json()
    client.get(f"/v1/workflows/runs/{run['id']}")
    file = client.post("/v1/files", content=b"x" * 5_000).json()
    client.get(f"/v1/files/{file['id']}")
    client.get("/v1/users/user-0001")
    with connect(running.url.replace("http", "ws") + "/v1/stream", additional_headers=AUTHORISED) as socket:
        socket.send(orjson.dumps(QUESTION).decode())
        while not orjson.loads(socket.recv()).get("done"):
            pass


def _samples(client: httpx.Client, name: str) -> dict[str, float]:
    """Samples of one metric by the text of their labels."""
    lines = client.get("/metrics").text.splitlines()
    results = [re.fullmatch(rf"{name}(\{{.*\}})? (\S+)", line) for line in lines]
    return {match[1] or "": float(match[2]) for match in results if match}


def test_every_endpoint_answers_as_the_catalogue_says(client: httpx.Client, running: World) -> None:
    _everything(client, running)
    counted = _samples(client, "codeagent_requests_total")
    for endpoint in ENDPOINTS:
        labels = f'{{endpoint="{endpoint.route}",method="{endpoint.method}",status="{endpoint.success}"}}'
        assert counted[labels] >= 1, labels


def test_a_scrape_has_every_metric_of_the_contract_under_its_name_and_type(
    client: httpx.Client, running: World
) -> None:
    _everything(client, running)
    client.get("/v1/users/user-0001", headers={"authorization": "Bearer nobody"})
    text = client.get("/metrics").text
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    for metric in (*METRICS, *GATEWAY_METRICS):
        assert types.get(metric.name) == metric.kind.value, metric.name
    names = {re.split(r"[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}
    assert {metric.name for metric in (*METRICS, *GATEWAY_METRICS) if metric.kind.value != "histogram"} <= names
    assert not re.search(r"otel_scope|target_info|_milliseconds|websocket_connections_total", text)


def test_a_call_is_counted_with_its_cost_for_whoever_pays(client: httpx.Client, running: World) -> None:
    spent = (
        "codeagent_llm_cost_usd_total",
        '{provider="openai",model="gpt-4o",team="platform",key="platform-ci",user="ben"}',
    )
    left = "codeagent_budget_remaining_usd", '{scope="team",team="platform"}'
    before = [_samples(client, name)[labels] for name, labels in (spent, left)]
    question = {"model": "gpt-4o", "messages": [{"role": "user", "content": uuid.uuid4().hex}]}
    assert client.post("/v1/chat/completions", json=question, headers=AUTHORISED).status_code == 200

    after = [_samples(client, name)[labels] for name, labels in (spent, left)]
    assert after[0] > before[0]
    assert before[1] - after[1] == pytest.approx(after[0] - before[0], rel=1e-6)


def test_a_scrape_has_process_and_runtime_metrics(client: httpx.Client) -> None:
    assert _samples(client, "process_cpu_seconds_total")[""] > 0
    assert _samples(client, "process_resident_memory_bytes")[""] > 10_000_000
    assert _samples(client, "python_info")


def test_promtool_objects_to_nothing_but_the_name_that_the_specification_chose(client: httpx.Client) -> None:
    promtool = needs("promtool")
    text = client.get("/metrics").text
    done = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    complaints = (done.stdout + done.stderr).strip().splitlines()
    assert complaints == ['codeagent_websocket_connections counter metrics should have "_total" suffix']


def test_openmetrics_carries_exemplars_with_trace_ids(client: httpx.Client) -> None:
    client.get("/v1/models")
    answer = client.get("/metrics", headers={"accept": "application/openmetrics-text"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    pattern = r'codeagent_request_duration_bucket\{endpoint="/v1/models".*\} \d+ # \{trace_id="[0-9a-f]{32}"'
    assert re.search(pattern, answer.text)


def test_a_request_is_counted_exactly_once_and_health_never(client: httpx.Client) -> None:
    label = '{endpoint="/v1/models",method="GET",status="200"}'
    before = _samples(client, "codeagent_requests_total")[label]
    for _ in range(7):
        client.get("/v1/models")
        client.get("/health")
    assert _samples(client, "codeagent_requests_total")[label] - before == 7
    assert _samples(client, "codeagent_request_duration_count")[label] - before == 7
    assert not any("/health" in labels for labels in _samples(client, "codeagent_requests_total"))


def test_an_unknown_path_adds_no_label_of_its_own(client: httpx.Client) -> None:
    for number in range(3):
        assert client.get(f"/nowhere/{number}").status_code == 404
    unknown = [labels for labels in _samples(client, "codeagent_requests_total") if '"404"' in labels]
    assert not any("nowhere" in labels for labels in unknown)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/chat/completions", b"no json", 400),
        ("POST", "/v1/chat/completions", b'{"messages": []}', 400),
        ("POST", "/v1/chat/completions", b'{"messages": [1], "model": "nobody"}', 400),
        ("POST", "/v1/embeddings", b"[]", 400),
        ("POST", "/v1/workflows/nothing/runs", b'{"input": "x"}', 400),
        ("POST", "/v1/files", b"x" * 1_000_001, 413),
        ("GET", "/v1/files/../../etc/passwd", b"", 404),
        ("GET", "/v1/workflows/runs/unknown", b"", 404),
        ("DELETE", "/v1/models", b"", 405),
    ],
)
def test_a_wrong_request_is_refused_with_its_status(
    client: httpx.Client, method: str, path: str, body: bytes, status: int
) -> None:
    assert client.request(method, path, content=body).status_code == status


def test_a_file_comes_back_as_it_was_sent(client: httpx.Client) -> None:
    content = bytes(range(256)) * 100
    stored = client.post("/v1/files", content=content).json()
    assert client.get(f"/v1/files/{stored['id']}").content == content


def test_the_same_question_is_answered_from_the_cache(client: httpx.Client) -> None:
    question = {"messages": [{"role": "user", "content": "asked twice"}], "model": "ministral-preview"}
    first = _until_ok(client, question)
    second = client.post("/v1/chat/completions", json=question)
    assert second.json()["id"] == first.json()["id"]


def _until_ok(client: httpx.Client, question: dict[str, Any]) -> httpx.Response:
    """The providers fail now and then, as real ones do."""
    for _ in range(10):
        answer = client.post("/v1/chat/completions", json=question)
        if answer.status_code == 200:
            return answer
    raise AssertionError("no provider answered")


def test_an_incident_is_switched_on_by_command_and_ends_by_itself(
    client: httpx.Client, running: World, capsys: pytest.CaptureFixture[str]
) -> None:
    url = running.url
    client.post("/-/faults", json={"name": "errors", "seconds": 60, "endpoint": "/v1/models", "share": 1})
    assert client.get("/v1/models").status_code == 500
    assert gateway(["incident", "errors", "--url", url, "--off"]) == 0
    assert client.get("/v1/models").status_code == 200
    assert gateway(["incident", "errors", "--for", "1s", "--url", url]) == 0
    assert "ends by itself" in capsys.readouterr().out
    wait_until(lambda: client.get("/-/faults").json() == [])
    assert gateway(["incident", "errors", "--for", "soon", "--url", url]) == 2


def test_a_slow_provider_refuses_calls_and_fails_its_probe(client: httpx.Client) -> None:
    client.post("/-/faults", json={"name": "slow", "seconds": 60, "provider": "anthropic", "refused": 1})
    question = {"messages": [{"role": "user", "content": "now"}], "model": "claude-3-5-haiku"}
    assert client.post("/v1/chat/completions", json=question).status_code == 429
    assert _samples(client, "codeagent_llm_rate_limited_total")['{provider="anthropic"}'] >= 1
    assert _samples(client, "codeagent_llm_rate_limit_remaining")['{provider="anthropic",window="minute"}'] <= 12
    wait_until(lambda: _samples(client, "codeagent_provider_up")['{provider="anthropic"}'] == 0)
    client.delete("/-/faults/slow")
    assert {p.name for p in PROVIDERS} == {"openai", "anthropic", "mistral"}


def test_a_websocket_is_counted_from_its_opening_to_its_end(client: httpx.Client, running: World) -> None:
    opened = _samples(client, "codeagent_websocket_connections")[""]
    with connect(_stream(running), additional_headers=AUTHORISED):
        wait_until(lambda: _samples(client, "codeagent_connections_active")[""] == 1)
    wait_until(lambda: _samples(client, "codeagent_connections_active")[""] == 0)
    assert _samples(client, "codeagent_websocket_connections")[""] == opened + 1


@pytest.mark.parametrize(
    ("reason", "leave"),
    [
        ("normal", lambda opened: opened.close(1000)),
        ("going_away", lambda opened: opened.close(1001)),
        ("abnormal", lambda opened: opened.socket.shutdown(2)),
    ],
)
def test_the_end_of_a_websocket_is_counted_with_its_reason(
    client: httpx.Client, running: World, reason: str, leave: Callable[[ClientConnection], None]
) -> None:
    def count() -> float:
        return _samples(client, "codeagent_websocket_disconnections_total")[f'{{reason="{reason}"}}']

    before = count()
    with connect(_stream(running), additional_headers=AUTHORISED) as opened:
        leave(opened)
        wait_until(lambda: count() == before + 1)


def test_a_client_that_answers_no_pings_is_given_up(client: httpx.Client, running: World) -> None:
    label = '{reason="timeout"}'
    before = _samples(client, "codeagent_websocket_disconnections_total")[label]
    with _silent_client(running):
        wait_until(lambda: _samples(client, "codeagent_websocket_disconnections_total")[label] == before + 1)


def _stream(running: World) -> str:
    return running.url.replace("http", "ws") + "/v1/stream"


@contextmanager
def _silent_client(running: World) -> Iterator[None]:
    """A client that opens a WebSocket and then answers nothing, not even pings."""
    host, port = running.url.removeprefix("http://").split(":")
    key = "authorization: " + AUTHORISED["authorization"]
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            f"GET /v1/stream HTTP/1.1\r\nhost: {host}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n{key}\r\n"
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n".encode()
        )
        assert b"101 Switching" in raw.recv(1_000)
        yield


def test_the_gateway_goes_on_without_redis(client: httpx.Client, running: World) -> None:
    running.redis.stop()
    try:
        assert client.get("/v1/users/user-0001").status_code == 200
        assert client.post("/v1/embeddings", json={"input": "without a cache"}).status_code == 200
    finally:
        running.redis.start()
