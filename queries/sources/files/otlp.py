"""A line of OTLP JSON (an ExportTraceServiceRequest, as OpenTelemetry's file exporter writes it) as rows of spans.

Ids are hexadecimal, 64-bit numbers are texts, enumerations numbers; names of enumerations are taken too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from queries.found import plain, text_of

KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
STATUSES: Final = ("unset", "ok", "error")
_LIMIT: Final = 2**63 - 1


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


def rows(line: bytes) -> tuple[list[SpanRow], int]:
    """The spans of a line, and how many pieces of it were none; values nested beyond 254 levels break a line."""
    try:
        return _rows(orjson.loads(line))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return [], 1


def _rows(found: Any) -> tuple[list[SpanRow], int]:
    if not isinstance(found, dict) or "resourceSpans" not in found:
        return [], 0 if isinstance(found, dict) and ("resourceLogs" in found or "resourceMetrics" in found) else 1
    parsed = [_row(*one) for one in _spans(found)]
    good = [one for one in parsed if one]
    return good, len(parsed) - len(good)


def _spans(found: Mapping[str, Any]) -> Iterator[tuple[Any, str, str, str]]:
    """Each span with its resource's attributes as JSON, its service and its scope."""
    for group in _objects(found, "resourceSpans"):
        resource = attributes(_object(group, "resource").get("attributes"))
        service, encoded = text_of(resource.get("service.name", "")), orjson.dumps(resource).decode()
        for scoped in _objects(group, "scopeSpans", "instrumentationLibrarySpans"):
            scope = _text(_object(scoped, "scope").get("name"))
            spans = scoped.get("spans")
            for span in spans if isinstance(spans, list) else ():
                yield span, encoded, service, scope


def _row(span: Any, resource: str, service: str, scope: str) -> SpanRow | None:
    if not isinstance(span, dict):
        return None
    start, end = _nanos(span.get("startTimeUnixNano")), _nanos(span.get("endTimeUnixNano"))
    trace_id, span_id = _text(span.get("traceId")).lower(), _text(span.get("spanId")).lower()
    if start is None or not trace_id or not span_id:
        return None
    status = _object(span, "status")
    parent = _text(span.get("parentSpanId")).lower()
    return SpanRow(
        trace_id, span_id, "" if parent.strip("0") == "" else parent, _text(span.get("name")), service,
        _enumerated(span.get("kind"), KINDS, "SPAN_KIND_"), _enumerated(status.get("code"), STATUSES, "STATUS_CODE_"),
        _text(status.get("message")), start, (end - start) if end else 0, scope,
        orjson.dumps(attributes(span.get("attributes"))).decode(), resource,
        orjson.dumps([_event(one) for one in _objects(span, "events")]).decode(),
        orjson.dumps([_link(one) for one in _objects(span, "links")]).decode(),
    )  # fmt: skip


def attributes(pairs: Any) -> dict[str, Any]:
    """OTLP's list of keys and typed values as a dictionary; what is no pair is left out."""
    found: dict[str, Any] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            found[pair["key"]] = value_of(pair.get("value"))
    return found


def value_of(value: Any, depth: int = 0) -> Any:
    """A typed value; nested ones as lists and dictionaries, at most ten levels deep."""
    if not isinstance(value, dict) or depth > 10:
        return None
    for kind, content in value.items():
        if kind == "intValue":
            return _whole(content)
        if kind == "arrayValue":
            return [value_of(one, depth + 1) for one in _objects(value[kind], "values")]
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
        _text(link.get("traceId")).lower(), _text(link.get("spanId")).lower(), attributes(link.get("attributes")),
    ]  # fmt: skip


def _nanos(content: Any) -> int | None:
    """Nanoseconds that fit; None for what is no time."""
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


def _objects(found: Any, *names: str) -> list[dict[str, Any]]:
    """The objects in the list under the first of these names that is there."""
    for name in names:
        listed = found.get(name) if isinstance(found, dict) else None
        if isinstance(listed, list):
            return [one for one in listed if isinstance(one, dict)]
    return []


def _object(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    one = found.get(name)
    return one if isinstance(one, dict) else {}


def _text(content: Any) -> str:
    return "" if content is None else text_of(content)
