"""Aggregations over a field wherever it lies, and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from queries.search.results import text_of
from queries.stores.elastic.dsl import Field, every, exists, nested, none_of, some

_SHARDS: Final = 50  # more buckets a shard than asked, so that counts are right across shards


def terms(field: Field, size: int, include: str = "", **more: Any) -> dict[str, Any]:
    """The most frequent values; `include` is a regular expression, for texts."""
    inner: dict[str, Any] = {"field": field.whole, "size": size, "shard_size": size * 2 + _SHARDS, **more}
    inner["order"] = [{"_count": "desc"}, {"_key": "asc"}]
    if include:
        inner["include"] = include
    return {"terms": inner}


def inside(field: Field, aggregation: dict[str, Any]) -> dict[str, Any]:
    """The aggregation where the field lies in a nested object; `unfolded` reads the answer."""
    if not field.nested:
        return aggregation
    if field.where:
        condition = every({"term": {name: value}} for name, value in field.where)
        aggregation = {"filter": condition, "aggs": {"in": aggregation}}
    return {"nested": {"path": field.nested}, "aggs": {"in": aggregation}}


def without(fields: Sequence[Field], aggregation: dict[str, Any]) -> dict[str, Any]:
    """The aggregation over lines that have none of these fields, so that no line counts twice."""
    if not fields:
        return aggregation
    return {"filter": none_of(some(nested(field, exists(field)) for field in fields)), "aggs": {"in": aggregation}}


def unfolded(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the innermost aggregation says."""
    while isinstance(answer.get("in"), Mapping):
        answer = answer["in"]
    return answer


def buckets(answer: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Values as texts with their buckets."""
    for bucket in unfolded(answer).get("buckets", ()):
        key = bucket.get("key_as_string", bucket["key"])
        yield (key if isinstance(key, str) else text_of(key)), bucket
