"""How documents of a layout answer to the fields of the search box, with what the index can do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from queries.grammar import Bounds, Match, Text, parse
from queries.logs.levels import level_numbers, level_of, severity_level, spellings
from queries.logs.names import canonical
from queries.logs.types import LEVELS, LogQuery
from queries.sources.elastic.caps import MIXED, Caps
from queries.sources.elastic.dsl import (
    ALL,
    NONE,
    Field,
    Place,
    Query,
    compiled,
    equal,
    every,
    filtered,
    located,
    nested,
    none_of,
    some,
    within,
    words,
)
from queries.sources.elastic.log_layout import LogLayout
from queries.sources.files.log_fields import severity

_WORDS: Final = ("message", "exception")
_IDS: Final = ("trace_id", "span_id", "correlation_id")
_NUMBERS: Final = ("integer", "number")
SEVERITY: Final = "severity_number"  # OpenTelemetry's, 1 to 24


@dataclass(frozen=True)
class LogFields:
    """The fields of a layout in an index."""

    layout: LogLayout
    caps: Caps

    def found(self, name: str) -> tuple[Field, ...]:
        """Where a field is."""
        known = canonical(name)
        if known == "time":
            return located([Place(self.layout.time)], self.caps)
        if known:
            return located(self.layout.places.get(known, ()), self.caps)
        return located((Place(f"{prefix}{name}") for prefix in self.layout.own), self.caps)

    def matched(self, match: Match) -> Query | None:
        """Levels by what they mean; messages, templates and stacks by their words."""
        known = canonical(match.field)
        level = level_of(match.value) if known == "level" and not match.prefix else ""
        if level:
            return self.level(level)
        if known in _WORDS or (known == "template" and not match.exact):
            return self._worded(known, match.value, match.prefix)
        return None

    def bounded(self, bounds: Bounds) -> Query | None:
        """Levels by severity; times compare in the usual way."""
        if canonical(bounds.field) != "level":
            return None
        low, high = severity(bounds.low), severity(bounds.high)
        first = 1 if low is None else low + (not bounds.low_included)
        last = len(LEVELS) if high is None else high - (not bounds.high_included)
        return some(self.level(LEVELS[code - 1]) for code in range(first, min(last, len(LEVELS)) + 1))

    def present(self, name: str) -> Query | None:
        """Every line lies in some index."""
        return ALL if canonical(name) == "file" else None

    def anywhere(self, text: Text) -> Query:
        """In the message, or an id as a whole."""
        message = self._worded("message", text.value, text.prefix)
        if text.prefix or " " in text.value:
            return message
        ids = [equal(field, text.value, exact=True) for name in _IDS for field in self.found(name)]
        return some([message, *ids])

    def level(self, level: str) -> Query:
        """Lines of that level, however it is written."""
        number, words = self._level_places()
        written = some(_leveled(field, level) for field in words)
        if number is None:
            return written
        codes = [code for code in range(1, 25) if severity_level(code) == level]
        unset = none_of({"range": {number.path: {"gte": 1, "lte": 24}}})
        return some([{"terms": {number.path: codes}}, every([unset, written]) if written != NONE else NONE])

    def levels(self, wanted: Sequence[str]) -> Query:
        """Any of these; a word that is none of ours is compared with the service's own."""
        _, words = self._level_places()
        others = [word for word in wanted if word not in LEVELS]
        return some(
            [*(self.level(word) for word in wanted if word in LEVELS),
             *(equal(field, word, exact=True) for word in others for field in words)]
        )  # fmt: skip

    def standing(self, name: str) -> tuple[Field, ...]:
        """Where a field's words can be counted: a level's, not its number's."""
        return tuple(self._level_places()[1]) if name == "level" else self.found(name)

    def _level_places(self) -> tuple[Field | None, list[Field]]:
        found = self.found("level")
        number = next((field for field in found if field.path == SEVERITY), None)
        return number, [field for field in found if field.path != SEVERITY]

    def level_counts(self) -> dict[str, Any]:
        """Aggregations that count lines by level; `read_levels` reads them."""
        number, words = self._level_places()
        countable = next((field for field in words if field.whole), None)
        inner = {"words": {"terms": _all_of(countable)}} if countable else {}
        if number:
            return {"codes": {"terms": _all_of(number), "aggs": inner}}
        if inner or not words:
            return inner
        queries = {level: self.level(level) for level in LEVELS}
        return {"queries": {"filters": {"filters": queries, "other_bucket_key": ""}}}

    def _worded(self, name: str, value: str, prefix: bool) -> Query:
        if not value.strip():
            return ALL
        return some(nested(field, words(field, value, prefix)) for field in self.found(name))


def condition(query: LogQuery, fields: LogFields) -> Query:
    """Everything the query asks. Raises GrammarError."""
    time = fields.layout.time
    return every(
        [
            within(time, fields.caps.kind(time), query.range),
            none_of(fields.layout.never) if fields.layout.never else ALL,
            fields.levels(query.levels) if query.levels else ALL,
            filtered(query.filters, fields),
            compiled(parse(query.text), fields),
        ]
    )


def any_line(fields: LogFields) -> Query:
    """Lines of any time."""
    never = none_of(fields.layout.never) if fields.layout.never else ALL
    return every([{"exists": {"field": fields.layout.time}}, never])


def same(fields: LogFields, name: str, value: str) -> Query:
    """Lines with exactly that value."""
    return some(nested(field, equal(field, value, exact=True)) for field in fields.found(name))


def read_levels(bucket: Any) -> dict[str, int]:
    """Lines by level out of a bucket with `level_counts`; a word that is no level stays as it is."""
    counts: dict[str, int] = {}
    for key, one in bucket.get("queries", {}).get("buckets", {}).items():
        _add(counts, key, one["doc_count"])
    for code in bucket.get("codes", {}).get("buckets", ()):
        level = severity_level(int(code["key"]))
        if level or "words" not in code:
            _add(counts, level, code["doc_count"])
        else:
            _words_into(counts, code)
    _words_into(counts, bucket)
    return counts or _add(counts, "", bucket["doc_count"])


def _words_into(counts: dict[str, int], bucket: Any) -> None:
    for one in bucket.get("words", {}).get("buckets", ()):
        raw = one["key"] if one["key"] != _NO_NUMBER else ""
        _add(counts, level_of(raw) or str(raw), one["doc_count"])


def _add(counts: dict[str, int], level: str, lines: int) -> dict[str, int]:
    if lines:
        counts[level] = counts.get(level, 0) + lines
    return counts


_NO_NUMBER: Final = -1


def _all_of(field: Field) -> dict[str, Any]:
    """All values of a field with few, documents without it included."""
    missing: str | int = _NO_NUMBER if field.kind in _NUMBERS else ""
    return {"field": field.whole, "size": 100, "missing": missing}


def _leveled(field: Field, level: str) -> Query:
    numbers, words = level_numbers(level), spellings(level)
    if field.kind in _NUMBERS:
        return {"terms": {field.path: list(numbers)}}
    if field.kind == MIXED or not field.whole:
        return some({"match": {field.path: {"query": one, "lenient": True}}} for one in (*words, *map(str, numbers)))
    return {"terms": {field.whole: [*words, *map(str, numbers)]}}
