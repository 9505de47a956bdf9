"""Attributes of spans: which there are, their values, and what stands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.search.results import Facet, FacetValue, FieldInfo, FieldList, SignificantValues
from queries.stores.elastic.aggs import buckets, inside, terms, unfolded
from queries.stores.elastic.client import Cluster
from queries.stores.elastic.dsl import Field, every, some
from queries.stores.elastic.lucene import beginning
from queries.stores.elastic.significant_values import significant_values
from queries.stores.elastic.trace_fields import MILLI, TraceFields, condition
from queries.stores.elastic.trace_reading import read_spans
from queries.traces.names import CANONICAL, canonical_name
from queries.traces.types import Span, TraceQuery

_KIND: Final = {bool: "flag", int: "number", float: "number"}
_KINDS: Final = {"integer": "number", "number": "number", "flag": "flag", "date": "time", "date_nanos": "time"}
_LISTED: Final = ("status", "kind")
_STANDING: Final = ("service", "name")
_FILTERED: Final = 1_000
_LONG_PREFIX: Final = 60
_SAMPLE: Final = 100


def span_field_list(fields: TraceFields, spans: Sequence[Span], limit: int) -> FieldList:
    """Canonical fields, then those of the spans by frequency, then those that only the mapping knows."""
    counts: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    for span in spans:
        for name, value in {**span.resource, **span.attributes}.items():
            counts[name] += 1
            kinds.setdefault(name, _KIND.get(type(value), "text"))
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    mapped = {field.name: field for field in _mapped(fields) if field.name not in counts}
    own = [FieldInfo(name, kinds[name], counts[name]) for name in ordered] + list(mapped.values())
    first = tuple(FieldInfo(name, "number" if name == "duration" else "text") for name in CANONICAL)
    room = max(0, limit - len(first))
    return FieldList((*first, *own[:room]), max(0, len(own) - room))


def _mapped(fields: TraceFields) -> Iterator[FieldInfo]:
    for path, kind in sorted(fields.caps.kinds.items()):
        prefix = next((prefix for prefix in fields.layout.prefixes if path.startswith(prefix)), "")
        if prefix and kind != "nested" and not fields.caps.nested(path) and not fields.caps.is_variant(path):
            yield FieldInfo(path.removeprefix(prefix), _KINDS.get(kind, "text"))


def span_values(
    cluster: Cluster,
    index: str,
    parts: Sequence[TraceFields],
    query: TraceQuery,
    name: str,
    prefix: str,
    size: int,
    deadline: Deadline,
) -> Facet:
    """The most frequent values of a field, of all parts together."""
    bodies = [(index, _values_body(part, condition(query, part), name, prefix, size)) for part in parts]
    counts: Counter[str] = Counter()
    others = 0
    for fields, answer in zip(parts, cluster.search_all(bodies, deadline), strict=True):
        for key, found_one in answer.aggregations.items():
            others += int(unfolded(found_one).get("sum_other_doc_count", 0))
            for value, lines in _counted(fields, name, key, found_one):
                counts[value] += lines
    del counts[""]
    starting = [(value, lines) for value, lines in counts.items() if value.lower().startswith(prefix.lower())]
    ordered = sorted(starting, key=lambda pair: (-pair[1], pair[0]))
    return Facet(
        name,
        tuple(FacetValue(value[:1_000], lines) for value, lines in ordered[:size]),
        others + sum(lines for _, lines in ordered[size:]),
    )


def _values_body(fields: TraceFields, where: dict[str, Any], name: str, prefix: str, size: int) -> dict[str, Any]:
    known = canonical_name(name)
    if known in _LISTED:
        listed = {word or "none": fields.listed(known, word) for word in fields.listing(known)}
        aggs: dict[str, Any] = {"words": {"filters": {"filters": listed}}}
    else:
        there = [field for field in fields.fields_for(name) if field.whole and field.kind != "mixed"]
        aggs = {str(n): inside(field, _counting(field, prefix, size)) for n, field in enumerate(there)}
    return {"query": where, "size": 0, "track_total_hits": False, "aggs": aggs}


def _counting(field: Field, prefix: str, size: int) -> dict[str, Any]:
    if not prefix:
        return terms(field, size + 1)
    if field.kind in ("keyword", "text"):
        return terms(field, size + 1, beginning(prefix[:_LONG_PREFIX]))
    return terms(field, _FILTERED)


def _counted(fields: TraceFields, name: str, key: str, listing: Any) -> Iterator[tuple[str, int]]:
    if key == "words":
        for word, bucket in listing.get("buckets", {}).items():
            if bucket["doc_count"]:
                yield word, bucket["doc_count"]
        return
    for value, bucket in buckets(listing):
        yield (_millis(value, fields.layout.unit) if canonical_name(name) == "duration" else value), bucket["doc_count"]


def _millis(value: str, unit: int) -> str:
    return f"{float(value) * unit / MILLI!r}"


def span_significant_values(
    cluster: Cluster,
    index: str,
    parts: Sequence[TraceFields],
    selection: TraceQuery,
    around: TraceQuery,
    size: int,
    begun: float,
    notes: Sequence[str],
    deadline: Deadline,
) -> SignificantValues:
    """Service, operation, and the attributes that the newest selected spans have."""
    inner = some(every([condition(selection, part), condition(around, part)]) for part in parts)
    outer = some(condition(around, part) for part in parts)
    spans, _, _ = read_spans(cluster, index, parts[0], inner, _SAMPLE, True, False, deadline)
    names = dict.fromkeys(name for span in spans for name in (*span.attributes, *span.resource))
    columns = {name: tuple(field for part in parts for field in part.fields_for(name)) for name in (*_STANDING, *names)}
    listed = {known: {word: parts[0].listed(known, word) for word in parts[0].listing(known)} for known in _LISTED}
    return significant_values(cluster, index, columns, inner, outer, size, begun, notes, deadline, listed)
