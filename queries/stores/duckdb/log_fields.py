"""How the table of log lines answers to the fields of the search box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from queries.logs.levels import level_of
from queries.logs.names import canonical_name
from queries.logs.types import LEVELS, LogQuery
from queries.search.grammar import Bounds, Match, Text, parse
from queries.stores.duckdb.log_content import number_text
from queries.stores.duckdb.sql import Sql, between, compiled, filtered, joined, member, words
from queries.stores.values import instants, severity

COLUMNS: Final = {
    "message": "message",
    "template": "template",
    "service": "service",
    "host": "host",
    "logger": "logger",
    "environment": "environment",
    "trace_id": "trace_id",
    "span_id": "span_id",
    "correlation_id": "correlation_id",
    "exception": "failure",
    "exception.type": "failure_kind",
    "file": "file",
}
LEVEL_WORD: Final = (
    "CASE level " + " ".join(f"WHEN {n} THEN '{word}'" for n, word in enumerate(LEVELS, 1)) + " ELSE raw_level END"
)


@dataclass(frozen=True)
class LogFields:
    """`promoted` properties have a column of their own, `p0`, `p1`, …"""

    promoted: tuple[str, ...] = ()

    def text(self, name: str) -> Sql:
        """The field as text; the table keeps absent canonical fields as empty texts."""
        known = canonical_name(name)
        if known == "level":
            return Sql(LEVEL_WORD)
        if known == "time":
            return Sql("CAST(make_timestamp_ns(at_ns) AS VARCHAR)")
        if known in COLUMNS:
            return Sql(f"nullif({COLUMNS[known]}, '')")
        if name in self.promoted:
            return Sql(f"p{self.promoted.index(name)}")
        return member("fields", name)

    def number(self, name: str) -> Sql:
        """The field as a number."""
        text = self.text(name)
        return Sql(f"TRY_CAST({text.text} AS DOUBLE)", text.values)

    def matched(self, match: Match) -> Sql | None:
        """Levels by what they mean; messages, templates and stacks by their words."""
        known = canonical_name(match.field)
        is_whole = not match.prefix and not match.pattern
        level = level_of(match.value) if known == "level" and is_whole else ""
        if level:
            return Sql("level = ?", (LEVELS.index(level) + 1,))
        if known in ("message", "exception") or (known == "template" and not match.exact):
            return words(COLUMNS[known], match.value, match.prefix, match.pattern)
        return _of_type(match) if known == "exception.type" else None

    def bounded(self, bounds: Bounds) -> Sql | None:
        """Levels by severity, times by instant."""
        known = canonical_name(bounds.field)
        if known == "level":
            low, high = (severity(side) for side in (bounds.low, bounds.high))
            return between(Sql("nullif(level, 0)"), bounds, low, high)
        if known == "time":
            return between(Sql("at_ns"), bounds, *instants(bounds))
        return None

    def anywhere(self, text: Text) -> Sql:
        """In the message, the exception, or any other field; a number as the whole value of a field."""
        alternatives = [
            words(column, text.value, text.prefix, text.pattern) for column in ("message", "failure", "content")
        ]
        number = number_text(text.value)
        if number and not text.prefix and not text.pattern:
            alternatives.append(Sql("contains(numbers, ?)", (f" {number} ",)))
        return joined(alternatives, "OR")


def _of_type(match: Match) -> Sql:
    """An exception or one within it of that class, with or without its namespace."""
    parts = match.pattern or (match.value,)
    case = "" if match.exact else "(?i)"
    expression = f"{case}(?:^|\\n|\\.)" + "[^\\n]*".join(re.escape(part) for part in parts)
    return Sql("regexp_matches(failure_kinds, ?)", (expression + ("" if match.prefix else "(?:\\n|$)"),))


def condition(query: LogQuery, fields: LogFields) -> Sql:
    """Everything the query asks, as one condition. Raises GrammarError."""
    parts = [Sql("at_ns >= ? AND at_ns < ?", (query.range.start_ns, query.range.end_ns))]
    if query.levels:
        parts.append(levels(query.levels))
    return joined([*parts, filtered(query.filters, fields), compiled(parse(query.text), fields)], "AND")


def levels(names: Sequence[str]) -> Sql:
    """Any of these levels; a word that is none of ours is compared with the service's own."""
    known = [LEVELS.index(word) + 1 for word in names if word in LEVELS]
    others = [word for word in names if word not in LEVELS]
    return joined(
        [
            *(Sql("level = ?", (code,)) for code in known),
            *(Sql("(level = 0 AND raw_level = ?)", (word,)) for word in others),
        ],
        "OR",
    )
