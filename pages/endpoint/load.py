"""What the stores know of an endpoint: every part is asked at the same time and may fail for itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pages import differences
from pages.endpoint.query import EndpointQuery
from pages.endpoint.time_shares import TimeShare, time_shares
from pages.session import Session
from pages.store_call import StoreResult
from queries.logs.types import LogPatterns
from queries.search.results import Facet, SignificantValues
from queries.traces.arrange import arrange
from queries.traces.types import Sort, TracePage, TracePaging

LISTED: Final = 5
SAMPLE: Final = 20  # traces whose time is split up
LOOKED_AT: Final = 100  # among so many of the newest


@dataclass(frozen=True)
class TimeShares:
    """Where the time of some requests went; `without_errors` if none of them failed."""

    shares: tuple[TimeShare, ...]
    traces: int
    without_errors: bool


@dataclass(frozen=True)
class Errors:
    """Error lines by template, and their exceptions."""

    patterns: LogPatterns
    exceptions: Facet


@dataclass(frozen=True)
class EndpointModel:
    """What there is to show; `different` is None when nobody asked."""

    shares: StoreResult[TimeShares]
    slowest: StoreResult[TracePage]
    failing: StoreResult[TracePage]
    errors: StoreResult[Errors]
    different: StoreResult[SignificantValues | None] | None


def load(query: EndpointQuery, session: Session) -> EndpointModel:
    """All parts."""
    shares = session.call(lambda: _shares(query, session))
    slowest = session.call(lambda: _traces(query, session, "", "slowest"))
    failing = session.call(lambda: _traces(query, session, "error", "newest"))
    errors = session.call(lambda: _errors(query, session))
    different = session.call(lambda: _different(query, session)) if query.different else None
    return EndpointModel(
        shares.result(),
        slowest.result(),
        failing.result(),
        errors.result(),
        different.result() if different else None,
    )


def _traces(query: EndpointQuery, session: Session, status: str, sort: Sort) -> TracePage:
    filtered = replace(query.traces, status=status or query.traces.status)  # type: ignore[arg-type]
    return session.need_traces().search(filtered, TracePaging(LISTED, sort), session.deadline)


def _errors(query: EndpointQuery, session: Session) -> Errors:
    store = session.need_logs()
    patterns = store.patterns(query.errors, LISTED, session.deadline)
    if not patterns.patterns:
        return Errors(patterns, Facet("exception.type", ()))
    facets = store.facets(query.errors, ("exception.type",), LISTED, session.deadline)
    return Errors(patterns, facets.facets[0])


def _different(query: EndpointQuery, session: Session) -> SignificantValues | None:
    return differences.load(session.need_traces(), query.traces, query.different, session.deadline)


def _shares(query: EndpointQuery, session: Session) -> TimeShares:
    """Where the time of a sample of requests went."""
    store = session.need_traces()
    newest = store.search(query.traces, TracePaging(LOOKED_AT), session.deadline).traces
    # Every failure is kept but only a share of the rest: among the newest, failures stand for more than they are.
    successful = [trace for trace in newest if not trace.errors]
    ids = [trace.trace_id for trace in (successful or newest)[:SAMPLE]]
    traces = [arrange(trace) for trace in store.traces(ids, session.deadline).traces] if ids else []
    return TimeShares(time_shares(traces), len(traces), bool(successful))
