"""Keeps warm what somebody looks at: one worker asks, nobody waits; when nobody looks, nothing is asked."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from queries.metrics.cache.backends import Store
from queries.metrics.cache.codec import VERSION
from queries.metrics.cache.lease import Leases, Release
from queries.metrics.hot_queries import HotQueries, HotQuery, Key, decode, encode
from queries.metrics.request import Request

_LOG: Final = logging.getLogger(__name__)
_SLOTS: Final = 64  # places for the workers' lists in the shared tier; a shared slot costs a delay, nothing more
_PUBLISH: Final = 5.0  # seconds between exchanges of what is looked at
_LEAD: Final = 30.0  # seconds after which the leader stands for election again
_TICK: Final = 0.5  # seconds; a new step is noticed within this time


@dataclass
class _Leadership:
    release: Release | None = None
    until: float = 0.0


class Refresher:
    """A thread that looks twice a second whether a hot window has a new step. `refresh` starts a fetch and returns."""

    def __init__(
        self,
        hot_queries: HotQueries,
        refresh: Callable[[Request], None],
        store: Store,
        leases: Leases,
        clock: Callable[[], float],
        fresh_for: float,
        scope: str,
    ) -> None:
        """`scope` names the backends: only workers that ask the same ones exchange what is looked at."""
        self._hot_queries, self._refresh, self._store, self._leases = hot_queries, refresh, store, leases
        self._clock, self._fresh_for = clock, fresh_for
        self._names = [f"hot{VERSION}:{scope}:{slot}" for slot in range(_SLOTS)]
        self._lease = f"refresher{VERSION}:{scope}"
        self._slot = secrets.randbelow(_SLOTS)
        self._exchanged = float("-inf")
        self._leadership = _Leadership()
        self._done: dict[Key, tuple[int, int]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a daemon thread of this process."""
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and give the leadership back."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2 * _TICK)
        self._resign()

    def tick(self) -> int:
        """One look; how many refreshes it started."""
        self._exchange()
        hot = self._hot_queries.hot()
        if not hot or not self._leads():
            return 0
        self._done = {look.key: done for look in hot if (done := self._done.get(look.key))}
        return sum(self._refreshed(look) for look in hot)

    def _run(self) -> None:
        while not self._stop.wait(_TICK):
            try:
                self.tick()
            except Exception:  # it must outlive whatever one look runs into
                _LOG.exception("background refresh")

    def _refreshed(self, look: HotQuery) -> bool:
        now = self._clock()
        request = look.request_at(now)
        mark = (request.window.end, int(now // self._fresh_for))
        if self._done.get(look.key) == mark:
            return False
        self._done[look.key] = mark
        self._refresh(request)
        return True

    def _leads(self) -> bool:
        mine, now = self._leadership, self._clock()
        if mine.release is not None and 0 <= mine.until - now <= _LEAD:
            return True
        self._resign()
        release = self._leases.acquire(self._lease)
        self._leadership = _Leadership(release, now + _LEAD)
        return release is not None

    def _resign(self) -> None:
        if self._leadership.release is not None:
            self._leadership.release()
        self._leadership = _Leadership()

    def _exchange(self) -> None:
        """Tell the others what our viewers look at, and hear what theirs do."""
        now = self._clock()
        if 0 <= now - self._exchanged < _PUBLISH:
            return
        self._exchanged = now
        mine = self._hot_queries.hot()
        if mine:
            self._store.set_many({self._names[self._slot]: encode(mine)}, int(4 * _PUBLISH))
        for data in self._store.get_many(self._names):
            for look in decode(data):
                self._hot_queries.add(look)
