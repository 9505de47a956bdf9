"""One value that is read again in the background when it has become old; nobody waits long for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from queries.core.single_flight import SingleFlight

T = TypeVar("T")


class BackgroundValue(Generic[T]):
    """Reads a value at most once at a time, in a thread of its own. Safe for threads.

    `read` gets the value that is known, or None, and returns the new one; it does not raise. `life` is how many
    seconds of the monotonic clock a value is good for.
    """

    def __init__(
        self, name: str, read: Callable[[T | None], T], life: Callable[[T], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._name, self._read, self._life, self._clock = name, read, life, clock
        self._lock = threading.Lock()
        self._known: tuple[T, float] | None = None
        self._flight: SingleFlight[str, None] = SingleFlight()

    @property
    def known(self) -> T | None:
        """The last value, however old."""
        return self._known[0] if self._known else None

    def get(self, first_seconds: float, seconds: float = 0.0) -> T | None:
        """The value. Where it is too old, a reading is started and waited for: `first_seconds` at most while nothing
        is known, else `seconds`. None while nothing is known.
        """
        known = self._known
        if known is None or self._clock() >= known[1]:
            self.read_again(first_seconds if known is None else seconds)
        return self.known

    def read_again(self, seconds: float) -> None:
        """Read now, or wait for the reading that is under way, for so many seconds at most."""
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
