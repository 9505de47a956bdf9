"""How the table of spans answers to the fields of the search box."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import orjson

from queries.search.grammar import Bounds, Match, Text, parse
from queries.stores.duckdb.sql import Sql, between, compiled, filtered, joined, member, pointer, words
from queries.stores.duckdb.trace_table import TOPS
from queries.stores.values import instants, number_of
from queries.traces.names import CANONICAL, canonical_name
from queries.traces.types import TraceQuery

MILLI: Final = 1_000_000  # nanoseconds; durations are typed in milliseconds
LONGEST_MS: Final = 9e12  # what nanoseconds in 64 bits can hold
_LISTED: Final = ("status", "kind")
_TOP: Final = f"(trace_id, span_id) IN (SELECT trace_id, span_id FROM {TOPS})"  # noqa: S608


class TraceFields:
    """Canonical names are columns; other names are attributes of the span, else of its resource."""

    def text(self, name: str) -> Sql:
        """The field as text, NULL where it is absent."""
        known = canonical_name(name)
        if known == "time":
            return Sql("CAST(make_timestamp_ns(start_ns) AS VARCHAR)")
        if known == "duration":
            return Sql("CAST(duration_ns / 1e6 AS VARCHAR)")
        if known in CANONICAL:
            return Sql(f"nullif({known}, '')")
        own, shared = member("attributes", name), member("resource", name)
        return Sql(f"coalesce({own.text}, {shared.text})", own.values + shared.values)

    def number(self, name: str) -> Sql:
        """The field as a number."""
        if canonical_name(name) == "duration":
            return Sql("duration_ns / 1e6")
        text = self.text(name)
        return Sql(f"TRY_CAST({text.text} AS DOUBLE)", text.values)

    def matched(self, match: Match) -> Sql | None:
        """Statuses and kinds by their word, durations in milliseconds, status messages by their words."""
        known = canonical_name(match.field)
        if known == "status_message":
            return words("status_message", match.value, match.prefix, match.pattern)
        if match.pattern:
            return None
        if known in _LISTED and not match.prefix:
            return Sql(f"{known} = lower(?)", (match.value,))
        if known == "duration":
            number = number_of(match.value)
            fits = number is not None and abs(number) < LONGEST_MS
            return Sql("duration_ns = ?", (round(number * MILLI),)) if number is not None and fits else Sql("FALSE")
        return None if known else self._with_elements(match)

    def bounded(self, bounds: Bounds) -> Sql | None:
        """Times by instant."""
        known = canonical_name(bounds.field)
        if known in _LISTED:
            return Sql("FALSE")
        if known == "duration" and any(side and number_of(side) is None for side in (bounds.low, bounds.high)):
            return Sql("FALSE")
        if known == "time":
            return between(Sql("start_ns"), bounds, *instants(bounds))
        return None if known else self._with_elements(bounds)

    def _with_elements(self, node: Match | Bounds) -> Sql:
        """The value itself, or one of the elements of a list."""
        alternatives = [compiled(node, _Plain(self.text(node.field)))]
        element = compiled(node, _Plain(Sql("element")))
        marks = f"{orjson.dumps(node.field).decode()}:["  # few spans have lists: of the others no JSON is read
        for column in ("attributes", "resource"):
            values = f"json_extract_string(json_extract({column}, ?), '$[*]')"
            any_of = f"len(list_filter({values}, lambda element: {element.text})) > 0"
            parts = (marks, pointer(node.field), *element.values)
            alternatives.append(Sql(f"CASE WHEN contains({column}, ?) THEN {any_of} ELSE FALSE END", parts))
        return joined(alternatives, "OR")

    def anywhere(self, text: Text) -> Sql:
        """In the name, the service, the status message or the value of an attribute, or an id as a whole."""
        columns = ("name", "service", "status_message")
        alternatives = [words(column, text.value, text.prefix, text.pattern) for column in columns]
        alternatives += [_in_values(column, text) for column in ("attributes", "resource")]
        if not text.prefix and " " not in text.value:
            alternatives += [Sql(f"{column} = ?", (text.value.lower(),)) for column in ("trace_id", "span_id")]
        return joined(alternatives, "OR")


@dataclass(frozen=True)
class _Plain:
    """A value that is asked as it is, whatever its field is called."""

    value: Sql

    def text(self, _name: str) -> Sql:
        """The value."""
        return self.value

    def number(self, _name: str) -> Sql:
        """The value as a number."""
        return Sql(f"TRY_CAST({self.value.text} AS DOUBLE)", self.value.values)

    def matched(self, _match: Match) -> Sql | None:
        """Compared as usual."""
        return None

    def bounded(self, _bounds: Bounds) -> Sql | None:
        """Compared as usual."""
        return None

    def anywhere(self, text: Text) -> Sql:
        """Its words."""
        return words(self.value.text, text.value, text.prefix)


def _in_values(column: str, text: Text) -> Sql:
    """The words in one of the values of a JSON column; its names do not count."""
    parts = text.pattern or re.findall(r"\w+", text.value)[:1]
    first = max(parts, key=len, default="") if text.value.isascii() else ""
    values = f"array_to_string(json_extract_string({column}, '$.*'), chr(10))"
    inside = words(values, text.value, text.prefix, text.pattern)
    return Sql(
        f"CASE WHEN contains(lower({column}), lower(?)) THEN {inside.text} ELSE FALSE END", (first, *inside.values)
    )


FIELDS: Final = TraceFields()


def condition(query: TraceQuery) -> Sql:
    """Everything the query asks, as one condition. Raises GrammarError."""
    parts = [Sql("start_ns >= ? AND start_ns < ?", (query.range.start_ns, query.range.end_ns))]
    for column, value in (("service", query.service), ("name", query.operation), ("status", query.status)):
        if value:
            parts.append(Sql(f"{column} = ?", (value,)))
    if query.min_ns is not None:
        parts.append(Sql("duration_ns >= ?", (query.min_ns,)))
    if query.max_ns is not None:
        parts.append(Sql("duration_ns <= ?", (query.max_ns,)))
    if query.only:
        served = " OR kind IN ('server', 'consumer')" if query.only == "entries" else ""
        parts.append(Sql(f"(parent_id = '' OR {_TOP}{served})"))
    return joined([*parts, filtered(query.filters, FIELDS), compiled(parse(query.text), FIELDS)], "AND")
