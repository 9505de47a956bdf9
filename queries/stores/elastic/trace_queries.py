"""Searches over spans, and what their answers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from queries.search.results import NANO, Count, Range
from queries.stores.elastic.aggs import buckets, terms
from queries.stores.elastic.client import Answer
from queries.stores.elastic.dsl import NONE, every
from queries.stores.elastic.trace_fields import TraceFields, whole_trace
from queries.traces.types import OperationCount, ServiceCount, Span, TraceSummary

_AROUND: Final = 86_400 * NANO  # how much longer than the asked range a trace may last
_FIRST: Final = 5  # documents that may share the first millisecond
_SERVICES: Final = 50
_PRECISE: Final = 3_000  # distinct traces up to which the count is as good as exact


def summary_body(fields: TraceFields, matched: Sequence[Span], range_: Range) -> dict[str, Any]:
    """Everything about the traces of these spans; `summaries` reads the answer."""
    ids = [span.trace_id for span in matched]
    wide = Range(range_.start_ns - _AROUND, range_.end_ns + _AROUND)
    where = every([whole_trace(fields, ids), fields.within(wide)]) if ids else NONE
    counting = {
        "terms": {"field": fields.fields_for("trace_id")[0].whole, "size": max(1, len(ids))},
        "aggs": _inner(fields),
    }
    return {"query": where, "size": 0, "track_total_hits": False, "aggs": {"traces": counting}}


def summaries(fields: TraceFields, matched: Sequence[Span], answer: Answer) -> list[TraceSummary]:
    """Traces of these spans, in their order."""
    by_trace = dict(buckets(answer.aggregations.get("traces", {})))
    return [_summary(fields, span, by_trace.get(span.trace_id, {})) for span in matched]


def count_body(fields: TraceFields, where: dict[str, Any]) -> dict[str, Any]:
    """How many traces there are; `count_of` reads the answer."""
    counting = {"field": fields.fields_for("trace_id")[0].whole, "precision_threshold": _PRECISE}
    return {"query": where, "size": 0, "track_total_hits": False, "aggs": {"traces": {"cardinality": counting}}}


def count_of(answer: Answer) -> Count:
    """Exact as far as the cluster counts distinct values exactly."""
    value = int(answer.aggregations.get("traces", {}).get("value", 0))
    return Count(value, value <= _PRECISE)


def _inner(fields: TraceFields) -> dict[str, Any]:
    order = (fields.layout.time, fields.layout.fine)
    first = {
        "top_hits": {
            "size": _FIRST,
            "sort": [{name: "asc"} for name in order if name],
            "_source": list(fields.layout.brief),
        }
    }
    inner: dict[str, Any] = {
        "errors": {"filter": fields.layout.statuses["error"]},
        "roots": {"filter": fields.layout.root, "aggs": {"first": first}},
        "first": first,
    }
    service = next((field for field in fields.fields_for("service") if field.whole), None)
    if service:
        inner["services"] = terms(service, _SERVICES)
    return inner


def _summary(fields: TraceFields, span: Span, bucket: Mapping[str, Any]) -> TraceSummary:
    roots = _spans(fields, bucket.get("roots", {}).get("first", {}))
    first = [*roots, *_spans(fields, bucket.get("first", {}))]
    lead = min(
        first or [span], key=lambda candidate: (candidate.parent_id != "", candidate.start_ns, candidate.span_id)
    )
    services = sorted((name, service["doc_count"]) for name, service in buckets(bucket.get("services", {})))
    return TraceSummary(
        trace_id=span.trace_id,
        service=lead.service,
        name=lead.name,
        start_ns=lead.start_ns,
        duration_ns=lead.duration_ns,
        spans=bucket.get("doc_count", 1),
        errors=_count(bucket.get("errors")),
        services=dict(services),
        has_root=not lead.parent_id,
        matched_span_id=span.span_id,
        matched_service=span.service,
        matched_name=span.name,
        matched_duration_ns=span.duration_ns,
        matched_start_ns=span.start_ns,
        matched_error=span.is_error,
    )


def _spans(fields: TraceFields, top: Mapping[str, Any]) -> list[Span]:
    hits = top.get("hits", {}).get("hits", ())
    return [span for hit in hits if (span := fields.layout.span(hit.get("_source", {})))]


def _count(bucket: Mapping[str, Any] | None) -> int:
    return int(bucket["doc_count"]) if bucket else 0


def services_body(fields: TraceFields, where: dict[str, Any], limit: int) -> dict[str, Any]:
    """Services with spans and errors."""
    return _counted(fields, where, "service", limit, {})


def operations_body(fields: TraceFields, where: dict[str, Any], limit: int) -> dict[str, Any]:
    """Operations with spans, errors and percentiles."""
    times = {"times": {"percentiles": {"field": fields.part.duration, "percents": [50, 95]}}}
    return _counted(fields, where, "name", limit, times)


def _counted(fields: TraceFields, where: dict[str, Any], name: str, limit: int, more: dict[str, Any]) -> dict[str, Any]:
    field = next((field for field in fields.fields_for(name) if field.whole), None)
    body: dict[str, Any] = {"query": where, "size": 0, "track_total_hits": False}
    if field:
        errors = {"errors": {"filter": fields.layout.statuses["error"]}}
        body["aggs"] = {"counted": {**terms(field, limit), "aggs": {**errors, **more}}}
    return body


def services_of(answers: Iterable[Answer], limit: int) -> tuple[tuple[ServiceCount, ...], int]:
    """Of all parts together, and how many spans the limit left out."""
    spans: dict[str, list[int]] = {}
    others = 0
    for answer in answers:
        counted = answer.aggregations.get("counted", {})
        others += int(counted.get("sum_other_doc_count", 0))
        for name, bucket in buckets(counted):
            counts = spans.setdefault(name, [0, 0])
            counts[0] += bucket["doc_count"]
            counts[1] += _count(bucket["errors"])
    counted_all = [ServiceCount(name, *counts) for name, counts in spans.items()]
    services = sorted(counted_all, key=lambda service: (-service.spans, service.name))
    return tuple(services[:limit]), others + sum(service.spans for service in services[limit:])


def operations_of(
    fields: Sequence[TraceFields], answers: Sequence[Answer], limit: int
) -> tuple[tuple[OperationCount, ...], int]:
    """Of all parts together; where two parts know an operation, the percentiles are those of the larger."""
    best: dict[str, OperationCount] = {}
    others = 0
    for part, answer in zip(fields, answers, strict=True):
        counted = answer.aggregations.get("counted", {})
        others += int(counted.get("sum_other_doc_count", 0))
        for name, bucket in buckets(counted):
            new = _operation(name, bucket, part.layout.unit)
            old = best.get(name)
            best[name] = _joined(old, new) if old else new
    operations = sorted(best.values(), key=lambda operation: (-operation.spans, operation.name))
    return tuple(operations[:limit]), others + sum(operation.spans for operation in operations[limit:])


def _operation(name: str, bucket: Mapping[str, Any], unit: int) -> OperationCount:
    times = bucket["times"]["values"]
    p50, p95 = (float(times.get(key) or 0) * unit for key in ("50.0", "95.0"))
    return OperationCount(name, bucket["doc_count"], _count(bucket["errors"]), p50, p95)


def _joined(old: OperationCount, new: OperationCount) -> OperationCount:
    larger = max(old, new, key=lambda operation: operation.spans)
    return OperationCount(old.name, old.spans + new.spans, old.errors + new.errors, larger.p50_ns, larger.p95_ns)
