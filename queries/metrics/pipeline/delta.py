"""Fetch the gaps side by side, long ones in aligned parts, and cut what comes into pieces."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from queries.metrics.cache.extents import Piece, pieces_of
from queries.metrics.cache.intervals import PointRange, split
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.pipeline.policy import FreshnessPolicy
from queries.metrics.request import Request


def delta(
    inner: Handler, policy: FreshnessPolicy, leg_pools: Mapping[str, ThreadPoolExecutor], split_points: int
) -> Handler:
    """Turn the gaps of a call into windows of their own; the reply has pieces and no frame."""

    def handle(call: Call) -> Reply:
        spans = [span for gap in call.gaps for span in (split(gap, split_points) if call.extendable else (gap,))]
        calls = [replace(call, request=_cut(call, span), gaps=()) for span in spans]
        asked_at = policy.clock()  # the answer is as old as the question, however long it took
        replies = _side_by_side(leg_pools[call.request.source], inner, calls)
        pieces = tuple(piece for reply in replies for piece in _pieces(policy, call, reply, asked_at))
        return Reply(
            pieces=pieces,
            samples_fetched=sum(reply.frame.samples for reply in replies),
            warned=any(reply.warned for reply in replies),
        )

    return handle


def _cut(call: Call, span: PointRange) -> Request:
    grid, window = call.grid, call.request.window
    return replace(call.request, window=replace(window, start=grid.instant(span.first), end=grid.instant(span.last)))


def _side_by_side(pool: ThreadPoolExecutor, inner: Handler, calls: list[Call]) -> list[Reply]:
    """All replies in order; the first error is raised once every part has ended, so that none is left behind."""
    if len(calls) == 1:
        return [inner(calls[0])]
    futures = [pool.submit(inner, call) for call in calls]
    for future in futures:
        with suppress(CancelledError):  # `wait` never returns for those that a closing pool has cancelled
            future.exception()
    return [future.result() for future in futures]


def _pieces(policy: FreshnessPolicy, call: Call, reply: Reply, asked_at: float) -> tuple[Piece, ...]:
    settled_until = policy.settled_until(call, min(asked_at, reply.as_of))
    return pieces_of(reply.frame, call.grid, asked_at, reply.as_of, settled_until)
