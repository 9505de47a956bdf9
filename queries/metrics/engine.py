"""The engine: a request and a deadline in; an answer, a pending mark or a typed error out.

    limit → align → revalidate ┆ join → cache → delta → retry → guard → upstream

Left of the line runs in the viewer's thread and takes microseconds when everything is cached; right of it runs in
a thread of the source's own pool, for everybody who waits for the same points, and goes on when they have left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from queries.core.circuit_breaker import CircuitBreaker, ConcurrencyLimiter, SourceHealth
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, QueryError, SourceUnavailable
from queries.core.single_flight import SingleFlight
from queries.core.ttl_cache import TTLCache
from queries.metrics.cache.backends import Store, open_store
from queries.metrics.cache.in_flight import InFlightRanges
from queries.metrics.cache.lease import Leases, NoLeases
from queries.metrics.cache.memory import Memory
from queries.metrics.cache.shared_tier import SharedTier
from queries.metrics.hot_queries import HotQueries
from queries.metrics.identity import joint_identity
from queries.metrics.metadata import Metadata
from queries.metrics.pipeline.align import align
from queries.metrics.pipeline.answers import AnswerCache
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.pipeline.cache import cache
from queries.metrics.pipeline.delta import delta
from queries.metrics.pipeline.guard import guard
from queries.metrics.pipeline.join import join
from queries.metrics.pipeline.limit import limit
from queries.metrics.pipeline.policy import FreshnessPolicy
from queries.metrics.pipeline.retry import retry
from queries.metrics.pipeline.revalidate import Revalidation, Ticket, TimedOut
from queries.metrics.pipeline.stale import StaleReply
from queries.metrics.pipeline.upstream import upstream
from queries.metrics.refresher import Refresher
from queries.metrics.request import Answer, Origin, Outcome, Pending, Request
from queries.metrics.restart_watch import RestartWatch
from queries.metrics.settings import EngineSettings
from queries.metrics.source import Source
from queries.metrics.stats import Stats, watch

__all__ = ["Engine", "EngineSettings"]

PREPARE: Final = (("limit", limit), ("align", align))


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
        self.memory = Memory(self.settings.cache_bytes, self.settings.max_points)
        self.watches = {name: RestartWatch(source) for name, source in self.sources.items()}
        self.flights: SingleFlight[Request, Reply] = SingleFlight()
        self.hot_queries = HotQueries(self.settings.hot_seconds, clock)
        self._clock, self._leases = clock, leases or NoLeases()
        self._store = store or open_store("none:")
        self._limiters = {name: _limiter(name, self.settings, clock) for name in self.sources}
        self.metadata = {name: Metadata(source, self._limiters[name]) for name, source in self.sources.items()}
        self._fetch_pools = _pools("fetch", self.sources, self.settings.workers)
        self._leg_pools = _pools("leg", self.sources, self.settings.concurrency)
        self._revalidation = self._pipeline()
        self._refresher: Refresher | None = None
        watch(self.stats, self.memory, self.settings.cache_bytes, self._limiters)

    def run(self, request: Request, deadline_seconds: float) -> Answer:
        """The answer, before the deadline. Raises QueryError; SourceUnavailable when it is not there in time."""
        outcome = self.run_many([request], deadline_seconds)[0]
        if isinstance(outcome, Pending):
            raise SourceUnavailable(request.source, f"{request.source} has not answered yet.", "Try again.")
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
        limiters = [self._limiters[name] for name in {request.source for request in requests} if name in self.sources]
        is_silent = any(limiter.silent_seconds > self.settings.silent_after for limiter in limiters)
        return Deadline.after(min(seconds, self.settings.silent_patience) if is_silent else seconds)

    def health(self, source: str) -> SourceHealth:
        """How a source answers this process."""
        return self._limiters[source].health

    def refresh(self, request: Request) -> None:
        """Fetch the points that the cache lacks, in the background; returns at once and raises nothing."""
        try:
            self._revalidation.begin(self._call(request, Deadline.after(self.settings.fetch_seconds)))
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
        return Refresher(
            self.hot_queries,
            self.refresh,
            self._store,
            self._leases,
            self._clock,
            self.settings.fresh_for,
            joint_identity(source.identity for source in self.sources.values()),
        )

    def close(self) -> None:
        """Let go of the threads; fetches under way end by themselves."""
        if self._refresher is not None:
            self._refresher.stop()
        for pool in (*self._fetch_pools.values(), *self._leg_pools.values()):
            pool.shutdown(wait=False, cancel_futures=True)

    def _pipeline(self) -> Revalidation:
        """The steps, the innermost first."""
        settings, stats = self.settings, self.stats
        policy = FreshnessPolicy(settings, self._clock, self.watches)
        shared = SharedTier(self._store, settings.shared_seconds)
        answers = AnswerCache(self.memory, shared, TTLCache(), policy, stats)
        handler = _timed(stats, "upstream", upstream(self.sources, settings.max_series, stats))
        handler = _timed(stats, "guard", guard(handler, self._limiters))
        handler = _timed(stats, "retry", retry(handler, self.watches, settings.retries, settings.retry_pause))
        handler = _timed(stats, "delta", delta(handler, policy, self._leg_pools, settings.split_points))
        handler = _timed(stats, "cache", cache(handler, answers, self.watches))
        handler = _timed(stats, "join", join(handler, answers, InFlightRanges(), self._leases))
        return Revalidation(handler, answers, self.watches, self.flights, self._fetch_pools, settings)

    def _begin(self, request: Request, deadline: Deadline) -> Ticket | QueryError:
        try:
            prepared = self._prepared(request)
            self.hot_queries.touch(prepared)
            return self._revalidation.begin(self._call(prepared, deadline))
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
        outcome = ticket(deadline)
    except QueryError as error:
        return error.without_frames()
    if isinstance(outcome, TimedOut):
        return Pending(request)
    reply = outcome.reply if isinstance(outcome, StaleReply) else outcome
    mine = reply.origin is Origin.FRESH  # what others fetched is counted where they fetched it
    return Answer(
        request,
        reply.frame,
        reply.origin,
        age=outcome.age if isinstance(outcome, StaleReply) else 0.0,
        missing=outcome.missing if isinstance(outcome, StaleReply) else 0,
        samples_fetched=reply.samples_fetched if mine else 0,
        samples_reused=reply.samples_reused if mine else reply.frame.samples,
        partial=reply.warned,
        error=outcome.error if isinstance(outcome, StaleReply) else None,
    )


def _timed(stats: Stats, name: str, handler: Handler) -> Handler:
    def timed(call: Call) -> Reply:
        with stats.timed(name):
            return handler(call)

    return timed


def _limiter(name: str, settings: EngineSettings, clock: Callable[[], float]) -> ConcurrencyLimiter:
    breaker = CircuitBreaker(settings.breaker_failures, settings.breaker_seconds, settings.breaker_seconds_max)
    return ConcurrencyLimiter(name, settings.concurrency, breaker, clock)


def _pools(kind: str, names: Iterable[str], threads: int) -> dict[str, ThreadPoolExecutor]:
    """Threads for each source."""
    return {name: ThreadPoolExecutor(threads, f"{kind}-{name}") for name in names}
