"""Query and result types of traces. Instants and durations are nanoseconds; all texts are untrusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from queries.search.results import Count, Filter, Quality, Range

Status = Literal["unset", "ok", "error"]
Kind = Literal["", "internal", "server", "client", "producer", "consumer"]
Sort = Literal["newest", "slowest", "fastest", "oldest"]


@dataclass(frozen=True)
class SpanEvent:
    """Something that happened within a span; an exception is an event of that name with `exception.*` attributes."""

    at_ns: int
    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SpanLink:
    """An OpenTelemetry span link: a related span of this or another trace."""

    trace_id: str
    span_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """One span (OpenTelemetry). `parent_id` is empty for a root; negative durations are kept as written.

    `has_details` is False if attributes, events and links were not fetched; `TraceStore.span` fetches them.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    start_ns: int
    duration_ns: int
    kind: Kind = ""
    status: Status = "unset"
    status_message: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    resource: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()
    scope: str = ""
    has_details: bool = True

    @property
    def end_ns(self) -> int:
        """When it ended."""
        return self.start_ns + self.duration_ns

    @property
    def is_error(self) -> bool:
        """Whether its status says so."""
        return self.status == "error"


@dataclass(frozen=True)
class Trace:
    """The spans of one trace by start. `missing` is how many are known to exist beyond the limit."""

    trace_id: str
    spans: tuple[Span, ...]
    missing: int = 0
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class TraceList:
    """Several traces in the requested order, without those that do not exist or have been deleted."""

    traces: tuple[Trace, ...]
    quality: Quality = field(default_factory=Quality)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans of all of them."""
        return tuple(span for trace in self.traces for span in trace.spans)


@dataclass(frozen=True)
class TraceSummary:
    """One trace of a list.

    `service`, `name`, `start_ns`, `duration_ns` are the root's; without a root (`has_root`) those of the span that
    begins first. `matched_*` is the span that the query found: the first of them in the asked order. `services` counts
    spans by service.
    """

    trace_id: str
    service: str
    name: str
    start_ns: int
    duration_ns: int
    spans: int
    errors: int
    services: Mapping[str, int]
    has_root: bool
    matched_span_id: str
    matched_service: str
    matched_name: str
    matched_duration_ns: int
    matched_start_ns: int
    matched_error: bool


@dataclass(frozen=True)
class TraceQuery:
    """Which traces: those with a span that starts in `range` and satisfies everything that is given.

    Durations are those of the span, in nanoseconds, both ends included. `text` is the search grammar over the span's
    fields (`name`, `service`, `status`, `kind`, `duration` in ms, and its attributes). `only` asks fewer
    spans: `roots` have no parent, or are the first that there are of a trace whose root is missing; `entries` are those
    and the ones that serve a call from outside (kind server or consumer).
    """

    range: Range
    service: str = ""
    operation: str = ""
    status: Status | Literal[""] = ""
    min_ns: int | None = None
    max_ns: int | None = None
    filters: tuple[Filter, ...] = ()
    text: str = ""
    only: Literal["", "roots", "entries"] = ""


@dataclass(frozen=True)
class TracePaging:
    """One page; `cursor` comes from the previous page."""

    limit: int = 50
    sort: Sort = "newest"
    cursor: str = ""


@dataclass(frozen=True)
class TracePage:
    """Traces in the requested order. `total` counts traces; `next` is a cursor, empty at the end."""

    traces: tuple[TraceSummary, ...]
    total: Count
    next: str = ""
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class OperationCount:
    """An operation (span name) of a service. Percentiles are nanoseconds and may be approximate."""

    name: str
    spans: int
    errors: int
    p50_ns: float = 0.0
    p95_ns: float = 0.0


@dataclass(frozen=True)
class ServiceCount:
    """A service with its spans in the range."""

    name: str
    spans: int
    errors: int


@dataclass(frozen=True)
class ServiceList:
    """Services by number of spans; `others` counts the spans of services beyond the limit."""

    services: tuple[ServiceCount, ...]
    others: int = 0
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class OperationList:
    """Operations by number of spans; `others` counts the spans of operations beyond the limit."""

    operations: tuple[OperationCount, ...]
    others: int = 0
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class Dot:
    """One matching span in the scatter."""

    trace_id: str
    span_id: str
    start_ns: int
    duration_ns: int
    error: bool
    service: str
    name: str


@dataclass(frozen=True)
class Scatter:
    """Matching spans over time; beyond the limit: the slowest, the failed and a random sample of the others."""

    dots: tuple[Dot, ...]
    total: Count
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class MapNode:
    """A service, or a callee that sends no spans (`external`: a database, a cache, a provider)."""

    name: str
    external: bool = False
    spans: int = 0
    errors: int = 0


@dataclass(frozen=True)
class MapEdge:
    """Calls from one node to another; percentiles in nanoseconds, measured at the caller if it was traced."""

    source: str
    target: str
    calls: int
    errors: int
    p50_ns: float
    p95_ns: float


@dataclass(frozen=True)
class ServiceMap:
    """Nodes and edges from `looked_at` spans out of `total`; counts are those of these spans, not extrapolated."""

    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]
    looked_at: int
    total: Count
    quality: Quality = field(default_factory=Quality)
