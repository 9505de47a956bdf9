"""Cached answers: pieces in memory and in the shared tier, and those that are kept for seconds only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from queries.core.errors import QueryError
from queries.core.ttl_cache import TTLCache
from queries.metrics.cache.extents import Freshness, Piece, assemble, overlay
from queries.metrics.cache.intervals import missing
from queries.metrics.cache.memory import Memory
from queries.metrics.cache.shared_tier import SharedTier
from queries.metrics.pipeline.base import Call, Reply
from queries.metrics.pipeline.policy import FreshnessPolicy
from queries.metrics.request import Origin, Request
from queries.metrics.stats import Stats


@dataclass(frozen=True)
class AnswerCache:
    """The tiers of the cache, and the policy for what they hold. `short_lived` has refusals and doubtful answers."""

    memory: Memory
    shared: SharedTier
    short_lived: TTLCache[Request, Reply | QueryError]
    policy: FreshnessPolicy
    stats: Stats

    def lookup(self, call: Call, shared: bool = False) -> Reply | None:
        """The whole answer from memory, with `shared` from the shared tier too; None when a point is missing."""
        held = self.held(call, self.policy.freshness(call), shared)
        if missing(call.span, [piece.span for piece in held]):
            short_lived = self.short_lived.get(call.request)
            return replace(short_lived, origin=Origin.CACHE) if isinstance(short_lived, Reply) else None
        frame = assemble(held, call.span, call.grid)
        return Reply(frame, Origin.CACHE, samples_reused=frame.samples)

    def held(self, call: Call, freshness: Freshness, shared: bool) -> list[Piece]:
        """Good pieces of the entry; what memory lacks is looked for in the shared tier."""
        held = [piece for piece in self.memory.get(call.key) if freshness.good(piece)]
        gaps = missing(call.span, [piece.span for piece in held])
        if not (gaps and shared):
            return held
        loaded = self.shared.load(call.key, gaps, freshness)
        self.stats.shared.labels("hit" if loaded else "miss").inc()
        if loaded:
            self.memory.add(call.key, loaded, call.span, freshness.good)
        return overlay(held, loaded)

    def keep(self, call: Call, fetched: Sequence[Piece], pieces: Sequence[Piece], freshness: Freshness) -> None:
        """Keep what was fetched; `pieces` is the answer that it is part of."""
        held = self.memory.add(call.key, fetched, call.span, freshness.good)
        self.shared.save(call.key, call.grid, overlay(pieces, held), [piece.span for piece in fetched])

    def keep_doubtful(self, call: Call, answer: Reply) -> None:
        """Keep an answer that the backend doubts until it may be asked again."""
        self.short_lived.put(call.request, answer, self.policy.freshness(call).fresh_for)

    def refusal(self, call: Call) -> QueryError | None:
        """Why the backend refused this request a moment ago."""
        known = self.short_lived.get(call.request)
        return known if isinstance(known, QueryError) else None
