"""The last good answer: what is shown, with its age, while nothing newer can be had."""

from __future__ import annotations

import math
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from queries.core.deadline import Deadline
from queries.core.errors import LimitExceeded, QueryError, SourceUnavailable
from queries.metrics.cache.extents import Freshness, Piece, absorb, assemble
from queries.metrics.cache.intervals import PointRange, intersect, missing
from queries.metrics.frame import Frame
from queries.metrics.pipeline.answers import AnswerCache
from queries.metrics.pipeline.base import Call, Reply
from queries.metrics.request import Origin

# When nothing can be had, everything that was ever fetched is welcome, marked with its age.
_ANY: Final = Freshness(now=0.0, fresh_for=math.inf, life=math.inf, skew=math.inf)
# How far back a single instant may be when nothing newer can be had.
_INSTANT_REACH: Final = 3_600


@dataclass(frozen=True)
class StaleReply:
    """A reply that is not what the backend would say now: how old it is, in seconds, and why it is all there is.

    `missing` is how many of the asked points no fetch has covered.
    """

    reply: Reply
    age: float
    missing: int = 0
    error: QueryError | None = None


def last_good(answers: AnswerCache, call: Call, least: float = 0.0, shared: bool = False) -> StaleReply | None:
    """The last good answer as far as it reaches into the window, if that is more than the share `least` of it."""
    single = call.span.points == 1
    span = PointRange(call.span.first - _INSTANT_REACH // call.grid.step, call.span.last) if single else call.span
    pieces = answers.memory.get(call.key)
    if shared and not any(intersect(piece.span, span) for piece in pieces):
        pieces = tuple(absorb((), answers.shared.load(call.key, (span,), _ANY), answers.policy.freshness(call).good))
    useful = [part for piece in pieces if (part := piece.crop(span)) is not None]
    absent = sum(gap.points for gap in missing(call.span, [piece.span for piece in useful]))
    if not useful or (not single and absent > (1 - least) * call.span.points):
        return None
    newest = max(useful, key=lambda piece: piece.span.last)
    frame = _carried(newest, call) if single else assemble(useful, call.span, call.grid)
    reply = Reply(frame, Origin.STALE, samples_reused=frame.samples)
    return StaleReply(reply, max(0.0, answers.policy.clock() - newest.fetched), absent)


def _carried(newest: Piece, call: Call) -> Frame:
    """The newest known instant, shown at the asked one."""
    frame = assemble((newest,), PointRange(newest.span.last, newest.span.last), call.grid)
    return replace(frame, times=np.array([call.request.window.end], dtype=np.int64))


def last_good_or_raise(answers: AnswerCache, call: Call, error: QueryError) -> StaleReply:
    """The last good answer in place of one that could not be had; raises the error where there is none.

    A query that is refused has no last good answer to show: it is wrong, not late.
    """
    if isinstance(error, SourceUnavailable | LimitExceeded):
        aged = last_good(answers, call, shared=True)
        if aged is not None:
            return replace(aged, error=error.without_frames())
    raise error.without_frames()


def reply_or_whole(flight: Future[Reply], whole: Reply | None, deadline: Deadline) -> Reply:
    """The result of the fetch; the cached points of the whole window when it is late."""
    try:
        return flight.result(deadline.remaining)
    except (FutureTimeout, SourceUnavailable):
        if whole is None:
            raise
        return whole
