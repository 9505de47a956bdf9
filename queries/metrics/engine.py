"""The engine: a request and a deadline in; an answer, a pending mark or a typed error out.

    limit → align → revalidate ┆ join → cache → delta → retry → guard → upstream

Left of the line runs in the viewer's thread and takes microseconds when everything is at hand; right of it runs in
a thread of the source's own pool, for everybody who waits for the same points, and goes on when they have left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from queries.core.circuit_breaker import Breaker, Gate, SourceHealth
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, QueryError, SourceUnavailable
from queries.core.single_flight import SingleFlight
from queries.core.ttl_cache import TTLCache
from queries.metrics.cache.backends import Store, open_store
from queries.metrics.cache.lease import Leases, NoLeases
from queries.metrics.cache.memory import Memory
from queries.metrics.cache.shared_tier import SharedTier
from queries.metrics.cache.span_turns import SpanTurns
from queries.metrics.hot_queries import Heat
from queries.metrics.identity import joint_identity
from queries.metrics.pipeline.align import align
from queries.metrics.pipeline.base import Call, Handler, Parts, Reply, Step
from queries.metrics.pipeline.cache import cache
from queries.metrics.pipeline.delta import delta
from queries.metrics.pipeline.guard import guard
from queries.metrics.pipeline.join import join
from queries.metrics.pipeline.limit import limit
from queries.metrics.pipeline.retry import retry
from queries.metrics.pipeline.revalidate import Late, Ticket, begin
from queries.metrics.pipeline.stale import Aged
from queries.metrics.pipeline.upstream import upstream
from queries.metrics.refresher import Refresher
from queries.metrics.request import Answer, Origin, Outcome, Pending, Request
from queries.metrics.restart_watch import RestartWatch
from queries.metrics.settings import EngineSettings
from queries.metrics.source import Source
from queries.metrics.stats import Stats, watch

__all__ = ["Engine", "EngineSettings"]

PREPARE: Final = (("limit", limit), ("align", align))
FETCH: Final[tuple[tuple[str, Step], ...]] = (
    ("join", join),
    ("cache", cache),
    ("delta", delta),
    ("retry", retry),
    ("guard", guard),
)


class Engine:
    """Runs requests against named sources; safe to share between threads, but made anew in each process."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        store: Store | None = None,
        settings: EngineSettings | None = None,
        clock: Callable[[], float] = time.time,
        leases: Leases | None = None,
        stats: Stats | None = None,
    ) -> None:
        self.settings = settings or EngineSettings()
        self.sources = dict(sources)
        self.stats = stats or Stats()
        self.parts = _parts(self.sources, store or open_store("none:"), self.settings, clock, leases, self.stats)
        self.heat = Heat(self.settings.hot_seconds, clock)
        self._fetch = _pipeline(self.parts)
        self._refresher: Refresher | None = None
        watch(self.stats, self.parts.memory, self.settings.cache_bytes, self.parts.gates)

    def run(self, request: Request, deadline_seconds: float) -> Answer:
        """The answer, before the deadline. Raises QueryError; SourceUnavailable when it is not there in time."""
        outcome = self.run_many([request], deadline_seconds)[0]
        if isinstance(outcome, Pending):
            raise SourceUnavailable(request.source, f"{request.source} has not answered yet.", "Ask again.")
        if isinstance(outcome, QueryError):
            raise outcome
        return outcome

    def run_many(self, requests: Sequence[Request], deadline_seconds: float) -> list[Outcome]:
        """One outcome a request, in order, never later than the deadline; what is late goes on and is kept."""
        deadline, begun = self._deadline(requests, deadline_seconds), time.perf_counter()
        tickets = [self._begin(request, deadline) for request in requests]
        return [
            self._outcome(request, ticket, deadline, begun) for request, ticket in zip(requests, tickets, strict=True)
        ]

    def _deadline(self, requests: Sequence[Request], seconds: float) -> Deadline:
        """The deadline, an early one while a source is silent: waiting threads are taken from other viewers."""
        gates = [self.parts.gates[name] for name in {request.source for request in requests} if name in self.sources]
        is_silent = any(gate.silent_seconds > self.settings.silent_after for gate in gates)
        return Deadline.after(min(seconds, self.settings.silent_patience) if is_silent else seconds)

    def health(self, source: str) -> SourceHealth:
        """How a source answers this process."""
        return self.parts.gates[source].health

    def refresh(self, request: Request) -> None:
        """See to it that the request's points are at hand; nobody waits, nothing is returned or raised."""
        try:
            begin(self.parts, self._fetch, self._call(request, Deadline.after(self.settings.fetch_seconds)))
            self.stats.refreshed.inc()
        except (QueryError, RuntimeError):  # RuntimeError: the pools are closed
            return

    def start_refresher(self) -> None:
        """Keep warm what is looked at, from now on, in a thread of this process; call it after forking."""
        if self._refresher is None:
            self._refresher = self.refresher()
            self._refresher.start()

    def refresher(self) -> Refresher:
        """A refresher of this engine that has not been started."""
        parts = self.parts
        return Refresher(
            self.heat, self.refresh, parts.shared.store, parts.leases, parts.clock, self.settings.fresh_for,
            joint_identity(source.identity for source in self.sources.values()),
        )  # fmt: skip

    def close(self) -> None:
        """Let go of the threads; fetches under way end by themselves."""
        if self._refresher is not None:
            self._refresher.stop()
        for pool in (*self.parts.fetch_pools.values(), *self.parts.leg_pools.values()):
            pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, request: Request, deadline: Deadline) -> Ticket | QueryError:
        try:
            prepared = self._prepared(request)
            self.heat.touch(prepared)
            return begin(self.parts, self._fetch, self._call(prepared, deadline))
        except QueryError as error:
            return error.without_frames()

    def _call(self, request: Request, deadline: Deadline) -> Call:
        return Call(request, deadline, self.sources[request.source].identity)

    def _prepared(self, request: Request) -> Request:
        if request.source not in self.sources:
            raise InvalidInput("source", f"There is no source called “{request.source[:40]}”.")
        for name, step in PREPARE:
            with self.stats.timed(name):
                request = step(request, self.settings)
        return request

    def _outcome(self, request: Request, ticket: Ticket | QueryError, deadline: Deadline, begun: float) -> Outcome:
        outcome = _collect(request, ticket, deadline)
        self.stats.count(outcome)
        if isinstance(outcome, Answer):
            return replace(outcome, milliseconds=(time.perf_counter() - begun) * 1000)
        return outcome


