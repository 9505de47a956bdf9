"""What the pages ask of a store of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from queries.core.deadline import Deadline
from queries.search.results import Facet, FieldList, Range, SignificantValues
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


class TraceStore(Protocol):
    """Every method raises QueryError (GrammarError for the search box) and keeps the deadline; parts are marked."""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        ...

    def search(self, query: TraceQuery, paging: TracePaging, deadline: Deadline) -> TracePage:
        """One page of traces."""
        ...

    def services(self, query: TraceQuery, limit: int, deadline: Deadline) -> ServiceList:
        """Services of the matching spans, with counts."""
        ...

    def operations(self, query: TraceQuery, limit: int, deadline: Deadline) -> OperationList:
        """Operations of the matching spans, with counts and percentiles."""
        ...

    def trace(self, trace_id: str, deadline: Deadline, near: Range | None = None, details: bool = True) -> Trace:
        """All spans of a trace, by start. Raises InvalidInput when there are none.

        `near` narrows where to look; `details=False` leaves out attributes, events and links of large traces.
        """
        ...

    def traces(self, trace_ids: Sequence[str], deadline: Deadline) -> TraceList:
        """Several traces in one question; those that are not there are left out."""
        ...

    def span(self, trace_id: str, key: str, deadline: Deadline) -> Span:
        """One span with everything it has, by its id or (where spans share one) its key in `Arranged.keys`.

        Raises InvalidInput when there is none.
        """
        ...

    def scatter(self, query: TraceQuery, limit: int, deadline: Deadline) -> Scatter:
        """Matching spans as points of duration over time."""
        ...

    def duration_at(self, query: TraceQuery, percent: float, deadline: Deadline) -> int | None:
        """The duration in nanoseconds that so many percent of the matching spans do not exceed; None without spans."""
        ...

    def typical(self, query: TraceQuery, but: str, deadline: Deadline) -> TraceSummary | None:
        """A trace whose matching span is close to the median duration, free of errors; what a slow one compares to.

        `but` is the id of a trace that is not meant; empty for none.
        """
        ...

    def service_map(self, range_: Range, deadline: Deadline) -> ServiceMap:
        """Who calls whom in the range."""
        ...

    def fields(self, query: TraceQuery, limit: int, deadline: Deadline) -> FieldList:
        """Attributes there are, for completion."""
        ...

    def values(self, query: TraceQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with `prefix`."""
        ...

    def significant_values(
        self, selection: TraceQuery, around: TraceQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Tags that tell the selection (slow, failing) from the rest; `around` holds the selection and the rest."""
        ...

    def close(self) -> None:
        """Let go of connections and temporary files."""
        ...
