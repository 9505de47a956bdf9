"""Serve what is at hand while a fetch runs behind it.

Here the viewer's thread parts from the fetch: `begin` answers from memory or sees to it that a fetch is under way,
`finish` waits for it, briefly when an older answer can be shown, else until the viewer's deadline.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from queries.deadline import Deadline
from queries.errors import LimitExceeded, QueryError, QueryRejected, SourceUnavailable
from queries.extents import Freshness, Piece, absorb, assemble
from queries.frame import Frame
from queries.intervals import Span, covered, intersect
from queries.request import Origin
from queries.steps.base import Call, Handler, Parts, Reply
from queries.steps.cache import lookup

# While a fetch is under way, less than this share of the window is not worth showing instead.
_ENOUGH: Final = 0.5
# When nothing can be had, everything that was ever fetched is welcome, marked with its age.
_ANY: Final = Freshness(now=0.0, fresh_for=math.inf, life=math.inf, skew=math.inf)
# How far back a single instant may be when nothing newer can be had.
_INSTANT_REACH: Final = 3_600


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
    if isinstance(refusal := parts.brief.get(call.request), QueryError):
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
    except (QueryRejected, LimitExceeded) as error:
        parts.brief.put(call.request, error, parts.settings.rejected_seconds)
        raise


def _finish(parts: Parts, call: Call, flight: Future[Reply], joined: bool, deadline: Deadline) -> Reply | Aged | Late:
    """The fetched reply; what is at hand when that takes long; what is known at all when the deadline passes."""
    try:
        try:
            reply = flight.result(deadline.earlier(parts.settings.patience).remaining)
        except FutureTimeout:
            if (aged := _at_hand(parts, call, _ENOUGH)) is not None:
                return aged
            reply = flight.result(deadline.remaining)
    except FutureTimeout:
        return _at_hand(parts, call, shared=True) or Late()
    except SourceUnavailable as error:
        if (aged := _at_hand(parts, call, shared=True)) is None:
            raise
        return replace(aged, error=error)
    return replace(reply, origin=Origin.JOINED) if joined and reply.origin is Origin.FRESH else reply


def _at_hand(parts: Parts, call: Call, least: float = 0.0, shared: bool = False) -> Aged | None:
    """The last good answer as far as it reaches into the window, if that is more than the share `least` of it."""
    single = call.span.points == 1
    wanted = Span(call.span.first - _INSTANT_REACH // call.grid.step, call.span.last) if single else call.span
    pieces = parts.memory.get(call.key)
    if shared and not any(intersect(piece.span, wanted) for piece in pieces):
        pieces = tuple(absorb((), parts.shared.load(call.key, (wanted,), _ANY), parts.freshness(call).good))
    useful = [part for piece in pieces if (part := piece.crop(wanted)) is not None]
    if not useful or (not single and covered(call.span, [piece.span for piece in useful]) < least):
        return None
    newest = max(useful, key=lambda piece: piece.span.last)
    frame = _carried(newest, call) if single else assemble(useful, call.span, call.grid)
    return Aged(Reply(frame, Origin.STALE, samples_reused=frame.samples), max(0.0, parts.clock() - newest.fetched))


def _carried(newest: Piece, call: Call) -> Frame:
    """The newest known instant, shown at the asked one."""
    frame = assemble((newest,), Span(newest.span.last, newest.span.last), call.grid)
    return replace(frame, times=np.array([call.request.window.end], dtype=np.int64))


def _raising(error: QueryError) -> Ticket:
    def finish(_deadline: Deadline) -> Reply:
        raise error

    return finish
