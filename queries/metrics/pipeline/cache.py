"""Answer from the cache, pass on the gaps, keep what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from queries.metrics.cache.extents import Piece, assemble, overlay
from queries.metrics.cache.intervals import bridge, missing
from queries.metrics.pipeline.answers import AnswerCache
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.pipeline.sentinel import fetch_with_sentinels
from queries.metrics.request import Origin
from queries.metrics.restart_watch import RestartWatch

# Two gaps with so few good points between them are one question.
_BRIDGED = 32


def cache(inner: Handler, answers: AnswerCache, watches: Mapping[str, RestartWatch]) -> Handler:
    """Fetch only gaps; an answer that the backend doubts is shown but not kept."""

    def handle(call: Call) -> Reply:
        watch = watches[call.request.source]
        watch.look()
        freshness = answers.policy.freshness(call)
        held = answers.held(call, freshness, shared=True)
        gaps = bridge(missing(call.span, [piece.span for piece in held]), _BRIDGED)
        if gaps and not call.extendable:
            gaps = (call.span,)
        reply = fetch_with_sentinels(inner, call, held, gaps, watch, answers.memory)
        if not reply.pieces:
            frame = assemble(held, call.span, call.grid)
            return Reply(frame, Origin.CACHE, samples_reused=frame.samples)
        # The answer is made of what this call holds: memory may have evicted the entry meanwhile, or never kept it.
        pieces = overlay(held, reply.pieces)
        answer = _answer(call, pieces, reply)
        if reply.warned:
            answers.keep_doubtful(call, answer)
        else:
            answers.keep(call, reply.pieces, pieces, freshness)
        return answer

    return handle


def _answer(call: Call, pieces: Sequence[Piece], reply: Reply) -> Reply:
    frame = assemble(pieces, call.span, call.grid)
    reused = max(0, frame.samples - reply.samples_fetched)
    return replace(reply, frame=frame, origin=Origin.FRESH, samples_reused=reused, pieces=())
