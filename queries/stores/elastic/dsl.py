"""The search box and filters as queries. What somebody typed only ever becomes a value, never a name or an operator."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from queries.search.grammar import BooleanGroup, Bounds, Exists, Match, Node, Not, Text
from queries.search.results import NANO, Filter, Range
from queries.stores.documents.document import Place
from queries.stores.elastic import lucene
from queries.stores.elastic.caps import MIXED, Caps
from queries.stores.values import UNSPACED, instant, instants, number_of, whole_number

Query = dict[str, Any]

ALL: Final[Query] = {"match_all": {}}
NONE: Final[Query] = {"match_none": {}}
INDEX: Final = "_index"  # every document has it, though no mapping names it
_LONGEST_PATTERN: Final = 1_000  # characters; the cluster's own limit
_WHOLE: Final = 256  # characters; keyword variants ignore longer values
MOST: Final = 9 * 10**18  # of a long


@dataclass(frozen=True)
class Field:
    """A place that is there: `whole` is the name for whole values, `nested` the object it lies in.

    `indices` are those in which it has this kind, where others give it another one.
    """

    path: str
    kind: str
    whole: str
    nested: str = ""
    where: tuple[tuple[str, str | int], ...] = ()
    indices: tuple[str, ...] = ()


class Fields(Protocol):
    """How documents answer to the fields of the grammar."""

    def fields_for(self, name: str) -> tuple[Field, ...]:
        """Where a field is; empty when no document has it."""
        ...

    def matched(self, match: Match) -> Query | None:
        """A query for fields that compare in their own way; None for usual ones."""
        ...

    def bounded(self, bounds: Bounds) -> Query | None:
        """The same for ranges."""
        ...

    def present(self, name: str) -> Query | None:
        """That a field has a value, where that is no matter of one place; None for usual ones."""
        ...

    def anywhere(self, text: Text) -> Query:
        """A word or phrase without a field."""
        ...


def located(places: Iterable[Place], caps: Caps) -> tuple[Field, ...]:
    """Those of the places that are there."""
    fields = []
    for place in places:
        if place.path == INDEX:
            fields.append(Field(INDEX, "keyword", INDEX))
            continue
        kind = caps.kind(place.path)
        if kind and kind != "nested":
            nested = caps.nested(place.path)
            where = place.where if nested else ()
            for field_kind, indices in caps.split.get(place.path, {kind: ()}).items():
                whole = caps.variant(place.path, field_kind) if field_kind != MIXED else ""
                fields.append(Field(place.path, field_kind, whole, nested, where, indices))
    return tuple(fields)


def every(queries: Iterable[Query]) -> Query:
    """All of them, without scores."""
    conditions = [query for query in queries if query != ALL]
    return {"bool": {"filter": conditions}} if conditions else ALL


def some(queries: Iterable[Query]) -> Query:
    """Any of them; none of none."""
    conditions = [query for query in queries if query != NONE]
    if len(conditions) == 1:
        return conditions[0]
    return {"bool": {"should": conditions, "minimum_should_match": 1}} if conditions else NONE


def none_of(query: Query) -> Query:
    """The opposite."""
    return {"bool": {"must_not": [query]}}


def compiled(node: Node | None, fields: Fields) -> Query:
    """The search as a query."""
    if node is None:
        return ALL
    if isinstance(node, BooleanGroup):
        parts = [compiled(child, fields) for child in node.nodes]
        return every(parts) if node.word == "AND" else some(parts)
    if isinstance(node, Not):
        return none_of(compiled(node.node, fields))
    if isinstance(node, Text):
        return fields.anywhere(node)
    if isinstance(node, Exists):
        own = fields.present(node.field)
        return own if own is not None else some(_present(field) for field in fields.fields_for(node.field))
    if isinstance(node, Match):
        own = fields.matched(node)
        return own if own is not None else _match(node, fields)
    own = fields.bounded(node)
    return own if own is not None else _bounds(node, fields)


def filtered(filters: Sequence[Filter], fields: Fields) -> Query:
    """All filters; each is any of its values, or that the field is present."""
    return every(_filter(filter_, fields) for filter_ in filters)


def _filter(filter_: Filter, fields: Fields) -> Query:
    nodes: list[Node] = [Match(filter_.field, value, exact=True) for value in filter_.values] or [Exists(filter_.field)]
    query = compiled(BooleanGroup("OR", tuple(nodes)), fields)
    return none_of(query) if filter_.negated else query


def _match(node: Match, fields: Fields) -> Query:
    if node.pattern:
        return some(nested(field, resembles(field, node.pattern)) for field in fields.fields_for(node.field))
    make = starts if node.prefix else equal
    return some(nested(field, make(field, node.value, node.exact)) for field in fields.fields_for(node.field))


def _bounds(node: Bounds, fields: Fields) -> Query:
    return some(nested(field, between(field, node)) for field in fields.fields_for(node.field))


def nested(field: Field, query: Query) -> Query:
    """The query where the field lies in a nested object, or has its kind in some indices only."""
    if query == NONE:
        return NONE
    if field.indices:
        # The cluster leaves out the other indices before it looks at what they could not answer.
        return every([{"terms": {INDEX: list(field.indices)}}, nested(replace(field, indices=()), query)])
    if not field.nested:
        return query
    conditions: list[Query] = [{"term": {name: value}} for name, value in field.where]
    return {"nested": {"path": field.nested, "query": every([*conditions, query]), "ignore_unmapped": True}}


def exists(field: Field) -> Query:
    """The field has a value that is no empty text."""
    query: Query = {"exists": {"field": field.path}}
    if field.kind not in ("keyword", "text") or not field.whole:
        return query
    return {"bool": {"filter": [query], "must_not": [{"term": {field.whole: ""}}]}}


def _present(field: Field) -> Query:
    """The field has a value, even one that is too long for the index."""
    query = nested(field, exists(field))
    return query if field.kind != "keyword" or field.nested else some([query, {"term": {"_ignored": field.path}}])


def equal(field: Field, value: str, exact: bool) -> Query:
    """The field's whole value; a text without a whole-value variant by its words."""
    if field.path == INDEX and not value:
        return NONE  # Elasticsearch fails over an index without a name
    if field.kind in ("keyword", "text"):
        if not field.whole or (field.kind == "text" and len(value) > _WHOLE):
            return phrase(field.path, value)
        if not exact and not value.isascii():  # the cluster folds the case of ASCII only
            return expression(field.whole, lucene.folded(value))
        return {"term": {field.whole: value if exact else {"value": value, "case_insensitive": True}}}
    if field.kind == "flattened":
        return {"term": {field.path: value}}
    if field.kind == "flag":
        return {"term": {field.path: value.lower() == "true"}} if value.lower() in ("true", "false") else NONE
    return _equal_value(field, value)


