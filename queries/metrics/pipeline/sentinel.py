"""Notice a backend that lost its past: each gap is asked with one settled point before it, as a sentinel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from queries.metrics.cache.extents import Piece
from queries.metrics.cache.intervals import PointRange
from queries.metrics.cache.memory import Memory
from queries.metrics.frame import present
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.restart_watch import RestartWatch


def fetch_with_sentinels(
    inner: Handler, call: Call, held: list[Piece], gaps: tuple[PointRange, ...], watch: RestartWatch, memory: Memory
) -> Reply:
    """Fetch the gaps, each with one settled point before it as a sentinel; without gaps nothing, or only a sentinel.

    When a point that had samples has none any more, the backend lost its past: everything is asked again.
    """
    if not gaps and call.confirm and not watch.floor:
        gaps = _newest_settled(held, call.span)
    if not gaps:
        return Reply()
    sentinels = {gap.first - 1 for gap in gaps if _settled_at(held, gap.first - 1)}
    sentinels |= {gap.first for gap in gaps if _settled_at(held, gap.first)}
    widened = tuple(PointRange(gap.first - 1, gap.last) if gap.first - 1 in sentinels else gap for gap in gaps)
    reply = inner(replace(call, gaps=widened))
    if all(_alive(held, reply.pieces, point) for point in sentinels):
        return reply
    memory.drop(call.key)
    held.clear()
    again = inner(replace(call, gaps=(call.span,)))
    return replace(again, samples_fetched=again.samples_fetched + reply.samples_fetched)


def _newest_settled(held: list[Piece], span: PointRange) -> tuple[PointRange, ...]:
    """The newest settled point that has a sample, as a span of its own."""
    for piece in sorted((piece for piece in held if piece.settled), key=lambda piece: piece.span, reverse=True):
        if (part := piece.crop(span)) is None:
            continue
        columns = np.flatnonzero(present(part.values).any(axis=0))
        if columns.size:
            point = part.span.first + int(columns[-1])
            return (PointRange(point, point),)
    return ()


def _settled_at(held: list[Piece], point: int) -> bool:
    return any(piece.settled and piece.span.first <= point <= piece.span.last for piece in held)


def _alive(held: list[Piece], fetched: tuple[Piece, ...], point: int) -> bool:
    return not _samples_at(held, point) or _samples_at(fetched, point)


def _samples_at(pieces: list[Piece] | tuple[Piece, ...], point: int) -> bool:
    span = PointRange(point, point)
    return any(bool(present(part.values).any()) for piece in pieces if (part := piece.crop(span)) is not None)
