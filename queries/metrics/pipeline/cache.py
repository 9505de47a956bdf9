"""Answer from what is at hand, pass on the gaps, keep what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from queries.metrics.cache.extents import Freshness, Piece, assemble, overlay
from queries.metrics.cache.intervals import bridge, missing
from queries.metrics.pipeline.base import Call, Handler, Parts, Reply
from queries.metrics.pipeline.witness import witnessed
from queries.metrics.request import Origin

# Two gaps with so few good points between them are one question.
_BRIDGED = 32


def lookup(parts: Parts, call: Call, shared: bool = False) -> Reply | None:
    """The whole answer from memory, with `shared` from the shared tier too; None when a point is missing."""
    held = _held(parts, call, parts.freshness(call), shared)
    if missing(call.span, [piece.span for piece in held]):
        brief = parts.brief.get(call.request)
        return replace(brief, origin=Origin.CACHE) if isinstance(brief, Reply) else None
    frame = assemble(held, call.span, call.grid)
    return Reply(frame, Origin.CACHE, samples_reused=frame.samples)


def cache(parts: Parts, inner: Handler) -> Handler:
    """Fetch only gaps; an answer that the backend doubts is shown but not kept."""

    def handle(call: Call) -> Reply:
        parts.watches[call.request.source].look()
        freshness = parts.freshness(call)
        held = _held(parts, call, freshness, shared=True)
        gaps = bridge(missing(call.span, [piece.span for piece in held]), _BRIDGED)
        if gaps and not call.extendable:
            gaps = (call.span,)
        reply = witnessed(parts, inner, call, held, gaps)
        if not reply.pieces:
            frame = assemble(held, call.span, call.grid)
            return Reply(frame, Origin.CACHE, samples_reused=frame.samples)
        # The answer is made of what this call holds: memory may have evicted the entry meanwhile, or never kept it.
        pieces = overlay(held, reply.pieces)
        if reply.warned:
            return _brief(parts, call, pieces, reply)
        kept = parts.memory.add(call.key, reply.pieces, call.span, freshness.good)
        parts.shared.save(call.key, call.grid, overlay(pieces, kept), [piece.span for piece in reply.pieces])
        return _answer(call, pieces, reply)

    return handle


def _held(parts: Parts, call: Call, freshness: Freshness, shared: bool) -> list[Piece]:
    """Good pieces of the entry; what memory lacks is looked for in the shared tier."""
    held = [piece for piece in parts.memory.get(call.key) if freshness.good(piece)]
    gaps = missing(call.span, [piece.span for piece in held])
    if not (gaps and shared):
        return held
    found = parts.shared.load(call.key, gaps, freshness)
    parts.stats.shared.labels("hit" if found else "miss").inc()
    if found:
        parts.memory.add(call.key, found, call.span, freshness.good)
    return overlay(held, found)


def _brief(parts: Parts, call: Call, pieces: Sequence[Piece], reply: Reply) -> Reply:
    answer = _answer(call, pieces, reply)
    parts.brief.put(call.request, answer, parts.freshness(call).fresh_for)
    return answer


def _answer(call: Call, pieces: Sequence[Piece], reply: Reply) -> Reply:
    frame = assemble(pieces, call.span, call.grid)
    reused = max(0, frame.samples - reply.samples_fetched)
    return replace(reply, frame=frame, origin=Origin.FRESH, samples_reused=reused, pieces=())