def _equal_value(field: Field, value: str) -> Query:
    if field.kind == "ip":
        return {"term": {field.path: value}} if _is_address(value) else NONE
    if field.kind in ("date", "date_nanos"):
        time = instant(value)
        return {"range": {field.path: {"gte": iso(time), "lte": iso(time), "format": ISO}}} if time else NONE
    number = number_of(value)
    if number is None or (field.kind == "integer" and (number % 1 or abs(number) > MOST)):
        return NONE
    return {"term": {field.path: _exactly(value, number)}}


def _exactly(value: str, number: float) -> float:
    """A whole number as such, as a float cannot tell large ones apart; JSON's writer knows none above a long."""
    whole = whole_number(value)
    return whole if whole is not None and abs(whole) <= MOST else number


def starts(field: Field, value: str, exact: bool = False) -> Query:
    """The field's value begins so."""
    if not value:
        return exists(field)
    if field.kind in ("keyword", "text"):
        if not field.whole:
            return phrase(field.path, value, prefix=True)
        if not exact and not value.isascii():
            return expression(field.whole, lucene.beginning(value))
        return {"prefix": {field.whole: {"value": value, "case_insensitive": not exact}}}
    if field.kind == "flattened":
        return {"prefix": {field.path: value}}
    if field.kind == "flag":
        return some(
            {"term": {field.path: word == "true"}} for word in ("true", "false") if word.startswith(value.lower())
        )
    if field.kind in ("integer", "number") and value.isascii() and value.isdecimal() and len(value) < 18:
        return some(_decades(field.path, int(value)))
    return NONE


def resembles(field: Field, pattern: Sequence[str]) -> Query:
    """The field's whole value has these parts in this order, with anything between them."""
    if field.kind in ("keyword", "text"):
        parts = ".*".join(lucene.folded(part) for part in pattern)
        return expression(field.whole or field.path, parts)
    if field.kind == "flattened":
        escaped = "*".join(re.sub(r"([*?\\\\])", r"\\\1", part) for part in pattern)
        return {"wildcard": {field.path: {"value": escaped}}}
    return NONE


def _decades(path: str, first: int) -> Iterable[Query]:
    """Numbers that begin with these digits: 5, 50 to 59, 500 to 599, …"""
    if first == 0:
        return [{"range": {path: {"gte": 0, "lt": 1}}}]
    ranges, scale = [], 1
    while (first + 1) * scale < MOST:
        ranges.append({"range": {path: {"gte": first * scale, "lt": (first + 1) * scale}}})
        scale *= 10
    return ranges


