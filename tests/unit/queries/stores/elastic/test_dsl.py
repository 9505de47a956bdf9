"""What is typed reaches Elasticsearch as values only, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.logs.types import LogQuery
from queries.search.grammar import GrammarError, quote, quote_field
from queries.search.results import Filter, Range
from queries.stores.documents.log_layouts import LOG_LAYOUTS
from queries.stores.documents.log_serilog import SERILOG
from queries.stores.elastic.caps import caps_of
from queries.stores.elastic.log_fields import LogFields, condition
from queries.stores.elastic.trace_fields import condition as trace_condition
from queries.stores.elastic.trace_fields import parts_of
from queries.stores.elastic.trace_layouts import TRACE_LAYOUTS
from queries.traces.types import TraceQuery

FIELDS = {
    "@timestamp": "date", "level": "keyword", "message": "text", "messageTemplate": "text",
    "messageTemplate.raw": "keyword", "fields.Application": "keyword", "fields.Code": "long", "fields.Ms": "double",
    "fields.Slow": "boolean", "fields.Ip": "ip", "fields.At": "date", "fields.Text": "text", "fields.Any": "flattened",
    "exceptions": "nested", "exceptions.ClassName": "keyword", "exceptions.StackTraceString": "text",
    "log.level": "keyword", "error.type": "keyword", "severity_number": "byte", "severity_text": "keyword",
    "body.text": "text", "attributes.Code": "long", "trace_id": "keyword", "trace.id": "keyword", "traceID": "keyword",
    "name": "keyword", "duration": "long", "tags": "nested", "tags.key": "keyword", "tags.value": "keyword",
    "labels.Code": "keyword", "span.name": "keyword", "transaction.name": "keyword", "startTime": "long",
}  # fmt: skip
CAPS = caps_of({path: {kind: {}} for path, kind in FIELDS.items()})
WORDS = frozenset((
    "bool", "filter", "should", "must_not", "minimum_should_match", "term", "terms", "range", "prefix", "wildcard",
    "regexp", "match", "match_phrase", "match_phrase_prefix", "match_all", "match_none", "exists", "nested", "path",
    "query", "ignore_unmapped", "field", "value", "case_insensitive", "lenient", "max_expansions", "flags", "format",
    "gte", "gt", "lte", "lt", "_index", "_ignored",
))  # fmt: skip
RANGE = Range(0, 10**18)
NAMES = st.sampled_from(["level", "message", "Code", "Ms", "Slow", "Ip", "At", "Text", "Any", "exception", "duration",
                         "name", "status", "kind", "time", "Any.key"]) | st.text(min_size=1, max_size=20)  # fmt: skip
VALUES = st.text(max_size=30) | st.sampled_from(['"}}', "*", "5", "true", "10.0.0.1", "2026-01-01", "{", "1e400"])


def keys(query: Any) -> Iterator[str]:
    if isinstance(query, dict):
        for key, value in query.items():
            yield key
            yield from keys(value)
    elif isinstance(query, list):
        for item in query:
            yield from keys(item)


def queries_of(text: str, filters: tuple[Filter, ...]) -> Iterator[Any]:
    for log_layout in LOG_LAYOUTS:
        yield condition(LogQuery(RANGE, text, (), filters), LogFields(log_layout, CAPS))
    for trace_layout in TRACE_LAYOUTS:
        for part in parts_of(trace_layout, CAPS):
            yield trace_condition(TraceQuery(RANGE, filters=filters, text=text), part)


def known(key: str) -> bool:
    """A word of the DSL, or a path that the mapping or the layout knows (a flattened field has any below it)."""
    layouts = [place.path for layout in TRACE_LAYOUTS for places in layout.places.values() for place in places]
    own = ("tag.span@kind", "tag.otel@status_code", "tag.error", "references.refType", "parent_span_id", "kind",
           "status.code", "span.kind", "event.outcome", "processor.event", "tags.key", "process.tags.key",
           "transaction.duration.us", "span.duration.us", "exceptions.Depth", "timestamp.us", "Kind", "Kind.keyword",
           "TraceStatus", "TraceStatus.keyword", "ParentSpanId", "ParentSpanId.keyword", "SpanId",
           "Duration")  # fmt: skip
    return key in WORDS or key in FIELDS or key in layouts or key in own or key.startswith("fields.Any.")


@given(NAMES, VALUES, st.sampled_from(["{f}:{v}", "{f}:{v}*", "NOT {f}:{v}", "{v}", "{f}:>{v}", "{f}:[{v} TO {v}]"]))
def test_no_text_becomes_a_key_of_the_query(name: str, value: str, shape: str) -> None:
    text = shape.format(f=quote_field(name), v=quote(value) or '""')
    filters = (Filter(name, (value, value)), Filter(name, (), negated=True))
    try:
        result = list(queries_of(text, filters))
    except GrammarError:
        return

    assert {key for query in result for key in keys(query) if not known(key)} == set()


@given(st.text(max_size=200))
def test_whatever_is_typed_is_a_query_or_an_error_that_points(text: str) -> None:
    try:
        list(queries_of(text, ()))
    except GrammarError as error:
        assert 0 <= error.position <= len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Code:500", {"term": {"fields.Code": 500}}),
        ("Code:word", {"match_none": {}}),
        ("Slow:TRUE", {"term": {"fields.Slow": True}}),
        ("Ms:>=1.5", {"range": {"fields.Ms": {"gte": 1.5}}}),
        ('service:"gw"', {"term": {"fields.Application": "gw"}}),
        ('message:"one two"', {"match_phrase": {"message": "one two"}}),
        ("Ip:nowhere", {"match_none": {}}),
    ],
)
def test_each_kind_of_field_compares_in_its_own_way(text: str, expected: dict[str, Any]) -> None:
    query = condition(LogQuery(RANGE, text), LogFields(SERILOG, CAPS))

    assert query["bool"]["filter"][-1] == expected
