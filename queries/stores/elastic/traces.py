"""The trace store over Elasticsearch: the traces of every layout that lies in the cluster."""

from __future__ import annotations

from collections.abc import Sequence

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search.results import Facet, FieldList, Range, SignificantValues
from queries.stores.elastic.client import NAME, Cluster, ElasticSettings
from queries.stores.elastic.trace_lane import TraceLane
from queries.stores.elastic.trace_layout import TraceLayout
from queries.stores.elastic.trace_layouts import TRACE_LAYOUTS
from queries.stores.merged_traces import MergedTraces
from queries.stores.trace_store import TraceStore
from queries.traces.types import (
    OperationList,
    Scatter,
    ServiceList,
    ServiceMap,
    Span,
    Trace,
    TraceList,
    TracePage,
    TracePaging,
    TraceQuery,
    TraceSummary,
)


class ElasticTraceStore:
    """`TraceStore` over one cluster. Safe for threads, and for any number of processes."""

    name = NAME

    def __init__(self, settings: ElasticSettings) -> None:
        """Raises InvalidInput for a layout that is not known."""
        self._cluster = Cluster(settings)
        self._lanes = [
            TraceLane(self._cluster, layout, settings.trace_index) for layout in _layouts(settings.trace_layout)
        ]

    def search(self, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> TracePage:
        """One page of traces."""
        return self._store(deadline).search(query, paging, deadline)

    def services(self, query: TraceQuery, limit: int, deadline: Deadline) -> ServiceList:
        """Services of the matching spans."""
        return self._store(deadline).services(query, limit, deadline)

    def operations(self, query: TraceQuery, limit: int, deadline: Deadline) -> OperationList:
        """Operations of the matching spans."""
        return self._store(deadline).operations(query, limit, deadline)

    def trace(self, trace_id: str, deadline: Deadline, near: Range | None = None, details: bool = True) -> Trace:
        """All spans of a trace, by start."""
        return self._store(deadline).trace(trace_id, deadline, near, details)

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        """Several traces in one question."""
        return self._store(deadline).traces(trace_ids, deadline)

    def span(self, trace_id: str, key: str, deadline: Deadline) -> Span:
        """One span with everything it has."""
        return self._store(deadline).span(trace_id, key, deadline)

    def scatter(self, query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        """Matching spans as points."""
        return self._store(deadline).scatter(query, limit, deadline)

    def duration_at(self, query: TraceQuery, percent: float, deadline: Deadline) -> int | None:
        """A percentile of the matching spans' durations, as the cluster estimates it."""
        return self._store(deadline).duration_at(query, percent, deadline)

    def typical(self, query: TraceQuery, but: str, deadline: Deadline) -> TraceSummary | None:
        """A trace whose matching span is close to the median duration, free of errors."""
        return self._store(deadline).typical(query, but, deadline)

    def service_map(self, range_: Range, deadline: Deadline) -> ServiceMap:
        """Who calls whom, out of the newest spans."""
        return self._store(deadline).service_map(range_, deadline)

    def fields(self, query: TraceQuery, limit: int, deadline: Deadline) -> FieldList:
        """Attributes there are."""
        return self._store(deadline).fields(query, limit, deadline)

    def values(self, query: TraceQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with the prefix."""
        return self._store(deadline).values(query, field, prefix, size, deadline)

    def significant_values(
        self, selection: TraceQuery, around: TraceQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Tags that tell the selection from the rest."""
        return self._store(deadline).significant_values(selection, around, size, deadline)

    def close(self) -> None:
        """Close the connections."""
        self._cluster.close()

    def _store(self, deadline: Deadline) -> TraceStore:
        """The lanes that have documents: those with a mark of their layout, else the first that has an index at all."""
        lanes = [(lane, lane.schema(deadline)) for lane in self._lanes]
        marked = [lane for lane, schema in lanes if any(schema.caps.kind(mark) for mark in schema.layout.marks)]
        there = marked or [lane for lane, schema in lanes if schema.indices][:1] or self._lanes[:1]
        return there[0] if len(there) == 1 else MergedTraces(there)


def _layouts(name: str) -> list[TraceLayout]:
    """The layout of that name, or all. Raises InvalidInput."""
    layouts = [layout for layout in TRACE_LAYOUTS if name in ("auto", layout.name)]
    if not layouts:
        known = ", ".join(layout.name for layout in TRACE_LAYOUTS)
        raise InvalidInput("layout", f"“{name}” is not a known layout.", f"Choose auto or one of: {known}.")
    return layouts
