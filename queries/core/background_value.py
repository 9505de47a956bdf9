"""A value that a background thread refreshes when it is older than its TTL; callers wait for a bounded time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from queries.core.single_flight import SingleFlight

T = TypeVar("T")


class BackgroundValue(Generic[T]):
    """Runs at most one read at a time, in a background thread. Thread-safe.

    `read` gets the current value, or None, and returns the new one; it must not raise. `life` returns the value's TTL
    in seconds (monotonic clock).
    """

    def __init__(
        self,
        name: str,
        read: Callable[[T | None], T],
        life: Callable[[T], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._read, self._life, self._clock = name, read, life, clock
        self._lock = threading.Lock()
        self._known: tuple[T, float] | None = None
        self._flight: SingleFlight[str, None] = SingleFlight()

    @property
    def known(self) -> T | None:
        """The last value, of any age; None before the first read."""
        return self._known[0] if self._known else None

    def get(self, first_seconds: float, seconds: float = 0.0) -> T | None:
        """The value; None before the first read. If it has expired, starts a read and waits for it: at most
        `first_seconds` before the first read, otherwise at most `seconds`.
        """
        known = self._known
        if known is None or self._clock() >= known[1]:
            self.read_again(first_seconds if known is None else seconds)
        return self.known

    def read_again(self, seconds: float) -> None:
        """Start a read, or join the one in progress, and wait for it for at most `seconds`."""
        reading, _ = self._flight.share(self._name, self._start)
        if seconds > 0:
            wait([reading], seconds)

    def _start(self) -> Future[None]:
        reading: Future[None] = Future()
        threading.Thread(target=self._run, args=(reading,), name=self._name, daemon=True).start()
        return reading

    def _run(self, reading: Future[None]) -> None:
        try:
            value = self._read(self.known)
            with self._lock:
                self._known = (value, self._clock() + self._life(value))
        finally:
            reading.set_result(None)
