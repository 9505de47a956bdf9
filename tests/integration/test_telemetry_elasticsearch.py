"""Logs and spans in a real Elasticsearch that goes away in the middle: nothing is lost, nothing comes twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from telemetry import retention
from telemetry.elastic_http import Cluster
from telemetry.elastic_names import LOG_PREFIX, SPAN_EVENTS, SPAN_INDICES, SPANS
from telemetry.elastic_sink import ElasticSink
from telemetry.elastic_traces import ElasticSpanExporter
from telemetry.events import shape
from telemetry.spill import Spill
from tests.servers import Server, elasticsearch

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = elasticsearch(tmp_path_factory.mktemp("es"))
    server.start()
    yield server
    server.stop()


def write(sink: ElasticSink, numbers: range, **more: Any) -> None:
    for number in numbers:
        record = logging.LogRecord("gateway", logging.INFO, "x.py", 1, "Event {Number}", (), None)
        record.telemetry_properties = {"Number": number, "CorrelationId": f"c-{number}", **more}
        sink.write(shape(record, {"Application": "test"}))


def documents_in(node: Server, index: str, query: dict[str, Any], size: int = 1_000) -> list[dict[str, Any]]:
    requests.post(f"{node.url}/{index}/_refresh", timeout=30)
    body = {"query": query, "size": size, "track_total_hits": True}
    answer = requests.post(f"{node.url}/{index}/_search", json=body, timeout=30)
    answer.raise_for_status()
    return [hit["_source"] for hit in answer.json()["hits"]["hits"]]


def tagged(node: Server, tag: str) -> list[dict[str, Any]]:
    return documents_in(node, f"{LOG_PREFIX}-*", {"term": {"fields.Tag.raw": tag}})


def test_events_arrive_in_serilogs_shape(node: Server, tmp_path: Path) -> None:
    sink = ElasticSink(Cluster(node.url), Spill(tmp_path, "logs"))
    write(sink, range(3), Tag="shape")
    sink.close()

    documents = sorted(tagged(node, "shape"), key=lambda document: document["fields"]["Number"])

    assert [document["message"] for document in documents] == ["Event 0", "Event 1", "Event 2"]
    assert documents[0]["messageTemplate"] == "Event {Number}"
    assert documents[0]["level"] == "Information"
    assert documents[0]["fields"]["CorrelationId"] == "c-0"
    index = f"{LOG_PREFIX}-{datetime.now(UTC):%Y.%m.%d}"
    mapping = requests.get(f"{node.url}/{index}/_mapping", timeout=10).json()[index]["mappings"]
    assert mapping["properties"]["messageTemplate"]["fields"]["raw"]["type"] == "keyword"


def test_an_event_that_the_mapping_refuses_arrives_with_its_fields_as_text(node: Server, tmp_path: Path) -> None:
    sink = ElasticSink(Cluster(node.url), Spill(tmp_path, "logs"))
    write(sink, range(1), Shape=7)
    sink.flush()
    write(sink, range(1), Shape={"not": "a number"})
    sink.close()

    assert sink.counts.refused == 0
    assert sink.counts.sent == 2
    assert len(documents_in(node, f"{LOG_PREFIX}-*", {"match_phrase": {"fields.AsText": "not a number"}})) == 1


def test_nothing_is_lost_and_nothing_comes_twice_when_the_cluster_stops_in_the_middle(
    node: Server, tmp_path: Path
) -> None:
    sink = ElasticSink(Cluster(node.url, timeout=2), Spill(tmp_path, "logs"), seconds=0.2)
    write(sink, range(200), Tag="outage")
    sink.flush()
    node.stop()
    write(sink, range(200, 700), Tag="outage")
    sink.flush()
    assert sink.counts.spilled == 500
    node.start()
    write(sink, range(700, 800), Tag="outage")
    _wait_until_replayed(sink, tmp_path)
    sink.close()

    numbers = [document["fields"]["Number"] for document in tagged(node, "outage")]

    assert sorted(numbers) == list(range(800))
    assert sink.counts.dropped == 0


def test_what_an_ended_process_left_behind_is_sent_by_the_next(node: Server, tmp_path: Path) -> None:
    away = ElasticSink(Cluster("http://127.0.0.1:9", timeout=1), Spill(tmp_path, "logs"))
    write(away, range(5), Tag="left")
    away.close()
    for path in tmp_path.iterdir():  # as if another process had written it, which is gone
        path.rename(path.with_name(path.name.replace(path.name.split("@")[2], "999999.spill")))

    sink = ElasticSink(Cluster(node.url), Spill(tmp_path, "logs"))
    write(sink, range(5, 6), Tag="left")
    sink.close()

    assert sorted(document["fields"]["Number"] for document in tagged(node, "left")) == list(range(6))
    assert list(tmp_path.iterdir()) == []


def test_spans_arrive_in_the_collectors_layout(node: Server, tmp_path: Path) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "test"}))
    provider.add_span_processor(SimpleSpanProcessor(ElasticSpanExporter(Cluster(node.url), Spill(tmp_path, "traces"))))
    tracer = provider.get_tracer("CodeAgent.API")
    child = {"step.type": "llm", "n": 3}
    with (
        tracer.start_as_current_span("parent") as parent,
        pytest.raises(ValueError, match="broken"),
        tracer.start_as_current_span("child", attributes=child),
    ):
        raise ValueError("broken")
    trace_id = f"{parent.get_span_context().trace_id:032x}"

    spans = {match["name"]: match for match in documents_in(node, SPANS, {"term": {"trace_id": trace_id}})}
    events = documents_in(node, SPAN_EVENTS, {"term": {"trace_id": trace_id}})

    assert spans["child"]["parent_span_id"] == spans["parent"]["span_id"]
    assert spans["child"]["status"] == {"code": "Error", "message": "ValueError: broken"}
    assert spans["child"]["attributes"] == {"step.type": "llm", "n": 3}
    assert spans["parent"]["resource"]["attributes"]["service.name"] == "test"
    assert spans["parent"]["duration"] > spans["child"]["duration"] > 0
    assert [event["attributes"]["exception.message"] for event in events] == ["broken"]
    assert documents_in(node, SPANS, {"term": {"attributes.step.type": "llm"}})
    assert documents_in(node, SPANS, {"range": {"@timestamp": {"gte": "now-5m", "lte": "now"}}})


def test_retention_deletes_by_level_and_age_and_says_what(node: Server) -> None:
    now = datetime(2020, 6, 30, tzinfo=UTC)
    for day in ("2020.06.29", "2020.06.20", "2019.01.01"):
        for level in ("Debug", "Information", "Error"):
            put(node, f"{LOG_PREFIX}-{day}", {"level": level, "message": "old", "@timestamp": "2020-06-01"})
    put(node, SPANS, {"@timestamp": "2020-06-01T00:00:00Z", "trace_id": "old", "name": "old"})
    policy = retention.load()
    cluster = Cluster(node.url)

    planned = list(retention.logs(cluster, policy, now, dry_run=True))
    done = list(retention.logs(cluster, policy, now)) + list(retention.traces(cluster, policy, now))

    assert planned == done[: len(planned)]
    assert [(action.kind, action.target, action.count) for action in done] == [
        ("index", f"{LOG_PREFIX}-2019.01.01", 3),
        ("documents", f"{LOG_PREFIX}-2020.06.20", 1),
        ("documents", SPAN_INDICES, 1),
    ]
    assert [match["level"] for match in documents_in(node, f"{LOG_PREFIX}-2020.06.20", {"match_all": {}})] == [
        "Information",
        "Error",
    ]
    assert len(documents_in(node, f"{LOG_PREFIX}-2020.06.29", {"match_all": {}})) == 3
    assert retention.install_lifecycle(cluster, policy) in (True, False)


def put(node: Server, index: str, document: dict[str, Any]) -> None:
    requests.post(f"{node.url}/{index}/_doc?refresh=true", json=document, timeout=30).raise_for_status()


def _wait_until_replayed(sink: ElasticSink, folder: Path) -> None:
    until = time.monotonic() + 60
    while any(folder.iterdir()):
        assert time.monotonic() < until, sink.counts
        time.sleep(0.1)
