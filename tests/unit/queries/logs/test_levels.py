"""Words and numbers for severities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.logs.levels import level_numbers, level_of, severity_level, spellings
from queries.logs.types import LEVELS


@pytest.mark.parametrize(
    ("raw", "level"),
    [
        ("Information", "Information"), ("info", "Information"), ("INF", "Information"), (" notice ", "Information"),
        ("WARN", "Warning"), ("wrn", "Warning"), ("err", "Error"), ("SEVERE", "Error"), ("Critical", "Fatal"),
        ("panic", "Fatal"), ("trace", "Verbose"), ("dbg", "Debug"),
        (0, "Verbose"), (1, "Debug"), (2, "Information"), (3, "Warning"), (4, "Error"), (5, "Fatal"),
        ("4", "Error"), (4.0, "Error"),
        (10, "Verbose"), (20, "Debug"), (30, "Information"), (40, "Warning"), (50, "Error"), (60, "Fatal"),
        (None, ""), ("", ""), ("AUDIT", ""), (-1, ""), (7, ""), (61, ""), ("1e999", ""), ("nan", ""),
        ([], ""), ({}, ""), (True, ""),
    ],
)  # fmt: skip
def test_a_word_or_number_means_a_level(raw: Any, level: str) -> None:
    assert level_of(raw) == level


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers())))
def test_anything_is_a_level_or_none(raw: Any) -> None:
    assert level_of(raw) in ("", *LEVELS)


@pytest.mark.parametrize("level", LEVELS)
def test_every_spelling_and_number_of_a_level_means_it(level: str) -> None:
    assert level in spellings(level)
    assert {level_of(word) for word in spellings(level)} == {level}
    assert {level_of(number) for number in level_numbers(level)} == {level}
    assert len(set(spellings(level))) == len(spellings(level))


def test_no_number_has_two_levels() -> None:
    numbers = [number for level in LEVELS for number in level_numbers(level)]
    assert len(numbers) == len(set(numbers))
    assert spellings("AUDIT") == ()


def test_opentelemetry_numbers_severities_by_fours() -> None:
    assert [severity_level(number) for number in range(1, 25)] == [level for level in LEVELS for _ in range(4)]
    assert [severity_level(number) for number in (0, 25, -3)] == ["", "", ""]
