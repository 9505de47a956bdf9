"""Single flight: concurrent calls with the same key share one call, within this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from queries.core.errors import QueryError

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SingleFlight(Generic[K, T]):
    """At most one call per key at a time; concurrent callers get its result or its error. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._futures: dict[K, Future[T]] = {}

    @property
    def busy(self) -> int:
        """The number of calls in progress."""
        return len(self._futures)

    def share(self, key: K, start: Callable[[], Future[T]]) -> tuple[Future[T], bool]:
        """The future of the call in progress for the key, or of a new call that `start` begins; and whether the
        caller joined an existing call. Raises what `start` raises.
        """
        future: Future[T] = Future()
        with self._lock:
            known = self._futures.get(key)
            if known is not None and not known.done():
                return known, True
            self._futures[key] = future
        future.add_done_callback(lambda done: self._forget(key, done))
        # Not under the lock: a pool that is shut down ends its futures, and so comes here, while it holds its own lock.
        try:
            started = start()
        except BaseException as error:
            future.set_exception(error)
            raise
        started.add_done_callback(lambda done: _copy(done, future))
        return future, False

    def run(self, key: K, make: Callable[[], T], seconds: float | None = None) -> tuple[T, bool]:
        """The result of `make`, called in this thread unless another thread is calling it for the same key; and
        whether the caller joined. Raises what `make` raises, and TimeoutError after waiting `seconds` for another
        thread's call.
        """
        mine: Future[T] = Future()
        future, joined = self.share(key, lambda: mine)
        if joined:
            return future.result(seconds), True
        try:
            value = make()
        except BaseException as error:
            mine.set_exception(error.without_frames() if isinstance(error, QueryError) else error)
            mine.exception()  # there may be no other caller: mark the exception as retrieved
            raise
        mine.set_result(value)
        return value, False

    def _forget(self, key: K, future: Future[T]) -> None:
        with self._lock:
            if self._futures.get(key) is future:
                del self._futures[key]


def _copy(ended: Future[T], future: Future[T]) -> None:
    if ended.cancelled():
        future.cancel()
    elif (error := ended.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(ended.result())