def _collect(request: Request, ticket: Ticket | QueryError, deadline: Deadline) -> Outcome:
    if isinstance(ticket, QueryError):
        return ticket
    try:
        found = ticket(deadline)
    except QueryError as error:
        return error.without_frames()
    if isinstance(found, Late):
        return Pending(request)
    reply = found.reply if isinstance(found, Aged) else found
    mine = reply.origin is Origin.FRESH  # what others fetched is counted where they fetched it
    return Answer(
        request,
        reply.frame,
        reply.origin,
        age=found.age if isinstance(found, Aged) else 0.0,
        missing=found.missing if isinstance(found, Aged) else 0,
        samples_fetched=reply.samples_fetched if mine else 0,
        samples_reused=reply.samples_reused if mine else reply.frame.samples,
        partial=reply.warned,
        error=found.error if isinstance(found, Aged) else None,
    )


def _pipeline(parts: Parts) -> Handler:
    handler = _timed(parts, "upstream", upstream(parts))
    for name, step in reversed(FETCH):
        handler = _timed(parts, name, step(parts, handler))
    return handler


def _timed(parts: Parts, name: str, handler: Handler) -> Handler:
    def timed(call: Call) -> Reply:
        with parts.stats.timed(name):
            return handler(call)

    return timed


def _parts(
    sources: Mapping[str, Source],
    store: Store,
    settings: EngineSettings,
    clock: Callable[[], float],
    leases: Leases | None,
    stats: Stats,
) -> Parts:
    def breaker() -> Breaker:
        return Breaker(settings.breaker_failures, settings.breaker_seconds, settings.breaker_seconds_max)

    return Parts(
        settings=settings,
        clock=clock,
        sources=sources,
        memory=Memory(settings.cache_bytes, settings.max_points),
        shared=SharedTier(store, settings.shared_seconds),
        leases=leases or NoLeases(),
        flights=SingleFlight(),
        turns=SpanTurns(),
        brief=TTLCache(),
        gates={name: Gate(name, settings.concurrency, breaker(), clock) for name in sources},
        watches={name: RestartWatch(source) for name, source in sources.items()},
        fetch_pools={name: ThreadPoolExecutor(settings.workers, f"fetch-{name}") for name in sources},
        leg_pools={name: ThreadPoolExecutor(settings.concurrency, f"leg-{name}") for name in sources},
        stats=stats,
    )
