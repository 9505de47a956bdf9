"""What protects a backend from us: a number of requests at a time, and a circuit breaker."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

from queries.core.deadline import Deadline
from queries.core.errors import CircuitOpen, SourceUnavailable


class Circuit(StrEnum):
    """States of a circuit breaker."""

    CLOSED = "closed"  # requests pass
    OPEN = "open"  # nobody asks
    HALF_OPEN = "half-open"  # one request tries


class CircuitBreaker:
    """Opens after `failures` in a row, for `seconds` that double up to `longest` while probes go on failing."""

    def __init__(
        self, failures: int, seconds: float, longest: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures, self._seconds, self._longest, self._clock = failures, seconds, longest, clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._pause = seconds
        self._open_until = 0.0
        self._probing = False

    @property
    def state(self) -> Circuit:
        """Closed, open or half-open."""
        if self._in_a_row < self._failures:
            return Circuit.CLOSED
        return Circuit.OPEN if self._clock() < self._open_until else Circuit.HALF_OPEN

    @property
    def wait(self) -> float:
        """Seconds until the next request may try."""
        return max(0.0, self._open_until - self._clock())

    def admit(self) -> bool:
        """Whether a request may pass; whoever is admitted must report success or failure."""
        with self._lock:
            if self.state is Circuit.CLOSED:
                return True
            if self.state is Circuit.OPEN or self._probing:
                return False
            self._probing = True
            return True

    def succeeded(self) -> None:
        """The admitted request was answered."""
        with self._lock:
            self._in_a_row, self._pause, self._probing = 0, self._seconds, False

    def failed(self) -> None:
        """The admitted request was not answered."""
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._failures and (self._probing or self._open_until <= self._clock()):
                # A little randomness, so that replicas do not probe together.
                self._open_until = self._clock() + self._pause * random.uniform(0.8, 1.2)
                self._pause = min(self._pause * 2, self._longest)
            self._probing = False


@dataclass(frozen=True)
class SourceHealth:
    """How a source answers. Times are epoch seconds: failing without a break since, None while it answers."""

    failing_since: float | None = None
    answered: float | None = None  # when it did last


class ConcurrencyLimiter:
    """The way to one source: at most `concurrency` requests at a time, none while the circuit is open."""

    def __init__(
        self,
        source: str,
        concurrency: int,
        breaker: CircuitBreaker,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breaker = breaker
        self.health = SourceHealth()
        self._clock, self._monotonic = clock, monotonic
        self._lock = threading.Lock()
        self._under_way = 0
        self._heard = 0.0  # monotonic, when something ended, or began while nothing was under way
        self._source = source
        self._slots = threading.BoundedSemaphore(concurrency)
        self._cause = f"{source} failed several times in a row."

    def enter(self, deadline: Deadline) -> None:
        """Take a slot; `leave` gives it back. Raises CircuitOpen, or SourceUnavailable when none comes free in time."""
        if not self._slots.acquire(timeout=deadline.remaining):
            raise SourceUnavailable(self._source, f"Too many queries to {self._source} are running.")
        if not self.breaker.admit():
            self._slots.release()
            raise self._refusal()
        with self._lock:
            self._heard = self._heard if self._under_way else self._monotonic()
            self._under_way += 1

    @contextmanager
    def slot(self, deadline: Deadline) -> Iterator[None]:
        """A slot for a question whose failure says nothing about queries, such as one for metadata.

        Raises CircuitOpen, or SourceUnavailable when no slot comes free in time.
        """
        if self.breaker.state is Circuit.OPEN:
            raise self._refusal()
        if not self._slots.acquire(timeout=deadline.remaining):
            raise SourceUnavailable(self._source, f"Too many queries to {self._source} are running.")
        try:
            yield
        finally:
            self._slots.release()

    def _refusal(self) -> CircuitOpen:
        return CircuitOpen(
            self._source, self._cause, f"Queries are paused; the next attempt is in {self.breaker.wait:.0f} s."
        )

    @property
    def silent_seconds(self) -> float:
        """How long requests have been under way without any of them ending."""
        return self._monotonic() - self._heard if self._under_way else 0.0

    def leave(self, answered: bool, cause: str = "") -> None:
        """Give the slot back and say how it went; `cause` is the sentence of the failure, kept for those refused."""
        with self._lock:
            self._under_way -= 1
            self._heard = self._monotonic()
        self._slots.release()
        self._cause = cause or self._cause
        if answered:
            self.health = SourceHealth(answered=self._clock())
            self.breaker.succeeded()
        else:
            self.health = replace(self.health, failing_since=self.health.failing_since or self._clock())
            self.breaker.failed()
