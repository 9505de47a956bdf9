"""How the table of log lines answers to the fields of the search box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from queries.grammar import Bounds, GrammarError, Match, Text, parse
from queries.logs.levels import level_of
from queries.logs.names import canonical
from queries.logs.types import LEVELS, LogQuery
from queries.sources.files.clef import nanoseconds
from queries.sources.files.log_content import number_text
from queries.sources.files.sql import Sql, between, compiled, filtered, joined, member, number_of, words

COLUMNS: Final = {
    "message": "message", "template": "template", "service": "service", "host": "host", "logger": "logger",
    "environment": "environment", "trace_id": "trace_id", "span_id": "span_id", "correlation_id": "correlation_id",
    "exception": "failure", "exception.type": "failure_kind", "file": "file",
}  # fmt: skip
LEVEL_WORD: Final = (
    "CASE level " + " ".join(f"WHEN {n} THEN '{word}'" for n, word in enumerate(LEVELS, 1)) + " ELSE raw_level END"
)


@dataclass(frozen=True)
class LogFields:
    """`promoted` properties have a column of their own, `p0`, `p1`, …"""

    promoted: tuple[str, ...] = ()

    def text(self, name: str) -> Sql:
        """The field as text; the table keeps absent canonical fields as empty texts."""
        known = canonical(name)
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
        known = canonical(match.field)
        is_whole = not match.prefix and not match.pattern
        level = level_of(match.value) if known == "level" and is_whole else ""
        if level:
            return Sql("level = ?", (LEVELS.index(level) + 1,))
        if known in ("message", "exception") or (known == "template" and not match.exact):
            return words(COLUMNS[known], match.value, match.prefix, match.pattern)
        return _of_type(match) if known == "exception.type" else None

    def bounded(self, bounds: Bounds) -> Sql | None:
        """Levels by severity, times by instant."""
        known = canonical(bounds.field)
        if known == "level":
            low, high = (severity(side) for side in (bounds.low, bounds.high))
            return between(Sql("nullif(level, 0)"), bounds, low, high)
        if known == "time":
            return between(Sql("at_ns"), bounds, *instants(bounds))
        return None

    def anywhere(self, text: Text) -> Sql:
        """In the message, the exception, or any other field; a number as the whole value of a field."""
        found = [words(column, text.value, text.prefix, text.pattern) for column in ("message", "failure", "content")]
        number = number_text(text.value)
        if number and not text.prefix and not text.pattern:
            found.append(Sql("contains(numbers, ?)", (f" {number} ",)))
        return joined(found, "OR")


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


def levels(wanted: Sequence[str]) -> Sql:
    """Any of these levels; a word that is none of ours is compared with the service's own."""
    known = [LEVELS.index(word) + 1 for word in wanted if word in LEVELS]
    others = [word for word in wanted if word not in LEVELS]
    return joined(
        [*(Sql("level = ?", (code,)) for code in known),
         *(Sql("(level = 0 AND raw_level = ?)", (word,)) for word in others)], "OR",
    )  # fmt: skip


def severity(word: str | None) -> int | None:
    """1 to 6; above all for a word that is no level, so that nothing matches."""
    if word is None:
        return None
    level = level_of(word)
    return LEVELS.index(level) + 1 if level else len(LEVELS) + 1


_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")


def instant(text: str | None) -> int | None:
    """Epoch nanoseconds of an ISO time, a date, or epoch seconds; 0 for what is none of them."""
    if text is None:
        return None
    seconds = number_of(text)
    if seconds is not None:
        return int(max(-9e9, min(seconds, 9e9)) * 1e9)
    match = _MOMENT.fullmatch(text)
    if not match:
        return 0
    day, minute, second, zone = match.groups()
    return nanoseconds(f"{day}T{minute or '00:00'}{second or ':00'}{zone or ''}") or 0


def instants(bounds: Bounds) -> tuple[int | None, int | None]:
    """Both sides as epoch nanoseconds. Raises GrammarError for a side that is no time."""
    for side in (bounds.low, bounds.high):
        if side and not instant(side) and number_of(side) is None:
            raise GrammarError(
                bounds.position, f"“{side[:40]}” is no time.", "Write 2026-01-31, 2026-01-31T14:05 or epoch seconds."
            )
    return instant(bounds.low), instant(bounds.high)
