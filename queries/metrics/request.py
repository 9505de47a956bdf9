"""What goes into the engine and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.metrics.frame import Frame

Filters = Mapping[str, tuple[str, ...]]


class Origin(StrEnum):
    """Where an answer came from."""

    FRESH = "fresh"  # fetched from the backend for this request
    CACHE = "cache"  # everything was cached and young enough
    JOINED = "joined"  # another request for the same thing was already under way
    STALE = "stale"  # the last good answer; the backend gave no newer one in time


@dataclass(frozen=True)
class Request:
    """One expanded query over one aligned window; `start == end` asks for a single instant."""

    source: str
    expr: str
    window: Window
    tenant: str = ""


@dataclass(frozen=True)
class Answer:
    """A frame and its story, for the panel and for its inspector.

    `age` is how many seconds ago the newest part was fetched when origin is STALE, else 0. `missing` is how many
    points of the window have not been fetched yet: more than 0 only when origin is STALE.
    `error` says why a stale answer is all there is. `partial` marks an answer that the backend itself called so.
    """

    request: Request
    frame: Frame
    origin: Origin
    age: float = 0.0
    missing: int = 0
    milliseconds: float = 0.0
    samples_fetched: int = 0
    samples_reused: int = 0
    partial: bool = False
    error: QueryError | None = None

    @property
    def is_final(self) -> bool:
        """Whether this is all that the backend says now: no newer answer is on its way, and no part is missing."""
        return self.origin is not Origin.STALE and not self.partial


@dataclass(frozen=True)
class Pending:
    """The deadline passed while the answer was still on its way; ask again."""

    request: Request


Outcome = Answer | Pending | QueryError
