"""What the stores know of a search, of the lines around a line, or of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pages.logs.query import LineQuery, LogsQuery, RequestQuery, SearchQuery, is_narrowed
from pages.session import Session
from pages.store_call import StoreResult, result_of
from queries.core.errors import QueryError
from queries.logs.names import canonical_name
from queries.logs.types import LogContext, LogExplorer, LogPage, LogPatterns, LogQuery
from queries.search.results import FieldList, Filter, SignificantValues
from queries.traces.types import Span, TracePaging, TraceQuery

FACET: Final = 10
FACETS: Final = {
    "level": "Level",
    "service": "Service",
    "logger": "Logger",
    "host": "Host",
    "environment": "Environment",
    "Endpoint": "Endpoint",
    "ProviderId": "Provider",
    "Model": "Model",
    "StatusCode": "Status code",
    "Status": "Status",
    "exception.type": "Exception",
}
BUCKETS: Final = 90
FIELDS: Final = 60
KNOWN: Final = 500  # fields of the range, to tell a stranger by
PATTERNS: Final = 60
MOST_VALUES: Final = 60
LINES: Final = 500
TRACES: Final = 5


@dataclass(frozen=True)
class SearchModel:
    """A page of lines with what stands beside it; None where nobody asked.

    `known` are the fields of the range where no line matches, to tell which field of the search does not exist.
    """

    explorer: LogExplorer
    fields: StoreResult[FieldList]
    known: StoreResult[FieldList] | None
    patterns: StoreResult[LogPatterns] | None
    different: StoreResult[SignificantValues] | None


@dataclass(frozen=True)
class RequestSpans:
    """Spans of the traces of a request, which of these were not kept, and what else people should know."""

    spans: tuple[Span, ...] = ()
    trace_ids: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestModel:
    """Everything of one correlation id."""

    page: LogPage
    spans: RequestSpans


LogsModel = SearchModel | LogContext | RequestModel


def load(query: LogsQuery, session: Session) -> LogsModel:
    """The model of what is asked. Raises QueryError when the lines themselves have no answer."""
    if isinstance(query, RequestQuery):
        return _request(query, session)
    if isinstance(query, LineQuery):
        store = session.need_logs()
        return store.context(query.line, query.around, query.before, query.after, session.deadline)
    return _search(query, session)


def _search(query: SearchQuery, session: Session) -> SearchModel:
    store, deadline, whole = session.need_logs(), session.deadline, LogQuery(query.lines.range)
    facets = tuple(dict.fromkeys((*FACETS, *query.url.all("facet"))))
    fields = session.call(lambda: store.fields(whole, FIELDS, deadline))
    grouped = query.view == "patterns"
    patterns = session.call(lambda: store.patterns(query.lines, PATTERNS, deadline)) if grouped else None
    compared = query.view == "different" and is_narrowed(query.lines)
    different = (
        session.call(lambda: store.significant_values(query.lines, whole, MOST_VALUES, deadline)) if compared else None
    )
    explorer = store.explore(query.lines, query.paging, BUCKETS, facets, FACET, deadline)
    strange = not explorer.page.lines and any(not canonical_name(name) for name in query.fields)
    known = result_of(lambda: store.fields(whole, KNOWN, deadline)) if strange else None
    return SearchModel(
        explorer,
        fields.result(),
        known,
        patterns.result() if patterns else None,
        different.result() if different else None,
    )


def _request(query: RequestQuery, session: Session) -> RequestModel:
    page = session.need_logs().correlated(query.correlation, LINES, session.deadline)
    return RequestModel(page, _spans(query, session, page))


def _spans(query: RequestQuery, session: Session, page: LogPage) -> RequestSpans:
    """The spans of the traces that the lines name; without such lines, of traces that carry the id themselves."""
    if session.traces is None:
        return RequestSpans(notes=("Traces are not set up: only log lines are shown.",))
    try:
        named = dict.fromkeys(line.trace_id for line in page.lines if line.trace_id) or _search_traces(query, session)
        ids = tuple(named)[:TRACES]
        traces = session.traces.traces(ids, session.deadline) if ids else None
    except QueryError as error:
        return RequestSpans(notes=(f"{error.sentence} Its spans are missing here.",))
    notes = [f"Spans of the first {TRACES} of {len(named)} traces are shown."] if len(named) > TRACES else []
    loaded = tuple(trace.trace_id for trace in traces.traces) if traces else ()
    missing = tuple(trace_id for trace_id in ids if trace_id.lower() not in loaded)
    return RequestSpans(traces.spans if traces else (), loaded, missing, tuple(notes))


def _search_traces(query: RequestQuery, session: Session) -> dict[str, None]:
    search = TraceQuery(query.url.range, filters=(Filter("correlation.id", (query.correlation,)),))
    matches = session.need_traces().search(search, TracePaging(TRACES), session.deadline)
    return dict.fromkeys(trace.trace_id for trace in matches.traces)
