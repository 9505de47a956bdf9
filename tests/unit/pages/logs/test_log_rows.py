"""Rows of lines and what one line has: a line without a message says its fields, an exception its causes."""

from __future__ import annotations

from pages.logs import context as log_context
from pages.logs import export as log_export
from pages.logs import rows as log_rows
from queries.logs.cutting import CUT, cut
from queries.logs.types import LogFailure, LogLine


def line(**more: object) -> LogLine:
    return LogLine("1", 1_790_000_000 * 10**9, "", "", **more)  # type: ignore[arg-type]


def test_a_line_without_a_message_says_its_fields() -> None:
    row = str(log_rows.row(line(fields={"temperature": 21.5, "room.name": "attic", "none": None})))

    assert "temperature=21.5  room.name=attic" in row
    assert "(no message)" not in row
    assert "(no message)" in str(log_rows.row(line()))


CAUSES = LogFailure("Outer", "o", "at Outer()", (LogFailure("Inner", "i", "at Inner()", (LogFailure("Innermost"),)),))


def test_the_causes_of_an_exception_are_shown_with_their_stacks() -> None:
    html = str(log_context._failure(CAUSES, whole=False))

    for text in ("Outer", "at Outer()", "Caused by", "Inner", "at Inner()", "Innermost"):
        assert text in html


def test_the_causes_of_an_exception_are_exported_and_cut_in_lists() -> None:
    long = LogFailure("Outer", causes=(LogFailure("Inner", "x" * (CUT + 1)),))
    failure = cut(line(failure=long)).failure

    assert '"kind":"Innermost"' in log_export._json(line(failure=CAUSES))
    assert failure is not None
    assert len(failure.causes[0].message) == CUT


def test_colours_of_a_terminal_hide_no_word_and_other_codes_are_shown() -> None:
    coloured = LogLine("1", 0, "", "\x1b[1;31mBroken\x1b[0m pipe")
    unfinished = LogLine("1", 0, "", "\x1b[31mred")

    assert "Broken pipe" in str(log_rows.row(coloured))
    assert "␛[31mred" in str(log_rows.row(unfinished))
