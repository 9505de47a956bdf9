"""How documents of a layout answer to the fields of the search box, with what the index can do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from queries.logs.levels import level_numbers, level_of, severity_level, spellings
from queries.logs.names import canonical_name
from queries.logs.types import LEVELS, LogQuery
from queries.search.grammar import Bounds, Match, Text, fields_of, has_text, parse
from queries.stores.documents.document import Place
from queries.stores.documents.log_layout import EVENT, SEVERITIES, LogLayout, read_level
from queries.stores.elastic.caps import MIXED, Caps
from queries.stores.elastic.dsl import (
    ALL,
    NONE,
    Field,
    Query,
    compiled,
    equal,
    every,
    exists,
    expression,
    filtered,
    located,
    nested,
    none_of,
    resembles,
    some,
    starts,
    within,
    words,
)
from queries.stores.elastic.lucene import folded
from queries.stores.values import severity

_WORDS: Final = ("message", "exception")
_TOLD: Final = ("message", "exception", "exception.type", "logger", "service", "host", "correlation_id", "trace_id")
_NOT_SEARCHED: Final = ("level", "template", "time", "file")
_SEARCHED_KINDS: Final = ("keyword", "text", "integer", "number", "flag", "flattened", MIXED)
MOST_SEARCHED: Final = 300  # fields that a free word is looked for in
_NUMBERS: Final = ("integer", "number")
_BY: Final = "level by "  # the names of aggregations that count levels, before the path


@dataclass(frozen=True)
class LogFields:
    """The fields of a layout in an index."""

    layout: LogLayout
    caps: Caps

    def fields_for(self, name: str) -> tuple[Field, ...]:
        """Where a field is searched; of exceptions in one another, any."""
        return tuple(replace(field, where=()) for field in self.counted(name))

    def counted(self, name: str) -> tuple[Field, ...]:
        """Where a field is counted; of exceptions in one another, the outermost."""
        known = canonical_name(name)
        if known == "time":
            return located([Place(self.layout.time)], self.caps)
        if known:
            return located(self.layout.places.get(known, ()), self.caps)
        return located((Place(f"{prefix}{name}") for prefix in self.layout.own), self.caps)

    def matched(self, match: Match) -> Query | None:
        """Levels by what they mean; messages, templates and stacks by their words."""
        known = canonical_name(match.field)
        level = level_of(match.value) if known == "level" and not match.prefix and not match.pattern else ""
        if level:
            return self.level(level)
        if known in _WORDS or (known == "template" and not match.exact):
            return self._worded(known, Text(match.value, prefix=match.prefix, pattern=match.pattern))
        if known == "exception.type":
            return some(nested(field, _of_type(field, match)) for field in self.fields_for(known))
        return None

    def bounded(self, bounds: Bounds) -> Query | None:
        """Levels by severity; times compare in the usual way."""
        if canonical_name(bounds.field) != "level":
            return None
        low, high = severity(bounds.low), severity(bounds.high)
        first = 1 if low is None else low + (not bounds.low_included)
        last = len(LEVELS) if high is None else high - (not bounds.high_included)
        return some(self.level(LEVELS[code - 1]) for code in range(first, min(last, len(LEVELS)) + 1))

    def present(self, name: str) -> Query | None:
        """Every line lies in some index; an object is there with any of its members."""
        if canonical_name(name) == "file":
            return ALL
        paths = (
            [] if canonical_name(name) or self.fields_for(name) else [f"{prefix}{name}" for prefix in self.layout.own]
        )
        objects: list[Query] = [{"exists": {"field": path}} for path in paths if self.caps.is_object(path)]
        return some(objects) if objects else None

    def anywhere(self, text: Text) -> Query:
        """In the message, the exception, or any other field; a number as the whole value of a field."""
        if not text.value.strip():
            return ALL
        return some(nested(field, words(field, text.value, text.prefix, text.pattern)) for field in self.searched())

    def searched(self) -> list[Field]:
        """Where a free word is looked for: the most telling fields first, and so many of the others."""
        first = [field for name in _TOLD for field in self.fields_for(name)]
        left_out = {field.path for name in _NOT_SEARCHED for field in self.fields_for(name)} | {
            place.path for place in first
        }
        others = [path for path in sorted(self.caps.kinds) if path not in left_out and not self.caps.is_variant(path)]
        places = (Place(path) for path in others if self.caps.kinds[path] in _SEARCHED_KINDS)
        return [*first, *located(places, self.caps)][:MOST_SEARCHED]

    def unanswered(self, query: LogQuery) -> tuple[str, ...]:
        """What of a search the cluster cannot answer, as sentences. Raises GrammarError."""
        node = parse(query.text)
        names = [*fields_of(node), *(filter_.field for filter_ in query.filters)]
        notes = [
            f"Elasticsearch does not index the field {name} everywhere: a search does not reach all of its values."
            for name in dict.fromkeys(names)
            if self._paths(name) & self.caps.unsearchable
        ]
        if has_text(node):
            if self.caps.unsearchable:
                listed = sorted(self.caps.unsearchable)
                more = f" and {len(listed) - 3:,} more" if len(listed) > 3 else ""
                notes.append(
                    f"Words were not looked for in fields that are not indexed: {', '.join(listed[:3])}{more}."
                )
            if len(self.searched()) == MOST_SEARCHED:
                notes.append(f"Words were looked for in {MOST_SEARCHED} fields; the index has more.")
        return tuple(notes)

    def too_long(self, query: LogQuery) -> Query:
        """Lines of the range with values that are too long for the index, in fields that this search looks into."""
        node = parse(query.text)
        fields = self.searched() if has_text(node) else []
        fields += [field for name in fields_of(node) for field in self.fields_for(name)]
        paths = sorted({field.path for field in fields if field.kind == "keyword" and not field.nested})
        time = self.layout.time
        if not paths:
            return NONE
        return every([within(time, self.caps.kind(time), query.range), {"terms": {"_ignored": paths}}])

    def _paths(self, name: str) -> frozenset[str]:
        known = canonical_name(name)
        if known:
            return frozenset(place.path for place in self.layout.places.get(known, ()))
        return frozenset(f"{prefix}{name}" for prefix in self.layout.own)

    def level(self, level: str) -> Query:
        """Lines of that level, however it is written: the first place that says something decides."""
        parts: list[Query] = []
        silent: list[Query] = []
        for field in self.fields_for("level"):
            own = nested(field, _leveled(field, level))
            parts.append(every([*silent, own]) if own != NONE else NONE)
            silent.append(none_of(nested(field, _says(field))))
        return some(parts)

    def levels(self, names: Sequence[str]) -> Query:
        """Any of these; a word that is none of ours is compared with the service's own."""
        others = [word for word in names if word not in LEVELS]
        return some(
            [
                *(self.level(word) for word in names if word in LEVELS),
                *(nested(field, equal(field, word, exact=True)) for word in others for field in self._level_words()),
            ]
        )

    def standing(self, name: str) -> tuple[Field, ...]:
        """Where a field's words can be counted: a level's, not its number's."""
        return self._level_words() if name == "level" else self.counted(name)

    def _level_words(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields_for("level") if field.path not in (*SEVERITIES, EVENT))

    def level_counts(self) -> dict[str, Any]:
        """Aggregations that count lines by level; `read_levels` reads them."""
        fields = self.fields_for("level")
        if not all(field.whole and not field.indices for field in fields):
            queries = {level: self.level(level) for level in LEVELS}
            return {"queries": {"filters": {"filters": queries, "other_bucket_key": ""}}}
        inner: dict[str, Any] = {}
        for field in reversed(fields):
            inner = {f"{_BY}{field.path}": {"terms": _all_of(field), **({"aggs": inner} if inner else {})}}
        return inner

    def _worded(self, name: str, text: Text) -> Query:
        if not text.value.strip():
            return ALL
        return some(
            nested(field, words(field, text.value, text.prefix, text.pattern)) for field in self.fields_for(name)
        )


