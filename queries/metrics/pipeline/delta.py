"""Fetch the gaps side by side, long ones in aligned parts, and cut what comes into pieces."""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import replace

from queries.metrics.cache.extents import Piece, pieces_of
from queries.metrics.cache.intervals import Span, split
from queries.metrics.pipeline.base import Call, Handler, Parts, Reply
from queries.metrics.request import Request


def delta(parts: Parts, inner: Handler) -> Handler:
    """Turn the gaps of a call into windows of their own; the reply has pieces and no frame."""

    def handle(call: Call) -> Reply:
        size = parts.settings.split_points
        spans = [span for gap in call.gaps for span in (split(gap, size) if call.extendable else (gap,))]
        calls = [replace(call, request=_cut(call, span), gaps=()) for span in spans]
        asked = parts.clock()  # the answer is as old as the question, however long it took
        replies = _side_by_side(parts, inner, calls)
        pieces = tuple(piece for reply in replies for piece in _pieces(parts, call, reply, asked))
        return Reply(
            pieces=pieces,
            samples_fetched=sum(reply.frame.samples for reply in replies),
            warned=any(reply.warned for reply in replies),
        )

    return handle


def _cut(call: Call, span: Span) -> Request:
    grid, window = call.grid, call.request.window
    return replace(call.request, window=replace(window, start=grid.instant(span.first), end=grid.instant(span.last)))


def _side_by_side(parts: Parts, inner: Handler, calls: list[Call]) -> list[Reply]:
    """All replies in order; the first error is raised once every part has ended, so that none is left behind."""
    if len(calls) == 1:
        return [inner(calls[0])]
    pool = parts.leg_pools[calls[0].request.source]
    futures = [pool.submit(inner, call) for call in calls]
    wait(futures)
    return [future.result() for future in futures]


def _pieces(parts: Parts, call: Call, reply: Reply, asked: float) -> tuple[Piece, ...]:
    settled_until = parts.settled_until(call, min(asked, reply.as_of))
    return pieces_of(reply.frame, call.grid, asked, reply.as_of, settled_until)
