"""Pages by `search_after`, without any state in the cluster: every process can go on from any cursor.

The order is time, index, sequence number, id. The cluster sorts by the first three: they are the same on replicas and
kept over merges. They are not unique, because every shard of an index counts its own sequence numbers: up to as many
documents as the index has shards can have all three in common. The cluster cannot sort by `_id`, so these ties are put
in order here. A search begins with the whole tie of its position, and a tie that the size may have cut is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, InvalidInput
from queries.search import cursor as cursors
from queries.search.results import Position
from queries.stores.elastic.client import NAME, Answer, Cluster
from queries.stores.elastic.dsl import INDEX

Hit = dict[str, Any]

_SHARDS: Final = 1_024  # the most of an index, and so the largest tie
_SPARE: Final = 16  # hits beyond the size ones that are asked at first: larger ties are rare
_WINDOW: Final = 10_000  # hits of a search, Elasticsearch's own limit
MOST: Final = _WINDOW - 2 * _SHARDS - 1  # hits of a page
_LONG: Final = 2**63


def order(time: str, kind: str, ascending: bool) -> list[dict[str, Any]]:
    """The sort of a search."""
    way = "asc" if ascending else "desc"
    first: dict[str, Any] = {"order": way, "unmapped_type": "date"}
    if kind == "date_nanos":
        first["numeric_type"] = "date_nanos"  # where some indices keep milliseconds
    return [{time: first}, {INDEX: {"order": way}}, {"_seq_no": {"order": way}}]


def unit(kind: str) -> int:
    """Nanoseconds in one step of a sort value."""
    return {"date_nanos": 1, "integer": 1_000}.get(kind, 1_000_000)


def position(hit: Mapping[str, Any], kind: str) -> Position:
    """Out of a hit. Raises AnswerMalformed."""
    try:
        time, index, sequence = hit["sort"]
        return Position(int(time) * unit(kind), str(index), int(sequence), str(hit["_id"]))
    except (KeyError, TypeError, ValueError):
        raise AnswerMalformed(NAME, "The response from Elasticsearch is not valid: a hit has no sort values.") from None


@dataclass(frozen=True)
class Slice:
    """The next `size` hits behind a position (None: from the beginning) in a direction."""

    time: str
    kind: str
    ascending: bool
    size: int
    behind: Position | None = None

    def body(self, wide: bool = False) -> dict[str, Any]:
        """Size, sort and beginning of the search; `wide` has room for the largest ties at both ends."""
        body: dict[str, Any] = {"size": self._size(wide), "sort": order(self.time, self.kind, self.ascending)}
        if self.behind:
            # One sequence number back: search_after leaves out what is equal, and ties are equal.
            step = -1 if self.ascending else 1
            sequence = max(-1, min(self.behind.sequence + step, _LONG - 1))
            body["search_after"] = [self.behind.at_ns // unit(self.kind), self.behind.place, sequence]
        return body

    def hits(self, hits: Sequence[Hit], wide: bool = False) -> list[Hit] | None:
        """The size hits in order; None when a tie was so large that the search must be repeated `wide`."""
        ordered = sorted(hits, key=self._position, reverse=not self.ascending)
        behind = [hit for hit in ordered if self._is_behind(hit)]
        if len(hits) < self._size(wide):
            return behind[: self.size]
        last = self._position(hits[-1])[:3]
        whole = [hit for hit in behind if self._position(hit)[:3] != last]
        return whole[: self.size] if len(whole) >= self.size or wide else None

    def _size(self, wide: bool) -> int:
        return min(_WINDOW, self.size + (2 * _SHARDS if wide else _SPARE))

    def _position(self, hit: Hit) -> Position:
        return position(hit, self.kind)

    def _is_behind(self, hit: Hit) -> bool:
        if self.behind is None:
            return True
        position_ = self._position(hit)
        return position_ > self.behind if self.ascending else position_ < self.behind


def read(
    cluster: Cluster, index: str, part: Slice, body: Mapping[str, Any], deadline: Deadline
) -> tuple[list[Hit], Answer]:
    """The hits of a slice, and the answer that they are of. Raises as `Cluster.search`."""
    return completed(cluster, index, part, body, cluster.search(index, {**body, **part.body()}, deadline), deadline)


def completed(
    cluster: Cluster, index: str, part: Slice, body: Mapping[str, Any], answer: Answer, deadline: Deadline
) -> tuple[list[Hit], Answer]:
    """The hits of a slice out of its answer; asks once more where ties need it."""
    hits = part.hits(answer.hits)
    if hits is not None:
        return hits, answer
    wider = cluster.search(index, {**body, **part.body(wide=True)}, deadline)
    return part.hits(wider.hits, wide=True) or [], wider


def encode(name: str, back: bool, position_: Position) -> str:
    """A cursor."""
    return cursors.encode(name, back, *position_)


def decode(name: str, cursor: str) -> tuple[bool, Position]:
    """Its parts. Raises InvalidInput."""
    back, time, index, sequence, document = cursors.decode(name, cursor, bool, int, str, int, str)
    if not (-_LONG <= time < _LONG and 0 <= sequence < _LONG):
        raise InvalidInput("cursor", "The page cursor is not valid.", "Start from the first page.")
    return back, Position(time, index, sequence, document)
