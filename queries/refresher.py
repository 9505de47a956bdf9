"""Keeps warm what somebody looks at: one worker asks, nobody waits; when nobody looks, nothing is asked."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from queries.codec import VERSION
from queries.intervals import Grid
from queries.keys import is_extendable
from queries.lease import Leases, Release
from queries.request import Request
from queries.store import Store
from queries.window import Window

_SLOTS: Final = 64  # places for the workers' lists in the shared tier; a shared slot costs a delay, nothing more
_PUBLISH: Final = 5.0  # seconds between exchanges of what is looked at
_LEAD: Final = 30.0  # seconds after which the leader stands for election again
_TICK: Final = 0.5  # seconds; a new step is noticed within this time
_MOST: Final = 2_000  # hot requests; beyond that the coldest are forgotten

Key = tuple[str, str, str, int, int]


class _Hot(msgspec.Struct, array_like=True):
    source: str
    tenant: str
    expr: str
    start: int
    end: int
    step: int
    scrape_interval: int
    seen: float

    def request(self) -> Request:
        return Request(
            self.source, self.expr, Window(self.start, self.end, self.step, self.scrape_interval), self.tenant
        )


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[_Hot])


class Heat:
    """Requests for the present, with when they were made last; one a (source, expression, grid), the widest window."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[Key, tuple[float, Request]] = {}

    def touch(self, request: Request, seen: float | None = None) -> None:
        """Somebody looks at this; requests for the past are ignored, since the past stays as it is."""
        now = self._clock()
        live = request.window.end >= now - max(2 * request.window.step, self._seconds)
        if not live or not is_extendable(request.expr):
            return
        key = _key(request)
        with self._lock:
            last, known = self._seen.get(key, (0.0, request))
            wider = known if known.window.seconds > request.window.seconds else request
            self._seen[key] = (max(last, now if seen is None else seen), wider)

    def hot(self) -> list[tuple[float, Request]]:
        """What was looked at lately, the hottest first; the rest is forgotten."""
        oldest = self._clock() - self._seconds
        with self._lock:
            kept = sorted((item for item in self._seen.items() if item[1][0] >= oldest), key=lambda item: -item[1][0])
            self._seen = dict(kept[:_MOST])
            return list(self._seen.values())


@dataclass
class _Leadership:
    release: Release | None = None
    until: float = 0.0


class Refresher:
    """A thread that looks twice a second whether a hot window has a new step. `refresh` starts a fetch and returns."""

    def __init__(
        self,
        heat: Heat,
        refresh: Callable[[Request], None],
        store: Store,
        leases: Leases,
        clock: Callable[[], float],
        fresh_for: float,
    ) -> None:
        self._heat, self._refresh, self._store, self._leases = heat, refresh, store, leases
        self._clock, self._fresh_for = clock, fresh_for
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
        hot = self._heat.hot()
        if not hot or not self._leads():
            return 0
        self._done = {key: done for _, request in hot if (done := self._done.get(key := _key(request)))}
        return sum(self._refreshed(request) for _, request in hot)

    def _run(self) -> None:
        while not self._stop.wait(_TICK):
            self.tick()

    def _refreshed(self, request: Request) -> bool:
        now = self._clock()
        window, key = request.window, _key(request)
        grid = Grid.through(window.start, window.step)
        end = grid.instant(grid.point(now))
        mark = (end, int(now // self._fresh_for))
        if self._done.get(key) == mark:
            return False
        self._done[key] = mark
        self._refresh(replace(request, window=replace(window, start=end - window.seconds, end=end)))
        return True

    def _leads(self) -> bool:
        mine, now = self._leadership, self._clock()
        if mine.release is not None and 0 <= mine.until - now <= _LEAD:
            return True
        self._resign()
        release = self._leases.acquire("refresher")
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
        names = [f"hot{VERSION}:{slot}" for slot in range(_SLOTS)]
        mine = [_hot(seen, request) for seen, request in self._heat.hot()]
        if mine:
            self._store.set_many({names[self._slot]: _ENCODER.encode(mine)}, int(4 * _PUBLISH))
        for data in self._store.get_many(names):
            for row in _rows(data):
                self._heat.touch(row.request(), row.seen)


def _key(request: Request) -> Key:
    step = request.window.step
    return request.source, request.tenant, request.expr, step, request.window.start % step


def _hot(seen: float, request: Request) -> _Hot:
    window = request.window
    return _Hot(
        request.source,
        request.tenant,
        request.expr,
        window.start,
        window.end,
        window.step,
        window.scrape_interval,
        seen,
    )


def _rows(data: bytes | None) -> list[_Hot]:
    try:
        return _DECODER.decode(data) if data else []
    except msgspec.MsgspecError:
        return []
