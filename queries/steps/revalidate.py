"""Serve what is at hand while a fetch runs behind it.

Here the viewer's thread parts from the fetch: `begin` answers from memory or sees to it that a fetch is under way,
`finish` waits for it, briefly when an older answer can be shown, else until the viewer's deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace

import numpy as np

from queries.deadline import Deadline
from queries.errors import QueryError, QueryRejected, SourceUnavailable
from queries.extents import Piece, assemble
from queries.frame import Frame
from queries.intervals import Span
from queries.request import Origin
from queries.steps.base import Call, Handler, Parts, Reply
from queries.steps.cache import lookup

# How far back a single instant may be when nothing newer can be had.
_INSTANT_REACH = 3_600


@dataclass(frozen=True)
class Late:
    """The deadline passed first."""


@dataclass(frozen=True)
class Aged:
    """A reply that is not what the backend would say now: how old it is, in seconds, and why it is all there is."""

    reply: Reply
    age: float
    error: QueryError | None = None


Ticket = Callable[[Deadline], Reply | Aged | Late]


def begin(parts: Parts, fetch: Handler, call: Call) -> Ticket:
    """Start what has to be started; the ticket gives the answer, or raises QueryError."""
    if isinstance(refusal := parts.brief.get(call.request), QueryRejected):
        return _raising(refusal)
    if (found := lookup(parts, call)) is not None:
        return lambda _deadline: found
    pool = parts.fetch_pools[call.request.source]
    flight, joined = parts.flights.share(call.request, lambda: pool.submit(_fetched, parts, fetch, call))
    if joined:
        parts.stats.joined.labels("request").inc()
    return lambda deadline: _finish(parts, call, flight, joined, deadline)


def _fetched(parts: Parts, fetch: Handler, call: Call) -> Reply:
    # The time it may take begins when it begins, not while it queues.
    try:
        return fetch(replace(call, deadline=Deadline.after(parts.settings.fetch_seconds)))
    except QueryRejected as error:
        parts.brief.put(call.request, error, parts.settings.rejected_seconds)
        raise


def _finish(parts: Parts, call: Call, flight: Future[Reply], joined: bool, deadline: Deadline) -> Reply | Aged | Late:
    aged = _at_hand(parts, call)
    patience = deadline.earlier(parts.settings.patience) if aged else deadline
    try:
        reply = flight.result(patience.remaining)
    except FutureTimeout:
        return aged or Late()
    except SourceUnavailable as error:
        if aged is None:
            raise
        return replace(aged, error=error)
    return replace(reply, origin=Origin.JOINED) if joined and reply.origin is Origin.FRESH else reply


def _at_hand(parts: Parts, call: Call) -> Aged | None:
    """The last good answer as far as it reaches into the window, from memory or the shared tier."""
    pieces = parts.memory.get(call.key)
    reach = Span(call.span.first - _INSTANT_REACH // call.grid.step, call.span.last)
    wanted = reach if call.span.points == 1 else call.span
    useful = [part for piece in pieces if (part := piece.crop(wanted)) is not None]
    if not useful:
        return None
    newest = max(useful, key=lambda piece: piece.span.last)
    frame = _carried(newest, call) if call.span.points == 1 else assemble(useful, call.span, call.grid)
    reply = Reply(frame, Origin.STALE, samples_reused=frame.samples)
    return Aged(reply, max(0.0, parts.clock() - newest.fetched))


def _carried(newest: Piece, call: Call) -> Frame:
    """The newest known instant, shown at the asked one."""
    frame = assemble((newest,), Span(newest.span.last, newest.span.last), call.grid)
    return replace(frame, times=np.array([call.request.window.end], dtype=np.int64))


def _raising(error: QueryError) -> Ticket:
    def finish(_deadline: Deadline) -> Reply:
        raise error

    return finish
