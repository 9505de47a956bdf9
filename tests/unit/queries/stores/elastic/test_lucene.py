"""Patterns match what the search means, and what somebody typed stands for itself."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.search.grammar import Bounds
from queries.stores.elastic.lucene import (
    beginning,
    digits,
    folded,
    part_of_a_word,
    pattern_of_a_value,
    pattern_of_a_word,
    words_of_a_value,
)


@given(st.text(max_size=40))
def test_a_prefix_of_a_completion_is_no_expression(prefix: str) -> None:
    pattern = beginning(prefix)

    assert pattern.endswith(".*")
    inside = pattern.removesuffix(".*")
    assert inside.count("(") - inside.count("\\(") == len(prefix)
    assert all(
        char.isalnum() or before == "\\" or char in "(|)\\" for before, char in zip(" " + inside, inside, strict=False)
    )


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (folded("Straße 1.5"), ["STRAßE 1.5", "straße 1.5"], ["Straße 1x5", "Strasse 1.5"]),
        (
            words_of_a_value(["read", "timeout"], False),
            ["Read timeout", "x: read-timeout!"],
            ["read timeouts", "bread timeout"],
        ),
        (words_of_a_value(["read", "time"], True), ["read timeout", "a read time"], ["read a timeout"]),
        (pattern_of_a_value(["time", "out"], False), ["a timeout!", "time.out"], ["time out", "timeouts"]),
        (
            pattern_of_a_word(["time", "exception"]),
            ["system.timeoutexception", "33mtimeexception"],
            ["overtimeexception"],
        ),
        (
            part_of_a_word("TimeoutException", False),
            ["system.timeoutexception", "timeoutexception:9"],
            ["mytimeoutexception"],
        ),
        (part_of_a_word("Timeout", True), ["system.timeoutexception"], ["system.mytimeout"]),
    ],
)
def test_a_pattern_matches_whole_values(pattern: str, matching: list[str], other: list[str]) -> None:
    assert [text for text in matching if not re.fullmatch(pattern, text)] == []
    assert [text for text in other if re.fullmatch(pattern, text)] == []


@pytest.mark.parametrize("text", ["", "two words", "a" * 101, "C++ x"])
def test_what_is_not_one_word_is_no_part_of_one(text: str) -> None:
    assert part_of_a_word(text, False) == ""


@pytest.mark.parametrize(
    ("bounds", "low", "high", "expected"),
    [
        (Bounds("n", "500", "599"), 500, 599, r"<500-598>(\.[0-9]+)?|599(\.0+)?"),
        (Bounds("n", "500", None, low_included=False), 500, None, r"<501-2147483647>(\.[0-9]+)?"),
        (Bounds("n", None, "2.5"), None, 2.5, r"<0-2>(\.[0-9]+)?"),
        (Bounds("n", "5", "4"), 5, 4, "[a&&b]"),
    ],
)
def test_numbers_in_texts_are_an_interval_of_their_digits(
    bounds: Bounds, low: float | None, high: float | None, expected: str
) -> None:
    assert digits(bounds, low, high) == expected
