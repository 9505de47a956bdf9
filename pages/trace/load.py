"""A trace, a span of it with its log lines, and the spans that a search matches, as the stores know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pages.page_url import PageUrl
from pages.session import Session
from pages.store_call import StoreResult, result_of
from queries.core.errors import InvalidInput
from queries.logs.types import LogPage, LogQuery, Paging
from queries.search.results import NANO, Filter, Range
from queries.traces.arrange import Arranged, arrange
from queries.traces.types import Span, TraceQuery

MARGIN_S: Final = 60  # log lines are looked for so much before and after the trace
LINES: Final = 500
SPAN_LINES: Final = 50
MATCHES: Final = 10_000  # spans of one trace that a search marks
_WIDER: Final = 60 * NANO  # corrected times may lie so far from those that are searched
_ID: Final = frozenset("0123456789abcdefABCDEF-")


@dataclass(frozen=True)
class TraceIdQuery:
    """A trace by its id, with its times as they were recorded or with clocks corrected."""

    url: PageUrl
    trace_id: str
    as_recorded: bool


@dataclass(frozen=True)
class TraceModel:
    """A trace, and whether there is a store with its log lines."""

    trace: Arranged
    has_logs: bool


@dataclass(frozen=True)
class SpanModel:
    """A span with everything it has; its lines are None where no store of logs is set up."""

    span: Span
    lines: StoreResult[LogPage] | None


def read(url: PageUrl) -> TraceIdQuery:
    """What the URL asks for. Raises InvalidInput."""
    return TraceIdQuery(url, trace_id_of(url), shows_recorded_times(url))


def trace_id_of(url: PageUrl, name: str = "id") -> str:
    """The id that a parameter names. Raises InvalidInput."""
    trace_id = url.value(name).lower()
    if not trace_id or len(trace_id) > 64 or set(trace_id) - _ID:
        raise InvalidInput(name, f"“{trace_id[:40]}” is not a valid trace id.", "It has 32 hexadecimal digits.")
    return trace_id


def shows_recorded_times(url: PageUrl) -> bool:
    """Whether times are wanted as they were recorded. Raises InvalidInput."""
    return url.choice("times", ("corrected", "recorded"), "corrected") == "recorded"


def load(query: TraceIdQuery, session: Session) -> TraceModel:
    """The trace. Raises QueryError."""
    trace = load_tree(query.trace_id, session, as_recorded=query.as_recorded)
    return TraceModel(trace, session.logs is not None)


def load_tree(trace_id: str, session: Session, *, as_recorded: bool = False) -> Arranged:
    """A trace as a tree. Raises QueryError."""
    return arrange(session.need_traces().trace(trace_id, session.deadline), as_recorded=as_recorded)


def load_span(trace_id: str, key: str, session: Session) -> SpanModel:
    """A span and its log lines. Raises QueryError when the span has no answer."""
    span, logs = session.need_traces().span(trace_id, key, session.deadline), session.logs
    if logs is None:
        return SpanModel(span, None)
    query = _lines_of(span.start_ns, span.end_ns, "span_id", span.span_id)
    paging = Paging(SPAN_LINES, oldest_first=True)
    return SpanModel(span, result_of(lambda: logs.search(query, paging, session.deadline)))


def load_lines(trace: Arranged, session: Session) -> LogPage:
    """All log lines of a trace by time. Raises QueryError."""
    query = _lines_of(trace.start_ns, trace.start_ns + trace.duration_ns, "trace_id", trace.trace_id)
    return session.need_logs().search(query, Paging(LINES, oldest_first=True), session.deadline)


def matching_keys(trace: Arranged, text: str, session: Session) -> dict[str, Any]:
    """The keys of the spans of the trace that a search (in the grammar of the search box) matches.

    Raises QueryError.
    """
    query = TraceQuery(
        Range(min(span.start_ns for span in trace.spans) - _WIDER, trace.start_ns + trace.duration_ns + _WIDER),
        filters=(Filter("trace_id", (trace.trace_id,)),),
        text=text,
    )
    matched = session.need_traces().scatter(query, MATCHES, session.deadline)
    matches = {(dot.span_id, dot.service, dot.name) for dot in matched.dots}
    keys = [
        key
        for key, span in zip(trace.keys, trace.spans, strict=True)
        if (span.span_id, span.service, span.name) in matches
    ]
    notes = [*matched.quality.notes]
    if matched.total.value > len(matched.dots):
        notes.append(f"Only {len(matched.dots):,} of {matched.total.value:,} matching spans are marked.")
    return {"keys": keys, "notes": notes}


def _lines_of(start_ns: int, end_ns: int, field: str, value: str) -> LogQuery:
    margin = MARGIN_S * NANO
    # Whole minutes, so that the question is the same whichever span asks it.
    aligned = Range((start_ns - margin) // margin * margin, -(-(end_ns + margin) // margin) * margin)
    return LogQuery(aligned, filters=(Filter(field, (value,)),))
