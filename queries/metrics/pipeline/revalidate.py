"""Serve what is at hand while a fetch runs behind it.

Here the viewer's thread parts from the fetch: `begin` answers from memory or sees to it that a fetch is under way,
`finish` waits for it, briefly when an older answer can be shown, else until the viewer's deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace
from typing import Final

from queries.core.deadline import Deadline
from queries.core.errors import LimitExceeded, QueryError, QueryRejected, SourceUnavailable
from queries.metrics.pipeline.base import Call, Handler, Parts, Reply
from queries.metrics.pipeline.cache import lookup
from queries.metrics.pipeline.stale import Aged, at_hand, instead
from queries.metrics.request import Origin

# While a fetch is under way, less than this share of the window is not worth showing instead.
_ENOUGH: Final = 0.5


@dataclass(frozen=True)
class Late:
    """The deadline passed first."""


Ticket = Callable[[Deadline], Reply | Aged | Late]


def begin(parts: Parts, fetch: Handler, call: Call) -> Ticket:
    """Start what has to be started; the ticket gives the answer, or raises QueryError."""
    if isinstance(refusal := parts.brief.get(call.request), QueryError):
        return lambda _deadline: instead(parts, call, refusal)
    found = lookup(parts, call)
    if found is not None:
        if not parts.watches[call.request.source].is_due(call.key):
            return lambda _deadline: found
        call = replace(call, confirm=True)
    pool = parts.fetch_pools[call.request.source]
    flight, joined = parts.flights.share(call.request, lambda: pool.submit(_fetched, parts, fetch, call))
    if joined:
        parts.stats.joined.labels("request").inc()
    if found is not None:
        return lambda deadline: _landing(flight, found, deadline.earlier(parts.settings.patience))
    return lambda deadline: _finish(parts, call, flight, joined, deadline)


def _fetched(parts: Parts, fetch: Handler, call: Call) -> Reply:
    outcome = _tried(parts, fetch, call)
    if isinstance(outcome, QueryError):
        raise outcome  # here, outside of the handler: the future is shared and must hold no answer's bytes
    return outcome


def _tried(parts: Parts, fetch: Handler, call: Call) -> Reply | QueryError:
    # The time it may take begins when it begins, not while it queues.
    try:
        return fetch(replace(call, deadline=Deadline.after(parts.settings.fetch_seconds)))
    except QueryError as error:
        if isinstance(error, QueryRejected | LimitExceeded):
            parts.brief.put(call.request, error, parts.settings.rejected_seconds)
        return error.without_frames()


def _finish(parts: Parts, call: Call, flight: Future[Reply], joined: bool, deadline: Deadline) -> Reply | Aged | Late:
    """The fetched reply; what is at hand when that takes long; what is known at all when the deadline passes."""
    try:
        try:
            reply = flight.result(deadline.earlier(parts.settings.patience).remaining)
        except FutureTimeout:
            # Whole by now: the fetch is about to end, and its own reply tells the story better.
            whole = lookup(parts, call)
            if whole is None and (aged := at_hand(parts, call, _ENOUGH)) is not None:
                return aged
            reply = _landing(flight, whole, deadline.earlier(parts.settings.patience) if whole else deadline)
    except FutureTimeout:
        return at_hand(parts, call, shared=True) or Late()
    except CancelledError:  # the engine is being closed
        raise SourceUnavailable(call.request.source, "The query was cancelled: the server is stopping.") from None
    except QueryError as error:
        return instead(parts, call, error)
    return replace(reply, origin=Origin.JOINED) if joined and reply.origin is Origin.FRESH else reply


def _landing(flight: Future[Reply], whole: Reply | None, deadline: Deadline) -> Reply:
    """What the fetch brings; what is at hand as a whole when it brings nothing in time."""
    try:
        return flight.result(deadline.remaining)
    except (FutureTimeout, SourceUnavailable):
        if whole is None:
            raise
        return whole