def between(field: Field, node: Bounds) -> Query:
    """The field lies within the bounds: as numbers when both sides are some, else as times or texts."""
    if field.kind in ("date", "date_nanos"):
        first, last = (None if time is None else iso(time) for time in instants(node))
        return ranged(field.path, node, first, last, {"format": ISO})
    sides = (node.low, node.high)
    numbers = [number_of(side) for side in sides]
    numeric = all(side is None or number is not None for side, number in zip(sides, numbers, strict=True))
    if field.kind in ("integer", "number"):
        low, high = (
            None if side is None or number is None else _exactly(side, number)
            for side, number in zip(sides, numbers, strict=True)
        )
        return ranged(field.path, node, low, high) if numeric else NONE
    if not field.whole or field.kind not in ("keyword", "text", "flattened"):
        return NONE
    if numeric and any(number is not None for number in numbers):
        return {"regexp": {field.whole: {"value": lucene.digits(node, numbers[0], numbers[1]), "flags": "INTERVAL"}}}
    query = ranged(field.whole, node, node.low, node.high)
    return query if node.low else every([exists(field), query])  # an empty text is no value


def ranged(path: str, node: Bounds, low: Any, high: Any, more: Mapping[str, str] | None = None) -> Query:
    """A range whose sides are given in the field's own type."""
    inner: dict[str, Any] = dict(more or {})
    if low is not None:
        inner["gte" if node.low_included else "gt"] = low
    if high is not None:
        inner["lte" if node.high_included else "lt"] = high
    return {"range": {path: inner}} if low is not None or high is not None else {"exists": {"field": path}}


def phrase(path: str, value: str, prefix: bool = False) -> Query:
    """The words in a row, whole (the last may be a beginning)."""
    if prefix:
        return {"match_phrase_prefix": {path: {"query": value, "max_expansions": 1_000}}}
    return {"match_phrase": {path: value}}


def words(field: Field, value: str, prefix: bool = False, pattern: Sequence[str] = ()) -> Query:
    """The words in a text; anywhere in a field that only knows whole values."""
    if field.kind == "flattened":
        return resembles(field, pattern) if pattern else {"term": {field.path: value}}
    if field.kind == "keyword":
        return _words_of_a_value(field, value, prefix, pattern)
    if field.kind == "text" and pattern:
        return expression(field.path, lucene.pattern_of_a_word(pattern))
    if field.kind != "text":
        return equal(field, value, exact=False) if not prefix and not pattern else NONE
    query = phrase(field.path, value, prefix)
    part = lucene.part_of_a_word(value, prefix)
    return some([query, expression(field.path, part)]) if part else query


def _words_of_a_value(field: Field, value: str, prefix: bool, pattern: Sequence[str]) -> Query:
    """Words in a row within a whole value; what has none anywhere in it."""
    if pattern:
        return expression(field.path, lucene.pattern_of_a_value(pattern, prefix))
    tokens = re.findall(r"\w+", value)
    if not tokens or UNSPACED.search(value) or len(value) > lucene.LONGEST_WORD:
        escaped = "".join(f"\\{char}" if char in "*?\\" else char for char in value.strip())
        return {"wildcard": {field.path: {"value": f"*{escaped}*", "case_insensitive": True}}}
    return expression(field.path, lucene.words_of_a_value(tokens, prefix))


def expression(path: str, pattern: str) -> Query:
    """A regular expression of Lucene's over whole values; one that is too long for it matches nothing."""
    return {"regexp": {path: {"value": pattern, "flags": "NONE"}}} if len(pattern) <= _LONGEST_PATTERN else NONE


ISO: Final = "strict_date_optional_time_nanos"


def iso(at_ns: int) -> str:
    """Epoch nanoseconds as Elasticsearch reads them, within what `date_nanos` can hold."""
    seconds, rest = divmod(max(0, min(at_ns, 9 * 10**18)), NANO)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}Z"  # whole: Elasticsearch fills up what is missing, upward for gt and lte


def within(path: str, kind: str, range_: Range) -> Query:
    """The half-open range; dates are kept in milliseconds, so its edges go outward to whole ones."""
    start, end = range_.start_ns, range_.end_ns
    if kind == "date":
        start, end = start // 1_000_000 * 1_000_000, -(-end // 1_000_000) * 1_000_000
    return {"range": {path: {"gte": iso(start), "lt": iso(end), "format": ISO}}}


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
