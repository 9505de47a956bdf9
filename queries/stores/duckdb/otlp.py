"""OTLP JSON (an ExportTraceServiceRequest, as OpenTelemetry's file exporter writes it) as rows of spans.

Ids are hexadecimal, 64-bit numbers are texts, enumerations numbers. What other writers make of it is taken too: names
of enumerations, ids in base64 and members in snake_case (Protobuf's own JSON), arrays of requests, and the envelopes
that the interfaces of Jaeger (`result`) and Tempo (`batches`, `trace`) put around them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from queries.search.results import plain, text_of

KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
STATUSES: Final = ("unset", "ok", "error")
_LIMIT: Final = 2**63 - 1
_TRACE_ID, _SPAN_ID = 16, 8  # bytes
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")
_ENVELOPES: Final = ("result", "data", "trace", "traces")
_GROUPS: Final = ("resourceSpans", "batches")
_OTHERS: Final = ("resourceLogs", "resourceMetrics", "resourceProfiles")
_SEVERITIES: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_DEEPEST: Final = 5  # envelopes in one another


class SpanRow(NamedTuple):
    """One span's columns, in the order of the table."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    kind: str
    status: str
    status_message: str
    start_ns: int
    duration_ns: int
    scope: str
    attributes: str
    resource: str
    events: str
    links: str


def rows(piece: bytes) -> tuple[list[SpanRow], int]:
    """The spans of a piece of a file, and how many parts of it were none; values nested beyond 254 levels break it."""
    try:
        return _rows(orjson.loads(piece))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return [], 1


def fault(piece: bytes) -> str:
    """What is wrong with a piece, in words; empty for nothing."""
    if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is UTF-16; write it as UTF-8"
    if b"\0" in piece:
        return "it is binary or compressed; write OTLP as JSON without compression"
    try:
        requests = list(_requests(orjson.loads(piece)))
    except orjson.JSONDecodeError as error:
        return f"it is not JSON ({error})"
    if None in requests:
        return "it has no resourceSpans, so it is not OTLP JSON"
    spans = (span for request in requests if request for span, *_ in _spans(request))
    return next((sentence for span in spans if (sentence := _missing(span))), "")


def _missing(span: Any) -> str:
    if not isinstance(span, dict):
        return "a span is not an object"
    if not _id(span.get("traceId"), _TRACE_ID) or not _id(span.get("spanId"), _SPAN_ID):
        return "a span has no trace id or no span id"
    return "" if _nanos(span.get("startTimeUnixNano")) is not None else "a span has no start time"


def _rows(content: Any) -> tuple[list[SpanRow], int]:
    good: list[SpanRow] = []
    broken = 0
    for request in _requests(content):
        parsed = [_row(*span) for span in _spans(request)] if request is not None else [None]
        good += [row for row in parsed if row]
        broken += sum(row is None for row in parsed)
    return good, broken


def _requests(content: Any, depth: int = 0) -> Iterator[Mapping[str, Any] | None]:
    """The requests in arrays and envelopes; None for what is none. Requests of logs and metrics have no spans."""
    if isinstance(content, list) and depth < _DEEPEST:
        for child in content:
            yield from _requests(child, depth + 1)
        return
    if not isinstance(content, dict):
        yield None
        return
    if "resource_spans" in content or "resource_logs" in content:
        content = _camel(content)
    inside = [content[name] for name in _ENVELOPES if isinstance(content.get(name), dict | list)]
    if any(name in content for name in (*_GROUPS, *_OTHERS)):
        yield content
    elif inside and depth < _DEEPEST:
        for child in inside:
            yield from _requests(child, depth + 1)
    else:
        yield None


def _camel(content: Any) -> Any:
    """Members in snake_case under the names that they have in OTLP JSON."""
    if isinstance(content, list):
        return [_camel(child) for child in content]
    if not isinstance(content, dict):
        return content
    return {re.sub("_([a-z])", lambda match: match[1].upper(), name): _camel(value) for name, value in content.items()}


def _spans(request: Mapping[str, Any]) -> Iterator[tuple[Any, str, str, str]]:
    """Each span with its resource's attributes as JSON, its service and its scope."""
    for group in _objects(request, *_GROUPS):
        resource = attributes(_object(group, "resource").get("attributes"))
        service, encoded = text_of(resource.get("service.name", "")), orjson.dumps(resource).decode()
        for scoped in _objects(group, "scopeSpans", "instrumentationLibrarySpans"):
            scope = _text((_object(scoped, "scope") or _object(scoped, "instrumentationLibrary")).get("name"))
            spans = scoped.get("spans")
            for span in spans if isinstance(spans, list) else ():
                yield span, encoded, service, scope


def log_records(content: Any) -> Iterator[tuple[int, dict[str, Any]] | None]:
    """Time (epoch nanoseconds) and content of each log record, in the shape of the collector's documents.

    None for a record without a time.
    """
    for request in _requests(content):
        for group in _objects(request, "resourceLogs") if request else ():
            resource = {"attributes": attributes(_object(group, "resource").get("attributes"))}
            for scoped in _objects(group, "scopeLogs", "instrumentationLibraryLogs"):
                about = _object(scoped, "scope") or _object(scoped, "instrumentationLibrary")
                shared = {"resource": resource, "scope": {"name": _text(about.get("name"))}}
                for record in _objects(scoped, "logRecords", "logs"):
                    at_ns = _nanos(record.get("timeUnixNano")) or _nanos(record.get("observedTimeUnixNano"))
                    yield (at_ns, {**_log_record(record), **shared}) if at_ns else None


