"""What is different about a selection, by significant terms with the JLH score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from queries.deadline import Deadline
from queries.found import StandOut, StandOuts, jlh
from queries.logs.levels import level_of
from queries.sources.elastic.aggs import buckets, inside
from queries.sources.elastic.client import Cluster, quality
from queries.sources.elastic.dsl import Field, Query

_MOST_FIELDS: Final = 60
_LEAST: Final = 3  # occurrences in the selection; fewer are chance
_VALUES: Final = 20  # of one field
_KINDS: Final = ("keyword", "text", "integer", "flag", "ip")  # others cannot be asked for significant terms


def stand_out(
    cluster: Cluster, index: str, columns: Mapping[str, Sequence[Field]], selection: Query, around: Query, size: int,
    begun: float, notes: Sequence[str], deadline: Deadline,
) -> StandOuts:  # fmt: skip
    """Values that are more frequent in `selection`, which lies in `around`."""
    asked = [
        (name, field)
        for name, fields in columns.items()
        for field in fields[:1]
        if field.whole and field.kind in _KINDS
    ][:_MOST_FIELDS]
    aggregations = {str(n): inside(field, _significant(field, around)) for n, (_, field) in enumerate(asked)}
    bodies: list[dict[str, Any]] = [
        {"query": selection, "size": 0, "track_total_hits": True, "aggs": aggregations},
        {"query": around, "size": 0, "track_total_hits": True},
    ]
    chosen, whole = cluster.search_all([(index, body) for body in bodies], deadline)
    selected, total = chosen.total.value, max(whole.total.value, chosen.total.value)
    found = [
        one for n, (name, _) in enumerate(asked)
        for one in _standing(name, chosen.aggregations.get(str(n), {}), selected, total)
    ]  # fmt: skip
    best = sorted((one for one in found if one.score > 0), key=lambda one: (-one.score, one.field, one.value))
    return StandOuts(tuple(best[:size]), selected, total - selected, quality([chosen, whole], begun, notes))


def _significant(field: Field, around: Query) -> dict[str, Any]:
    return {
        "significant_terms": {
            "field": field.whole, "size": _VALUES, "shard_size": 1_000, "min_doc_count": _LEAST,
            "background_filter": around, "jlh": {},
        }
    }  # fmt: skip


def _standing(name: str, answer: Mapping[str, Any], selected: int, total: int) -> Iterator[StandOut]:
    """Spellings of one level count together."""
    counts: dict[str, tuple[int, int]] = {}
    for key, bucket in buckets(answer):
        value = (level_of(key) or key) if name == "level" else key
        chosen, around = counts.get(value, (0, 0))
        counts[value] = (chosen + bucket["doc_count"], around + bucket["bg_count"])
    for value, (chosen, around) in counts.items():
        everywhere = min(total, max(around, chosen))
        if value:
            yield StandOut(name, value[:500], chosen, everywhere - chosen, jlh(chosen, selected, everywhere, total))
