"""What the steps of the pipeline hand to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from queries.core.deadline import Deadline
from queries.metrics.cache.extents import Piece
from queries.metrics.cache.intervals import Grid, PointRange
from queries.metrics.cache.keys import is_extendable, key_of
from queries.metrics.frame import EMPTY, Frame
from queries.metrics.request import Origin, Request


@dataclass(frozen=True)
class Call:
    """A request on its way down: the entry it touches, the time there is, and the gaps that must be fetched.

    `backend` is the identity of the source that is asked. `confirm`: cached points must be confirmed by the backend.
    """

    request: Request
    deadline: Deadline
    backend: str
    gaps: tuple[PointRange, ...] = ()
    confirm: bool = False

    @cached_property
    def entry(self) -> tuple[str, Grid]:
        """Key and grid of its cache entry."""
        return key_of(self.request, self.backend)

    @property
    def key(self) -> str:
        """Key of its cache entry."""
        return self.entry[0]

    @property
    def grid(self) -> Grid:
        """Grid of its cache entry."""
        return self.entry[1]

    @cached_property
    def extendable(self) -> bool:
        """Whether points of the answer can be fetched and kept one by one."""
        return is_extendable(self.request.expr)

    @property
    def span(self) -> PointRange:
        """The points that its window asks for."""
        return self.grid.span(self.request.window.start, self.request.window.end)


@dataclass(frozen=True)
class Reply:
    """An answer on its way up. Below the cache, `pieces` is what was fetched; `as_of` is the backend's clock."""

    frame: Frame = EMPTY
    origin: Origin = Origin.FRESH
    samples_fetched: int = 0
    samples_reused: int = 0
    warned: bool = False
    pieces: tuple[Piece, ...] = ()
    as_of: float = 0.0


Handler = Callable[[Call], Reply]
