"""Which layout lies where, and what its fields can do: asked at first use, remembered for a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from queries.deadline import Deadline
from queries.errors import InvalidInput
from queries.sources.elastic.caps import Caps
from queries.sources.elastic.client import Cluster

_LIFE: Final = 60.0  # seconds
_LIFE_ABSENT: Final = 5.0  # an index may appear at any time


class Layout(Protocol):
    """What finding needs of a layout."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def index(self) -> str:
        """Where it lies by default."""
        ...

    @property
    def marks(self) -> tuple[str, ...]:
        """Fields that tell it."""
        ...


L = TypeVar("L", bound=Layout)


@dataclass(frozen=True)
class Found(Generic[L]):
    """A layout in an index; `indices` is how many there are."""

    layout: L
    index: str
    caps: Caps
    indices: int

    @property
    def notes(self) -> tuple[str, ...]:
        """That nothing is there."""
        return () if self.indices else (f"Elasticsearch has no index {self.index}.",)


class Finder(Generic[L]):
    """Finds the layout once a minute. Safe for threads."""

    def __init__(
        self, cluster: Cluster, layouts: Sequence[L], index: str, name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cluster, self._index, self._clock = cluster, index, clock
        self._layouts = list(layouts) if name == "auto" else [one for one in layouts if one.name == name]
        if not self._layouts:
            known = ", ".join(one.name for one in layouts)
            raise InvalidInput("layout", f"“{name}” is no layout of documents.", f"Choose auto or one of: {known}.")
        self._lock = threading.Lock()
        self._known: tuple[Found[L], float] | None = None

    def find(self, deadline: Deadline) -> Found[L]:
        """The layout. Raises SourceUnavailable."""
        with self._lock:
            if self._known and self._clock() < self._known[1]:
                return self._known[0]
        found = self._look(deadline)
        with self._lock:
            self._known = (found, self._clock() + (_LIFE if found.indices else _LIFE_ABSENT))
        return found

    def _look(self, deadline: Deadline) -> Found[L]:
        """The first layout with a mark in its index; without one the first that has an index at all."""
        looked: dict[str, tuple[Caps, int]] = {}
        for layout in self._layouts:
            index = self._index or layout.index
            if index not in looked:
                looked[index] = self._cluster.caps(index, deadline)
            caps, indices = looked[index]
            if any(caps.kind(mark) for mark in layout.marks):
                return Found(layout, index, caps, indices)
        there = [one for one in self._layouts if looked[self._index or one.index][1]]
        layout = (there or self._layouts)[0]
        index = self._index or layout.index
        return Found(layout, index, *looked[index])
