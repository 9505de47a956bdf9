"""What is different about a selection: counts in it and around it, scored with JLH."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.logs.levels import level_of
from queries.search.results import SignificantValue, SignificantValues, jlh
from queries.stores.elastic.aggs import buckets, inside, terms
from queries.stores.elastic.client import Answer, Cluster, quality
from queries.stores.elastic.dsl import Field, Query

_MOST_FIELDS: Final = 60
_LEAST: Final = 3  # occurrences in the selection; fewer are chance
_VALUES: Final = 20  # of one field
_KINDS: Final = ("keyword", "text", "integer", "flag", "ip")  # others have no significant terms
_NESTED_KINDS: Final = ("keyword", "text")

Asked = list[tuple[str, Field]]
Counts = dict[str, tuple[int, int]]  # in the selection, in all


def significant_values(
    cluster: Cluster,
    index: str,
    columns: Mapping[str, Sequence[Field]],
    selection: Query,
    around: Query,
    size: int,
    begun: float,
    notes: Sequence[str],
    deadline: Deadline,
    listed: Mapping[str, Mapping[str, Query]] | None = None,
) -> SignificantValues:
    """Values that are more frequent in `selection`, which lies in `around`; `listed` fields are queries by value."""
    named = {name: {"filters": {"filters": dict(queries)}} for name, queries in (listed or {}).items()}
    countable = [(name, field) for name, fields in columns.items() if (field := _first(fields))][:_MOST_FIELDS]
    chosen = cluster.search(index, _selected_body(countable, selection, around, named), deadline)
    whole = cluster.search(index, _around_body(countable, chosen, around, named), deadline)
    selected, total = chosen.total.value, max(whole.total.value, chosen.total.value)
    values = [
        value
        for n, (name, field) in enumerate(countable)
        for value in _standing(name, _counts(name, str(n), field, chosen, whole), selected, total)
    ]
    for name in named:
        values += _standing(name, _named_counts(name, chosen, whole), selected, total)
    best = sorted(
        (value for value in values if value.score > 0), key=lambda value: (-value.score, value.field, value.value)
    )
    return SignificantValues(tuple(best[:size]), selected, total - selected, quality([chosen, whole], begun, notes))


def _first(fields: Sequence[Field]) -> Field | None:
    return next(
        (field for field in fields if field.whole and not field.indices and field.kind in _countable(field)), None
    )


def _countable(field: Field) -> tuple[str, ...]:
    return _NESTED_KINDS if field.nested else _KINDS


def _selected_body(countable: Asked, selection: Query, around: Query, named: dict[str, Any]) -> dict[str, Any]:
    aggs = {str(n): inside(field, _significant(field, around)) for n, (_, field) in enumerate(countable)}
    return {"query": selection, "size": 0, "track_total_hits": True, "aggs": {**aggs, **named}}


def _significant(field: Field, around: Query) -> dict[str, Any]:
    if field.nested:  # a background filter cannot reach into nested objects: counted in a second round
        return terms(field, _VALUES, min_doc_count=_LEAST)
    return {
        "significant_terms": {
            "field": field.whole,
            "size": _VALUES,
            "shard_size": 1_000,
            "min_doc_count": _LEAST,
            "shard_min_doc_count": 2,  # spares a look around for every value that occurs once: ids, durations
            "background_filter": around,
            "jlh": {},
        }
    }


def _around_body(countable: Asked, chosen: Answer, around: Query, named: dict[str, Any]) -> dict[str, Any]:
    aggs = dict(named)
    for n, (_, field) in enumerate(countable):
        values = [value for value, _ in buckets(chosen.aggregations.get(str(n), {}))] if field.nested else []
        if values:
            listed = {"terms": {"field": field.whole, "size": len(values), "include": values}}
            aggs[str(n)] = inside(field, listed)
    return {"query": around, "size": 0, "track_total_hits": True, "aggs": aggs}


def _named_counts(name: str, chosen: Answer, whole: Answer) -> Counts:
    inside, around = (selection.aggregations.get(name, {}).get("buckets", {}) for selection in (chosen, whole))
    return {value: (inner["doc_count"], around[value]["doc_count"]) for value, inner in inside.items()}


def _counts(name: str, key: str, field: Field, chosen: Answer, whole: Answer) -> Counts:
    """Spellings of one level count together."""
    around = {value: bucket["doc_count"] for value, bucket in buckets(whole.aggregations.get(key, {}))}
    counts: Counts = {}
    for raw, bucket in buckets(chosen.aggregations.get(key, {})):
        value = (level_of(raw) or raw) if name == "level" else raw
        in_selection, in_all = counts.get(value, (0, 0))
        everywhere = around.get(raw, 0) if field.nested else bucket["bg_count"]
        counts[value] = (in_selection + bucket["doc_count"], in_all + everywhere)
    return counts


def _standing(name: str, counts: Counts, selected: int, total: int) -> Iterator[SignificantValue]:
    for value, (chosen, around) in counts.items():
        everywhere = min(total, max(around, chosen))
        if value and chosen >= _LEAST:
            yield SignificantValue(
                name, value[:500], chosen, everywhere - chosen, jlh(chosen, selected, everywhere, total)
            )
