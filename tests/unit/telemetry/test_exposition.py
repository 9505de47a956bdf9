"""Metrics: exact names and types, exact values, exemplars, and a bound on label sets."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from telemetry.contract import BY_NAME, Kind
from telemetry.exposition import OPENMETRICS, TEXT, scrape
from telemetry.metrics import OVERFLOW, Metrics, create
from telemetry.process import observe_process

ASK = "application/openmetrics-text; version=1.0.0"


def filled() -> Metrics:
    """Every metric of the contract with one label set."""
    metrics = create()
    for metric in BY_NAME.values():
        labels = dict.fromkeys(metric.labels, "x")
        if metric.kind is Kind.COUNTER:
            metrics.add(metric.name, 3, **labels)
        elif metric.kind is Kind.HISTOGRAM:
            metrics.record(metric.name, 7.5, **labels)
        else:
            metrics.watch(metric.name, lambda labels=labels: [(0.5, labels)])  # type: ignore[misc]
    return metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    body, _ = scrape(metrics.reader)
    families = parse_text(body.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_name_of_the_contract_appears_exactly_as_written_with_its_labels_only() -> None:
    body, kind = scrape(filled().reader)
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    names = {line.split("{")[0].split(" ")[0] for line in lines}
    expected = {
        f"{metric.name}{suffix}"
        for metric in BY_NAME.values()
        for suffix in (("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",))
    }
    assert names == expected
    assert kind == TEXT
    assert "otel_scope" not in body.decode()
    assert "target_info" not in body.decode()


def test_types_are_those_of_the_contract_in_both_formats() -> None:
    metrics = filled()
    text, openmetrics = scrape(metrics.reader)[0].decode(), scrape(metrics.reader, ASK)[0].decode()
    for metric in BY_NAME.values():
        assert f"# TYPE {metric.name} {metric.kind.value}" in text
        family = metric.name.removesuffix("_total") if metric.kind is Kind.COUNTER else metric.name
        assert f"# TYPE {family} {metric.kind.value}" in openmetrics


def test_values_equal_what_was_recorded_exactly() -> None:
    metrics = create()
    labels = {"endpoint": "/v1/files", "method": "POST", "status": "201"}
    for value in (4.0, 5.0, 5.1, 90_000.0):
        metrics.record("codeagent_request_duration", value, **labels)
    for _ in range(1_000):
        metrics.add("codeagent_requests_total", 1, **labels)
    result = samples(metrics)
    key = tuple(sorted(labels.items()))
    buckets = {dict(k)["le"]: v for (name, k), v in result.items() if name == "codeagent_request_duration_bucket"}
    assert result["codeagent_requests_total", key] == 1_000
    assert result["codeagent_request_duration_sum", key] == 90_014.1
    assert result["codeagent_request_duration_count", key] == 4
    assert (buckets["5"], buckets["10"], buckets["80000"], buckets["+Inf"]) == (2, 3, 3, 4)


def test_label_values_are_escaped() -> None:
    metrics = create()
    odd = 'a"b\\c\nd'
    metrics.add("codeagent_requests_total", 1, endpoint=odd, method="GET", status="200")
    assert any(dict(labels).get("endpoint") == odd for _, labels in samples(metrics))


def test_openmetrics_carries_exemplars_that_lead_to_the_trace() -> None:
    metrics = create()
    with TracerProvider().get_tracer("t").start_as_current_span("request") as span:
        metrics.record("codeagent_request_duration", 42.0, endpoint="/x", method="GET", status="200")
    body, kind = scrape(metrics.reader, ASK)
    assert kind == OPENMETRICS
    assert body.endswith(b"# EOF\n")
    exemplars = [line for line in body.decode().splitlines() if "trace_id=" in line]
    assert len(exemplars) == 1
    assert f'trace_id="{span.get_span_context().trace_id:032x}"' in exemplars[0]
    assert exemplars[0].startswith("codeagent_request_duration_bucket")
    assert b"trace_id" not in scrape(metrics.reader)[0]


def test_openmetrics_of_everything_but_the_contracts_oldest_counter_satisfies_a_strict_parser() -> None:
    body = scrape(filled().reader, ASK)[0].decode()
    # The specification names this counter without `_total`; Prometheus reads it, the strict parser does not.
    strict = "\n".join(line for line in body.splitlines() if "codeagent_websocket_connections" not in line) + "\n"
    assert len(list(parse_openmetrics(strict))) > 20


def test_label_sets_beyond_the_limit_are_folded_and_counted() -> None:
    metrics = create(limit=3)
    for number in range(10):
        metrics.add("codeagent_requests_total", 1, endpoint=f"/{number}", method="GET", status="200")
    result = samples(metrics)
    totals = {dict(k)["endpoint"]: v for (name, k), v in result.items() if name == "codeagent_requests_total"}
    assert totals == {"/0": 1, "/1": 1, "/2": 1, "other": 7}
    assert result[OVERFLOW, (("metric", "codeagent_requests_total"),)] == 7


def test_a_metric_that_the_contract_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError):
        create().add("codeagent_requests", 1)


def test_the_process_tells_of_itself_under_the_usual_names() -> None:
    metrics = create()
    observe_process(metrics)
    results = {name: value for (name, _), value in samples(metrics).items()}
    assert results["process_cpu_seconds_total"] > 0
    assert results["process_resident_memory_bytes"] > 1_000_000
    assert results["process_open_fds"] > 0
    assert results["python_info"] == 1
