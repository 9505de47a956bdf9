"""Pages by `search_after`, without any state in the cluster: every process can go on from any cursor.

The order is time, index, sequence number: unique within a shard, the same on its replicas, kept over merges, and the
order in which documents came.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from queries import cursor as cursors
from queries.errors import InvalidInput
from queries.sources.elastic.dsl import INDEX

MOST: Final = 9_999  # hits of a page; Elasticsearch's own limit is one more
_LONG: Final = 2**63


class Spot(NamedTuple):
    """Where a hit stands in the order; `at` in nanoseconds."""

    at: int
    place: str
    seq: int


def order(time: str, kind: str, ascending: bool) -> list[dict[str, Any]]:
    """The sort of a search."""
    way = "asc" if ascending else "desc"
    first: dict[str, Any] = {"order": way, "unmapped_type": "date"}
    if kind == "date_nanos":
        first["numeric_type"] = "date_nanos"  # where some indices keep milliseconds
    return [{time: first}, {INDEX: {"order": way}}, {"_seq_no": {"order": way}}]


def spot(hit: dict[str, Any], kind: str) -> Spot:
    """Out of a hit's sort values."""
    at, index, seq = hit["sort"]
    return Spot(int(at) * unit(kind), str(index), int(seq))


def after(found: Spot, kind: str) -> list[Any]:
    """`search_after` for what follows."""
    return [found.at // unit(kind), found.place, found.seq]


def unit(kind: str) -> int:
    """Nanoseconds in one step of a sort value."""
    return {"date_nanos": 1, "integer": 1_000}.get(kind, 1_000_000)


def encode(name: str, back: bool, found: Spot) -> str:
    """A cursor."""
    return cursors.encode(name, back, *found)


def decode(name: str, cursor: str) -> tuple[bool, Spot]:
    """Its parts. Raises InvalidInput."""
    back, at, index, seq = cursors.decode(name, cursor, bool, int, str, int)
    if not (-_LONG <= at < _LONG and 0 <= seq < _LONG):
        raise InvalidInput("cursor", "This page's address is not understood.", "Start from the first page.")
    return back, Spot(at, index, seq)