def _log_record(record: Mapping[str, Any]) -> dict[str, Any]:
    body = value_of(record.get("body"))
    known = attributes(record.get("attributes"))
    return {
        "severity_number": _severity(record.get("severityNumber")),
        "severity_text": _text(record.get("severityText")),
        "body": {"structured" if isinstance(body, dict | list) else "text": body},
        "attributes": known,
        "trace_id": _id(record.get("traceId"), _TRACE_ID),
        "span_id": _id(record.get("spanId"), _SPAN_ID),
        "event_name": _text(record.get("eventName")) or _text(known.get("event.name")),
    }


def _severity(content: Any) -> Any:
    """The number of SEVERITY_NUMBER_WARN2 and its like."""
    if not isinstance(content, str) or content.isdecimal():
        return content
    word = content.removeprefix("SEVERITY_NUMBER_")
    step = int(word[-1]) - 1 if word[-1:].isdecimal() else 0
    place = next((n for n, severity in enumerate(_SEVERITIES) if word.rstrip("234") == severity), None)
    return None if place is None else place * 4 + 1 + step


def _row(span: Any, resource: str, service: str, scope: str) -> SpanRow | None:
    if not isinstance(span, dict):
        return None
    start, end = _nanos(span.get("startTimeUnixNano")), _nanos(span.get("endTimeUnixNano"))
    trace_id, span_id = _id(span.get("traceId"), _TRACE_ID), _id(span.get("spanId"), _SPAN_ID)
    if start is None or not trace_id or not span_id:
        return None
    status = _object(span, "status")
    parent = _id(span.get("parentSpanId"), _SPAN_ID)
    return SpanRow(
        trace_id,
        span_id,
        "" if parent.strip("0") == "" else parent,
        _text(span.get("name")),
        service,
        _enumerated(span.get("kind"), KINDS, "SPAN_KIND_"),
        _enumerated(status.get("code"), STATUSES, "STATUS_CODE_"),
        _text(status.get("message")),
        start,
        (end - start) if end else 0,
        scope,
        orjson.dumps(attributes(span.get("attributes"))).decode(),
        resource,
        orjson.dumps([_event(item) for item in _objects(span, "events")]).decode(),
        orjson.dumps([_link(item) for item in _objects(span, "links")]).decode(),
    )


def attributes(pairs: Any) -> dict[str, Any]:
    """OTLP's list of keys and typed values as a dictionary; what is no pair is left out."""
    values: dict[str, Any] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            values[pair["key"]] = value_of(pair.get("value"))
    return values


def value_of(value: Any, depth: int = 0) -> Any:
    """A typed value; nested ones as lists and dictionaries, at most ten levels deep."""
    if not isinstance(value, dict) or depth > 10:
        return None
    for kind, content in value.items():
        if kind == "intValue":
            return _whole(content)
        if kind == "arrayValue":
            return [value_of(item, depth + 1) for item in _objects(value[kind], "values")]
        if kind == "kvlistValue":
            pairs = _objects(value[kind], "values")
            return {_text(pair.get("key")): value_of(pair.get("value"), depth + 1) for pair in pairs}
        if kind in ("stringValue", "doubleValue", "boolValue", "bytesValue"):
            return plain(content)
    return None


def _whole(content: Any) -> Any:
    try:
        number = int(content)
    except (TypeError, ValueError, OverflowError):
        return content
    return number if abs(number) <= _LIMIT else str(content)


def _event(event: Mapping[str, Any]) -> list[Any]:
    return [_nanos(event.get("timeUnixNano")) or 0, _text(event.get("name")), attributes(event.get("attributes"))]


def _link(link: Mapping[str, Any]) -> list[Any]:
    return [
        _id(link.get("traceId"), _TRACE_ID),
        _id(link.get("spanId"), _SPAN_ID),
        attributes(link.get("attributes")),
    ]


def _id(content: Any, size: int) -> str:
    """An id of so many bytes in hexadecimal digits, which it may be written in or in base64."""
    text = _text(content)
    encoded = text.rstrip("=")
    if len(encoded) != -(-size * 8 // 6) or (encoded == text and not set(text) - _HEXADECIMAL):
        return text.lower()
    try:
        decoded = base64.b64decode(
            encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4), validate=True
        )
    except ValueError:  # not base64, or not even ASCII
        return text.lower()
    return decoded.hex() if len(decoded) == size else text.lower()


def _nanos(content: Any) -> int | None:
    """Nanoseconds that fit; None for what is not a valid time."""
    try:
        number = int(content)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number <= _LIMIT // 2 else None


def _enumerated(content: Any, words: tuple[str, ...], prefix: str) -> str:
    if isinstance(content, str):
        word = content.removeprefix(prefix).lower()
        return word if word in words else words[0]
    return words[content] if isinstance(content, int) and 0 <= content < len(words) else words[0]


def _objects(parent: Any, *names: str) -> list[dict[str, Any]]:
    """The objects in the list under the first of these names that is there."""
    for name in names:
        listed = parent.get(name) if isinstance(parent, dict) else None
        if isinstance(listed, list):
            return [entry for entry in listed if isinstance(entry, dict)]
    return []


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    child = parent.get(name)
    return child if isinstance(child, dict) else {}


def _text(content: Any) -> str:
    return "" if content is None else text_of(content)
