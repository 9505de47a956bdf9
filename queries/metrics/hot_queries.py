"""What somebody queries at: requests that come again and again, and how to hand them to another worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from queries.core.time_range import Window
from queries.metrics.cache.intervals import Grid
from queries.metrics.cache.keys import is_extendable
from queries.metrics.request import Request

_MOST: Final = 2_000  # hot requests; beyond that the coldest are forgotten

Key = tuple[str, str, str, int, int, int]


class _Hot(msgspec.Struct, array_like=True):
    source: str
    tenant: str
    expr: str
    start: int
    end: int
    step: int
    scrape_interval: int
    last_seen: float
    lag: int
    moves: bool


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[_Hot])


@dataclass(frozen=True)
class HotQuery:
    """A request that somebody makes again and again, when last, and how many points it stays behind the present."""

    request: Request
    last_seen: float
    lag: int
    moves: bool

    @property
    def key(self) -> Key:
        """One a source, tenant, expression, grid and lag."""
        request, window = self.request, self.request.window
        return request.source, request.tenant, request.expr, window.step, window.start % window.step, self.lag

    def request_at(self, now: float) -> Request:
        """The request as its viewers will make it now."""
        window = self.request.window
        grid = Grid.through(window.start, window.step)
        end = grid.instant(grid.point(now) - self.lag)
        return replace(self.request, window=replace(window, start=end - window.seconds, end=end))


class HotQueries:
    """What is looked at: windows that end now, and windows that follow the present at a distance.

    The latter are comparisons with a day or a week before. A window of the past that stands still is fetched once
    and needs no refresh; it is recognised by not having moved when it is requested again.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._queries: dict[Key, HotQuery] = {}

    def touch(self, request: Request) -> None:
        """Somebody asks this now."""
        if not is_extendable(request.expr):
            return
        now, window = self._clock(), request.window
        grid = Grid.through(window.start, window.step)
        lag = grid.point(now) - grid.point(window.end)
        live = lag * window.step <= max(2 * window.step, self._seconds)
        self.add(HotQuery(request, now, 0 if live else lag, live))

    def add(self, query: HotQuery) -> None:
        """Remember a query, the widest window of its kind."""
        with self._lock:
            known = self._queries.get(query.key)
            self._queries[query.key] = query if known is None else _both(known, query)

    def hot(self) -> list[HotQuery]:
        """What was looked at lately and follows the present, the hottest first; the rest is forgotten."""
        oldest = self._clock() - self._seconds
        with self._lock:
            recent = (query for query in self._queries.values() if query.last_seen >= oldest)
            newest = sorted(recent, key=lambda query: -query.last_seen)[:_MOST]
            self._queries = {query.key: query for query in newest}
            return [query for query in self._queries.values() if query.moves]


def _both(known: HotQuery, new: HotQuery) -> HotQuery:
    wider = known if known.request.window.seconds > new.request.window.seconds else new
    moves = known.moves or new.moves or known.request.window.end != new.request.window.end
    return replace(wider, last_seen=max(known.last_seen, new.last_seen), moves=moves)


def encode(queries: Sequence[HotQuery]) -> bytes:
    """Looks as bytes for the shared tier."""
    return _ENCODER.encode([_row(query) for query in queries])


def _row(query: HotQuery) -> _Hot:
    request, window = query.request, query.request.window
    return _Hot(
        request.source,
        request.tenant,
        request.expr,
        window.start,
        window.end,
        window.step,
        window.scrape_interval,
        query.last_seen,
        query.lag,
        query.moves,
    )


def decode(data: bytes | None) -> list[HotQuery]:
    """What another worker wrote; nothing when it was somebody else."""
    try:
        rows = _DECODER.decode(data) if data else []
    except msgspec.MsgspecError:
        return []
    return [
        HotQuery(
            Request(row.source, row.expr, Window(row.start, row.end, row.step, row.scrape_interval), row.tenant),
            row.last_seen,
            row.lag,
            row.moves,
        )
        for row in rows
        if row.step > 0
    ]
