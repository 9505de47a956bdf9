"""What the steps of the pipeline hand to each other, and the parts they share."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from queries.core.circuit_breaker import Gate
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.single_flight import SingleFlight
from queries.core.ttl_cache import TTLCache
from queries.metrics.cache.extents import Freshness, Piece
from queries.metrics.cache.intervals import Grid, Span
from queries.metrics.cache.keys import is_extendable, key_of
from queries.metrics.cache.lease import Leases
from queries.metrics.cache.memory import Memory
from queries.metrics.cache.shared_tier import SharedTier
from queries.metrics.cache.span_turns import SpanTurns
from queries.metrics.frame import EMPTY, Frame
from queries.metrics.request import Origin, Request
from queries.metrics.restart_watch import RestartWatch
from queries.metrics.settings import EngineSettings
from queries.metrics.source import Source
from queries.metrics.stats import Stats


@dataclass(frozen=True)
class Call:
    """A request on its way down: the entry it touches, the time there is, and the gaps that must be fetched.

    `backend` is the identity of the source that is asked. `confirm`: what is at hand must be confirmed by the backend.
    """

    request: Request
    deadline: Deadline
    backend: str
    gaps: tuple[Span, ...] = ()
    confirm: bool = False

    @cached_property
    def entry(self) -> tuple[str, Grid]:
        """Key and grid of its cache entry."""
        return key_of(self.request, self.backend)

    @property
    def key(self) -> str:
        """Key of its cache entry."""
        return self.entry[0]

    @property
    def grid(self) -> Grid:
        """Grid of its cache entry."""
        return self.entry[1]

    @cached_property
    def extendable(self) -> bool:
        """Whether points of the answer can be fetched and kept one by one."""
        return is_extendable(self.request.expr)

    @property
    def span(self) -> Span:
        """The points that its window asks for."""
        return self.grid.span(self.request.window.start, self.request.window.end)


@dataclass(frozen=True)
class Reply:
    """An answer on its way up. Below the cache, `pieces` is what was fetched; `as_of` is the backend's clock."""

    frame: Frame = EMPTY
    origin: Origin = Origin.FRESH
    samples_fetched: int = 0
    samples_reused: int = 0
    warned: bool = False
    pieces: tuple[Piece, ...] = ()
    as_of: float = 0.0


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Parts:
    """What the steps work with; one per engine."""

    settings: EngineSettings
    clock: Callable[[], float]
    sources: Mapping[str, Source]
    memory: Memory
    shared: SharedTier
    leases: Leases
    flights: SingleFlight[Request, Reply]
    turns: SpanTurns
    # Refusals, and answers that must not enter the cache.
    brief: TTLCache[Request, Reply | QueryError]
    gates: Mapping[str, Gate]
    watches: Mapping[str, RestartWatch]
    # Fetches wait for their legs, so each kind has threads of its own.
    fetch_pools: Mapping[str, ThreadPoolExecutor]
    leg_pools: Mapping[str, ThreadPoolExecutor]
    stats: Stats

    def freshness(self, call: Call) -> Freshness:
        """Which pieces are good for this call now."""
        settings, step = self.settings, call.request.window.step
        # Entries filled together must not all expire together.
        spread = 0.8 + 0.2 * (zlib.crc32(call.key.encode()) % 1_000) / 1_000
        return Freshness(
            now=self.clock(),
            fresh_for=min(max(step, 1), settings.fresh_for),
            life=settings.extent_life * spread,
            floor=self.watches[call.request.source].floor,
        )

    def settled_until(self, call: Call, as_of: float) -> int:
        """The newest point that, fetched at `as_of`, will not change any more.

        Nothing settles in an answer that cannot be extended.
        """
        if not call.extendable:
            return call.span.first - 1
        tolerance = max(self.settings.tolerance, 2 * call.request.window.step)
        return call.grid.point(as_of - tolerance)


Step = Callable[[Parts, Handler], Handler]
