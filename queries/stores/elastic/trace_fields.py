"""How documents of spans answer to the fields of the search box."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from queries.search.grammar import Bounds, Match, Text, parse
from queries.search.results import Range
from queries.stores.documents.document import Place
from queries.stores.elastic.caps import Caps
from queries.stores.elastic.dsl import (
    ALL,
    MOST,
    NONE,
    Field,
    Query,
    between,
    compiled,
    equal,
    every,
    filtered,
    located,
    nested,
    none_of,
    ranged,
    some,
    starts,
    within,
    words,
)
from queries.stores.elastic.trace_layout import Part, TraceLayout
from queries.stores.values import instants, number_of
from queries.traces.names import canonical_name
from queries.traces.types import TraceQuery

MILLI: Final = 1_000_000  # nanoseconds; durations are typed in milliseconds
MOST_ATTRIBUTES: Final = 300  # that words without a field are looked for in
_LISTED: Final = ("status", "kind")
_WORDED: Final = ("keyword", "text", "flattened")
_COUNTED: Final = ("integer", "number", "flag")
_AS_WRITTEN: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d*[1-9])?|true|false", re.IGNORECASE)


@dataclass(frozen=True)
class TopSpans:
    """The first spans of traces that have no root; `notes` say which traces were not looked at."""

    trace_ids: tuple[str, ...] = ()
    span_ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TraceFields:
    """The fields of one part of a layout in an index; `tops` stand for roots where there are none."""

    layout: TraceLayout
    part: Part
    caps: Caps
    tops: TopSpans = field(default_factory=TopSpans)

    def fields_for(self, name: str) -> tuple[Field, ...]:
        """Where a field is; not for status and kind, which are queries."""
        known = canonical_name(name)
        if known in _LISTED:
            return ()
        if known:
            return located(self._places(known), self.caps)
        return located(self.layout.own(name), self.caps)

    def _places(self, known: str) -> tuple[Place, ...]:
        own = {"name": self.part.name, "span_id": self.part.span_id, "duration": self.part.duration}
        own["time"] = self.layout.time
        return (Place(own[known]),) if known in own else self.layout.places.get(known, ())

    def matched(self, match: Match) -> Query | None:
        """Statuses and kinds by their word, durations in milliseconds."""
        known = canonical_name(match.field)
        if known in _LISTED:
            value = match.value.lower()
            return some(
                self.listed(known, word)
                for word in self.listing(known)
                if (word.startswith(value) if match.prefix else word == value)
            )
        if known == "duration":
            number = number_of(match.value)
            return NONE if number is None else {"term": {self.part.duration: self.steps(number * MILLI)}}
        if known == "status_message":
            text = (match.value, match.prefix, match.pattern)
            return some(nested(field, words(field, *text)) for field in self.fields_for(known))
        if match.pattern:
            return None
        return self._with_elements(match) if self.layout.lists_are_text and not known else None

    def _with_elements(self, match: Match) -> Query:
        """The value itself, or an element of a list that is kept as JSON."""
        queries = []
        compare = starts if match.prefix else equal
        for place in self.fields_for(match.field):
            own = compare(place, match.value, match.exact)
            queries += [nested(place, query) for query in (own, *(_listed(place, match) if place.whole else ()))]
        return some(queries)

    def bounded(self, bounds: Bounds) -> Query | None:
        """Durations in milliseconds, instants of spans as times."""
        known = canonical_name(bounds.field)
        if known in _LISTED:
            return NONE
        if known == "time":
            return self._time(bounds)
        if known != "duration":
            return None
        sides = [(side, number_of(side)) for side in (bounds.low, bounds.high)]
        if any(side is not None and number is None for side, number in sides):
            return NONE
        steps = [None if number is None else self.steps(number * MILLI) for _, number in sides]
        return ranged(self.part.duration, bounds, steps[0], steps[1])

    def _time(self, bounds: Bounds) -> Query | None:
        """By the exact time in microseconds where there is one, else as a date."""
        micros = self.layout.time if self.caps.kind(self.layout.time) == "integer" else self.layout.fine
        if not micros:
            return None
        low, high = (None if instant is None else instant / 1_000 for instant in instants(bounds))
        exact = ranged(micros, bounds, low, high)
        if micros == self.layout.time:
            return exact
        dates = some(between(field, bounds) for field in self.fields_for("time"))
        return some([exact, every([none_of({"exists": {"field": micros}}), dates])])

    def present(self, name: str) -> Query | None:
        """Every span has a status; a kind unless it was left out."""
        known = canonical_name(name)
        if known == "status":
            return self.part.only
        return some(self.layout.kinds.values()) if known == "kind" else None

    def anywhere(self, text: Text) -> Query:
        """In the name, the service, the status message or the value of an attribute, or an id as a whole."""
        readable = [field for name in ("name", "service", "status_message") for field in self.fields_for(name)]
        queries = [
            nested(field, words(field, text.value, text.prefix, text.pattern))
            for field in (*readable, *self._attributes())
        ]
        if not text.prefix and _AS_WRITTEN.fullmatch(text.value):
            queries += [equal(field, text.value, False) for field in self._attributes(_COUNTED)]
        if not text.prefix and " " not in text.value:
            ids = [field for name in ("trace_id", "span_id") for field in self.fields_for(name)]
            queries += [equal(field, text.value.lower(), True) for field in ids]
        return some(queries)

    def _attributes(self, kinds: tuple[str, ...] = _WORDED) -> list[Field]:
        """Attributes of these kinds, as many as a search may ask at once."""
        whole = [path for path in self.layout.valued if not path.endswith(".")]
        prefixes = (*self.layout.prefixes, *(path for path in self.layout.valued if path.endswith(".")))
        paths = [
            path
            for path, kind in sorted(self.caps.kinds.items())
            if kind in kinds and path.startswith(prefixes) and not self.caps.is_variant(path)
        ]
        listed = [Place(path) for path in (*whole, *paths[:MOST_ATTRIBUTES])]
        return [field for field in located(listed, self.caps) if field.kind in kinds]

    def listing(self, known: str) -> tuple[str, ...]:
        """The words of a status or a kind."""
        return (*self.layout.statuses, "unset") if known == "status" else tuple(self.layout.kinds)

    def listed(self, known: str, word: str) -> Query:
        """Spans of that status or kind."""
        queries: Any = self.layout.statuses if known == "status" else self.layout.kinds
        return queries[word] if word in queries else none_of(some(queries.values()))

    def steps(self, nanoseconds: float) -> float | int:
        """A duration in the documents' own unit."""
        value = round(nanoseconds) / self.layout.unit  # 1.001 ms times a million is 1000999.9999999999 ns
        return int(value) if value % 1 == 0 and abs(value) <= MOST else value

    def within(self, range_: Range) -> Query:
        """Spans that start in the range."""
        kind = self.caps.kind(self.layout.time)
        if kind == "integer":
            micros = {"gte": -(-range_.start_ns // 1_000), "lt": -(-range_.end_ns // 1_000)}
            return {"range": {self.layout.time: micros}}
        return within(self.layout.time, kind, range_)


def _listed(field: Field, match: Match) -> Iterator[Query]:
    """That a list in JSON has this element."""
    escaped = re.sub(r"([*?\\])", r"\\\1", orjson.dumps(match.value).decode())
    patterns = [f"[*{escaped[:-1] if match.prefix else escaped}*]"]
    if number_of(match.value) is not None and not match.prefix:
        patterns += [form.format(match.value) for form in ("[{}]", "[{},*]", "[*,{},*]", "[*,{}]")]
    for pattern in patterns:
        yield {"wildcard": {field.whole: {"value": pattern, "case_insensitive": not match.exact}}}


def condition(query: TraceQuery, fields: TraceFields) -> Query:
    """Everything the query asks of spans of one part. Raises GrammarError."""
    return every(
        [
            fields.part.only,
            fields.within(query.range),
            *_narrowing(query, fields),
            _only(query, fields),
            filtered(query.filters, fields),
            compiled(parse(query.text), fields),
        ]
    )


def _only(query: TraceQuery, fields: TraceFields) -> Query:
    if not query.only:
        return ALL
    first = [fields.layout.root, _top(fields)]
    if query.only == "entries":
        first += [fields.layout.entries, *(fields.listed("kind", kind) for kind in ("server", "consumer"))]
    return some(first)


def _top(fields: TraceFields) -> Query:
    """The spans that stand for a root."""
    if not fields.tops.span_ids:
        return NONE
    columns = (("trace_id", fields.tops.trace_ids), ("span_id", fields.tops.span_ids))
    return every(
        some({"terms": {place.whole: list(ids)}} for place in fields.fields_for(name) if place.whole)
        for name, ids in columns
    )


def _narrowing(query: TraceQuery, fields: TraceFields) -> list[Query]:
    queries = []
    for name, value in (("service", query.service), ("name", query.operation)):
        if value:
            queries.append(some(nested(field, equal(field, value, True)) for field in fields.fields_for(name)))
    if query.status:
        queries.append(fields.listed("status", query.status))
    if query.min_ns is not None or query.max_ns is not None:
        low, high = (None if ns is None else fields.steps(ns) for ns in (query.min_ns, query.max_ns))
        queries.append(ranged(fields.part.duration, Bounds("", "", ""), low, high))
    return queries


def parts_of(layout: TraceLayout, caps: Caps, tops: TopSpans | None = None) -> tuple[TraceFields, ...]:
    """The fields of every part."""
    return tuple(TraceFields(layout, part, caps, tops or TopSpans()) for part in layout.parts)


def whole_trace(fields: TraceFields, trace_ids: list[str]) -> Query:
    """Spans of these traces, of every kind."""
    places = located(fields.layout.places["trace_id"], fields.caps)
    terms = some({"terms": {place.whole: trace_ids}} for place in places if place.whole)
    return every([terms, some(part.only for part in fields.layout.parts)])
