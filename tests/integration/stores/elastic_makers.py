"""Stores over a real Elasticsearch that hold given lines or spans, one for each layout of documents."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from queries.logs.types import LogLine
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.elastic.traces import ElasticTraceStore
from queries.stores.log_store import LogStore
from queries.stores.trace_store import TraceStore
from queries.traces.types import Span
from tests.integration.stores.elastic_documents import LOG_WRITERS, SPAN_EVENTS, SPAN_WRITERS, mapping
from tests.integration.stores.elastic_node import put_documents, put_index, shared_node

_NUMBERS: Final = itertools.count(1)  # every store has an index of its own


def log_store(layout: str, lines: Sequence[LogLine]) -> LogStore:
    """A store that holds these lines, in this order, and has to recognise the layout. Skips without a node."""
    url, index = shared_node().url, f"made-{layout}-{next(_NUMBERS)}"
    put_index(url, index, mapping("otel-logs" if layout == "otel" else layout))
    put_documents(url, [(index, LOG_WRITERS[layout](line)) for line in lines])
    return ElasticLogStore(ElasticSettings(url=url, log_index=index))


def trace_store(layout: str, spans: Sequence[Span], shards: int = 1) -> TraceStore:
    """A store that holds these spans; events of OpenTelemetry's layout lie in an index that all share."""
    url, index = shared_node().url, f"made-{layout}-spans-{next(_NUMBERS)}"
    put_index(url, index, mapping(layout), number_of_shards=shards)
    if layout == "otel":
        put_index(url, SPAN_EVENTS, mapping("otel-logs"))
    results = [document for span in spans for document in SPAN_WRITERS[layout](span)]
    put_documents(url, [(place if place == SPAN_EVENTS else index, match) for place, match in results])
    return ElasticTraceStore(ElasticSettings(url=url, trace_index=index))


LOG_MAKERS: Final[Mapping[str, Callable[[Sequence[LogLine]], LogStore]]] = {
    f"elastic-{layout}": partial(log_store, layout) for layout in LOG_WRITERS
}
TRACE_MAKERS: Final[Mapping[str, Callable[[Sequence[Span]], TraceStore]]] = {
    f"elastic-{layout}": partial(trace_store, layout) for layout in SPAN_WRITERS
}
