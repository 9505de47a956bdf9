"""Which layout lies where, and what its fields can do: asked at first use, remembered for a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.core.ttl_cache import TTLCache
from queries.stores.elastic.caps import Caps
from queries.stores.elastic.client import Cluster

_LIFE: Final = 60.0  # seconds
_LIFE_ABSENT: Final = 5.0  # an index may appear at any time
_DATES: Final = ("date", "date_nanos")
_NAMED: Final = 5  # indices that cannot be read and are named


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

    @property
    def time(self) -> str:
        """The field that holds the time."""
        ...


L = TypeVar("L", bound=Layout)
Together = Callable[[Sequence[L], Sequence[L]], L]  # one layout out of those that are marked and those that are there


@dataclass(frozen=True)
class Schema(Generic[L]):
    """A layout in an index; `indices` is how many there are, `unread` says which of them cannot be read, and why."""

    layout: L
    index: str
    caps: Caps
    indices: int
    unread: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """That nothing is there, or what of it cannot be read."""
        return self.unread if self.indices else (f"Elasticsearch has no index {self.index}.",)


class SchemaFinder(Generic[L]):
    """Finds the layout once a minute. Safe for threads."""

    def __init__(
        self,
        cluster: Cluster,
        layouts: Sequence[L],
        index: str,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        together: Together[L] | None = None,
    ) -> None:
        self._together = together if name == "auto" else None
        self._cluster, self._index = cluster, index
        self._layouts = list(layouts) if name == "auto" else [layout for layout in layouts if layout.name == name]
        if not self._layouts:
            known = ", ".join(layout.name for layout in layouts)
            raise InvalidInput("layout", f"“{name}” is not a known layout.", f"Choose auto or one of: {known}.")
        self._known: TTLCache[str, Schema[L]] = TTLCache(clock=clock)

    def find(self, deadline: Deadline) -> Schema[L]:
        """The layout. Raises SourceUnavailable."""
        if (known := self._known.get(self._index)) is not None:
            return known
        schema = self._look(deadline)
        self._known.put(self._index, schema, _LIFE if schema.indices else _LIFE_ABSENT)
        return schema

    def _look(self, deadline: Deadline) -> Schema[L]:
        """The first layout with a mark in its index, or all of them together; without one, what has an index at all."""
        looked: dict[str, tuple[Caps, int]] = {}
        for layout in self._layouts:
            index = self._index or layout.index
            if index not in looked:
                looked[index] = self._cluster.caps(index, deadline)
            caps, indices = looked[index]
            if not self._together and any(caps.kind(mark) for mark in layout.marks):
                return Schema(layout, index, caps, indices)
        if self._together:
            return self._joined(self._together, looked, deadline)
        there = [layout for layout in self._layouts if looked[self._index or layout.index][1]]
        layout = (there or self._layouts)[0]
        index = self._index or layout.index
        return Schema(layout, index, *looked[index])

    def _joined(self, together: Together[L], looked: Mapping[str, tuple[Caps, int]], deadline: Deadline) -> Schema[L]:
        """All layouts that are there, as one."""
        there = [layout for layout in self._layouts if looked[self._index or layout.index][1]]
        marked = [
            layout
            for layout in there
            if any(looked[self._index or layout.index][0].kind(mark) for mark in layout.marks)
        ]
        layout = together(marked, there or self._layouts)
        index = self._index or layout.index
        return self._readable(layout, index, *(looked.get(index) or self._cluster.caps(index, deadline)), deadline)

    def _readable(self, layout: L, index: str, caps: Caps, indices: int, deadline: Deadline) -> Schema[L]:
        """Without the indices whose times cannot be compared: the cluster would fail over all of them."""
        if not indices:
            return Schema(layout, index, caps, indices)
        kinds = self._cluster.kinds(index, layout.time, deadline)
        dates = ("date", "date_nanos")
        wrong = {name: kind for kind, names in kinds.items() if kind not in (*dates, "unmapped") for name in names}
        unread = [
            f"Index {name} is not shown: its {layout.time} is of type {kind}, not a date."
            for name, kind in wrong.items()
        ]
        unread += [f"Index {name} is not shown: it has no {layout.time}." for name in kinds.get("unmapped", ())]
        if wrong:
            index = _without(index, wrong)
            caps, indices = self._cluster.caps(index, deadline)
        return Schema(layout, index, caps, indices, _few(unread))


def _without(index: str, names: Iterable[str]) -> str:
    patterns = [pattern for pattern in index.split(",") if pattern not in names]
    return ",".join([*patterns, *(f"-{name}" for name in names if name not in index.split(","))])


def _few(sentences: Sequence[str]) -> tuple[str, ...]:
    more = len(sentences) - _NAMED
    return (*sentences[:_NAMED], *([f"{more:,} more indices are not shown for such reasons."] if more > 0 else ()))
