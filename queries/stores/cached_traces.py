"""A store of traces whose answers are cached."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Final, TypeVar

from queries.core.deadline import Deadline
from queries.search.results import Facet, FieldList, Range, SignificantValues
from queries.stores.health import StoreHealth
from queries.stores.query_cache import Answers, Source
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

T = TypeVar("T")
# Seconds for which answers are good: lists grow all the time, a trace that is complete does not change.
_LISTS: Final = 10.0
_TRACES: Final = 30.0
_SPANS: Final = 60.0


class CachedTraceStore:
    """`TraceStore` over another one: the same question is asked once and its answer kept for seconds."""

    def __init__(self, store: TraceStore, answers: Answers, health: StoreHealth | None = None) -> None:
        self._store, self._answers = store, answers
        self._source = Source(store.name, health)

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return self._store.name

    def through(self, answers: Answers) -> CachedTraceStore:
        """The same store, its answers taken from elsewhere."""
        return CachedTraceStore(self._store, answers, self._source.health)

    def search(self, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> TracePage:
        """One page of traces."""
        ask = partial(self._store.search, query, paging, deadline)
        return self._get(("search", query, paging), ask, deadline, _LISTS)

    def services(self, query: TraceQuery, limit: int, deadline: Deadline) -> ServiceList:
        """Services of the matching spans."""
        ask = partial(self._store.services, query, limit, deadline)
        return self._get(("services", query, limit), ask, deadline, _LISTS)

    def operations(self, query: TraceQuery, limit: int, deadline: Deadline) -> OperationList:
        """Operations of the matching spans."""
        ask = partial(self._store.operations, query, limit, deadline)
        return self._get(("operations", query, limit), ask, deadline, _LISTS)

    def trace(self, trace_id: str, deadline: Deadline, near: Range | None = None, details: bool = True) -> Trace:
        """All spans of a trace."""
        ask = partial(self._store.trace, trace_id, deadline, near, details)
        return self._get(("trace", trace_id, near, details), ask, deadline, _TRACES)

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        """Several traces in one question."""
        ask = partial(self._store.traces, trace_ids, deadline)
        return self._get(("traces", tuple(trace_ids)), ask, deadline, _TRACES)

    def span(self, trace_id: str, key: str, deadline: Deadline) -> Span:
        """One span with everything it has."""
        return self._get(("span", trace_id, key), partial(self._store.span, trace_id, key, deadline), deadline, _SPANS)

    def scatter(self, query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        """Matching spans as points."""
        ask = partial(self._store.scatter, query, limit, deadline)
        return self._get(("scatter", query, limit), ask, deadline, _LISTS)

    def duration_at(self, query: TraceQuery, percent: float, deadline: Deadline) -> int | None:
        """A percentile of the durations."""
        ask = partial(self._store.duration_at, query, percent, deadline)
        return self._get(("duration_at", query, percent), ask, deadline, _LISTS)

    def typical(self, query: TraceQuery, but: str, deadline: Deadline) -> TraceSummary | None:
        """A trace close to the median duration."""
        ask = partial(self._store.typical, query, but, deadline)
        return self._get(("typical", query, but), ask, deadline, _SPANS)

    def service_map(self, range_: Range, deadline: Deadline) -> ServiceMap:
        """Who calls whom in the range."""
        return self._get(("service_map", range_), partial(self._store.service_map, range_, deadline), deadline, _TRACES)

    def fields(self, query: TraceQuery, limit: int, deadline: Deadline) -> FieldList:
        """Attributes there are."""
        ask = partial(self._store.fields, query, limit, deadline)
        return self._get(("fields", query, limit), ask, deadline, _SPANS)

    def values(self, query: TraceQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with `prefix`."""
        ask = partial(self._store.values, query, field, prefix, size, deadline)
        return self._get(("values", query, field, prefix, size), ask, deadline, _TRACES)

    def significant_values(
        self, selection: TraceQuery, around: TraceQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Tags that tell the selection from the rest."""
        ask = partial(self._store.significant_values, selection, around, size, deadline)
        return self._get(("significant_values", selection, around, size), ask, deadline, _LISTS)

    def close(self) -> None:
        """Let go of connections and temporary files."""
        self._store.close()

    def _get(self, question: Hashable, ask: Callable[[], T], deadline: Deadline, seconds: float) -> T:
        return self._answers.get(self._source, ("traces", question), ask, deadline, seconds)