def _of_type(field: Field, match: Match) -> Query:
    """A class of an exception, with or without its namespace."""
    if match.pattern:
        first, *rest = match.pattern
        return some([resembles(field, match.pattern), resembles(field, ("", f".{first}", *rest))])
    own = (starts if match.prefix else equal)(field, match.value, match.exact)
    if not match.value or not field.whole or field.kind not in ("keyword", "text"):
        return own
    literal = "".join(char if char.isalnum() else f"\\{char}" for char in match.value)
    name = literal if match.exact else folded(match.value)
    return some([own, expression(field.whole, f".*\\.{name}{'.*' if match.prefix else ''}")])


def condition(query: LogQuery, fields: LogFields) -> Query:
    """Everything the query asks. Raises GrammarError."""
    time = fields.layout.time
    return every(
        [
            within(time, fields.caps.kind(time), query.range),
            none_of(some(fields.layout.never)) if fields.layout.never else ALL,
            fields.levels(query.levels) if query.levels else ALL,
            filtered(query.filters, fields),
            compiled(parse(query.text), fields),
        ]
    )


def any_line(fields: LogFields) -> Query:
    """Lines of any time."""
    never = none_of(some(fields.layout.never)) if fields.layout.never else ALL
    return every([{"exists": {"field": fields.layout.time}}, never])


