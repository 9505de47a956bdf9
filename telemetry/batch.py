"""A bounded queue with a thread behind it: whoever puts something in never waits for a disk or a network."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
# Between batches, so that a thread that serves requests gets the interpreter at once and not after its switch
# interval of 5 ms: encoding a second's spans in one go would be seen in the latency of whoever comes meanwhile.
BREATH: Final = 0.001


class Batcher(Generic[T]):
    """Hands lists of up to `size` things to `send`, at the latest every `seconds`; beyond `limit` it drops and counts.

    `send` may raise: the batch counts as dropped and the next one is tried. The thread starts with the first thing.
    `idle` is called after each round, by the same thread, for what `send` had to put off.
    """

    def __init__(
        self,
        send: Callable[[list[T]], None],
        size: int,
        seconds: float,
        limit: int,
        name: str,
        idle: Callable[[], None] | None = None,
    ) -> None:
        self._send, self._size, self._seconds, self._limit, self._name = send, size, seconds, limit, name
        self._idle = idle
        self._queue: deque[T] = deque()
        self._wake = threading.Event()
        self._lock = threading.Lock()  # one sender at a time, so that order holds
        self._thread: threading.Thread | None = None
        self._closed = False
        self.dropped = 0
        self.sent = 0

    def put(self, thing: T) -> None:
        """Queue one thing; never blocks, never raises."""
        if len(self._queue) >= self._limit:
            self.dropped += 1
            return
        self._queue.append(thing)
        # A thread does not survive a fork, so its being alive is asked and not remembered.
        if self._thread is None or not self._thread.is_alive():
            self._start()
        elif len(self._queue) >= self._size:
            self._wake.set()

    def flush(self) -> None:
        """Send everything queued, in the caller's thread."""
        with self._lock:
            while batch := self._take():
                self._try(batch)
                if self._queue:
                    time.sleep(BREATH)

    def close(self) -> None:
        """Flush, and end the thread."""
        self._closed = True
        self._wake.set()
        self.flush()

    def _start(self) -> None:
        if not self._closed:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(self._seconds)
            self._wake.clear()
            self.flush()
            if self._idle:
                with self._lock:
                    self._idle()

    def _take(self) -> list[T]:
        batch: list[T] = []
        while self._queue and len(batch) < self._size:
            batch.append(self._queue.popleft())
        return batch

    def _try(self, batch: list[T]) -> None:
        try:
            self._send(batch)
            self.sent += len(batch)
        except Exception:
            self.dropped += len(batch)
