"""The engine: a request and a deadline in, an answer, a pending mark or a typed error out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace

from queries.deadline import Deadline
from queries.errors import QueryError, SourceUnavailable
from queries.request import Answer, Origin, Outcome, Pending, Request
from queries.settings import EngineSettings
from queries.sources.base import Source
from queries.store import Store

__all__ = ["Engine", "EngineSettings"]


class Engine:
    """Runs requests against named sources; safe to share between threads."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        store: Store,
        settings: EngineSettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.sources = sources
        self.settings = settings or EngineSettings()
        self._store = store
        self._clock = clock
        self._pool = ThreadPoolExecutor(self.settings.workers, thread_name_prefix="query")
        self._lock = threading.Lock()
        self._known: dict[Request, tuple[float, Answer]] = {}
        self._flights: dict[Request, Future[Answer]] = {}

    def run(self, request: Request, deadline_seconds: float) -> Answer:
        """The answer, before the deadline. Raises QueryError."""
        outcome = self.run_many([request], deadline_seconds)[0]
        if isinstance(outcome, Answer):
            return outcome
        if isinstance(outcome, Pending):
            raise SourceUnavailable(request.source, f"{request.source} has not answered yet.", "Ask again.")
        raise outcome

    def run_many(self, requests: Sequence[Request], deadline_seconds: float) -> list[Outcome]:
        """One outcome a request, in order, never later than the deadline; what is late goes on and is kept."""
        deadline = Deadline.after(deadline_seconds)
        started = [self._start(request) for request in requests]
        return [_collect(request, flight, deadline) for request, flight in zip(requests, started, strict=True)]

    def close(self) -> None:
        """Let go of threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, request: Request) -> Answer | Future[Answer]:
        with self._lock:
            known = self._known.get(request)
            if known and self._clock() - known[0] < self.settings.fresh_for:
                return replace(known[1], origin=Origin.CACHE, milliseconds=0.0, samples_fetched=0,
                               samples_reused=known[1].frame.samples)  # fmt: skip
            flight = self._flights.get(request)
            if flight is None:
                flight = self._flights[request] = self._pool.submit(self._fetch, request)
            return flight

    def _fetch(self, request: Request) -> Answer:
        begun = time.perf_counter()
        try:
            source = self.sources[request.source]
            fetched = source.range(request, Deadline.after(self.settings.fetch_seconds))
            answer = Answer(
                request, fetched.frame, Origin.FRESH, milliseconds=(time.perf_counter() - begun) * 1000,
                samples_fetched=fetched.frame.samples, partial=fetched.warned,
            )  # fmt: skip
            with self._lock:
                self._known[request] = (self._clock(), answer)
            return answer
        finally:
            with self._lock:
                self._flights.pop(request, None)


def _collect(request: Request, flight: Answer | Future[Answer], deadline: Deadline) -> Outcome:
    if isinstance(flight, Answer):
        return flight
    try:
        return flight.result(deadline.remaining)
    except FutureTimeout:
        return Pending(request)
    except QueryError as error:
        return error