def same(fields: LogFields, name: str, value: str) -> Query:
    """Lines with exactly that value."""
    return some(nested(field, equal(field, value, exact=True)) for field in fields.fields_for(name))


def read_levels(bucket: Any) -> dict[str, int]:
    """Lines by level out of a bucket with `level_counts`; a word that is no level stays as it is."""
    counts: dict[str, int] = {}
    for key, bucket_ in bucket.get("queries", {}).get("buckets", {}).items():
        _add(counts, key, bucket_["doc_count"])
    _read_places(counts, bucket)
    return counts or _add(counts, "", bucket["doc_count"])


def _read_places(counts: dict[str, int], bucket: Any) -> bool:
    """Count by the first place that says something; False where the bucket asks no further place."""
    name = next((name for name in bucket if name.startswith(_BY)), "")
    for entry in bucket[name].get("buckets", ()) if name else ():
        key = entry["key"] if entry["key"] != _NO_NUMBER else None
        level = read_level(name.removeprefix(_BY), key)
        if level:
            _add(counts, level[0] or level[1], entry["doc_count"])
        elif not _read_places(counts, entry):
            _add(counts, "", entry["doc_count"])
    return bool(name)


def _add(counts: dict[str, int], level: str, lines: int) -> dict[str, int]:
    if lines:
        counts[level] = counts.get(level, 0) + lines
    return counts


_NO_NUMBER: Final = -1


def _all_of(field: Field) -> dict[str, Any]:
    """All values of a field with few, documents without it included."""
    if field.kind in _NUMBERS:
        # The type is for indices that do not have the field, whose counts could not be added to the others' else.
        return {"field": field.whole, "size": 100, "missing": _NO_NUMBER, "value_type": "long"}
    return {"field": field.whole, "size": 100, "missing": ""}


def _says(field: Field) -> Query:
    """The place says something of the level."""
    if field.path in SEVERITIES:
        return {"range": {field.path: {"gte": 1, "lte": 24}}}
    return {"term": {field.path: "error"}} if field.path == EVENT else exists(field)


def _leveled(field: Field, level: str) -> Query:
    if field.path in SEVERITIES:
        return {"terms": {field.path: [code for code in range(1, 25) if severity_level(code) == level]}}
    if field.path == EVENT:
        return _says(field) if level == "Error" else NONE
    numbers, words = level_numbers(level), spellings(level)
    if field.kind in _NUMBERS:
        return {"terms": {field.path: list(numbers)}}
    if not field.whole:
        return some({"match": {field.path: {"query": word, "lenient": True}}} for word in (*words, *map(str, numbers)))
    return {"terms": {field.whole: [*words, *map(str, numbers)]}}
