"""Lines grouped by template or by shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.logs.patterns import Group, merge_groups, mine_template


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ("took 12 ms", "took <number> ms"),
        ("took 12.5ms", "took <number>ms"),
        ("at 80%", "at <number>%"),
        ("moved -5 steps", "moved <number> steps"),
        ("request 0af7651916cd43dd8448eb211c80319c done", "request <id> done"),
        ("user 123e4567-e89b-12d3-a456-426614174000", "user <id>"),
        ("from 10.0.0.1:8080 at 2026-01-01T10:00:00.123Z", "from <address> at <time>"),
        ("on 2026-01-01", "on <time>"),
        ("user-17 and user-18", "user-<number> and user-<number>"),
        ("http2 and v1.2 stay", "http2 and v1.2 stay"),
        ("deadbeef feedface", "deadbeef feedface"),
        ("", ""),
    ],
)
def test_a_message_keeps_its_words_and_loses_its_values(message: str, shape: str) -> None:
    assert mine_template(message) == shape


@given(st.text(max_size=300))
def test_a_shape_is_its_own_shape(message: str) -> None:
    assert mine_template(mine_template(message)) == mine_template(message)


def group(template: str, lines: int = 1, *, level: str = "Information", first_ns: int = 0, example: str = "") -> Group:
    return Group(template, level, lines, first_ns, first_ns + 5, example)


def test_a_template_sums_its_levels_and_spans_its_times() -> None:
    (pattern,) = merge_groups([group("A {N}", 3, first_ns=10), group("A {N}", 2, level="Error", first_ns=4)], 10)
    assert (pattern.template, pattern.count, dict(pattern.by_level)) == ("A {N}", 5, {"Information": 3, "Error": 2})
    assert (pattern.first_ns, pattern.last_ns, pattern.mined) == (4, 15, False)


def test_messages_without_a_template_meet_by_shape() -> None:
    (pattern,) = merge_groups([group("", example="took 1 ms"), group("", example="took 22 ms"), group("took 3 ms")], 10)
    assert (pattern.template, pattern.count, pattern.mined, pattern.example) == (
        "took <number> ms",
        3,
        True,
        "took 1 ms",
    )


def test_the_most_frequent_come_first_and_ties_by_name() -> None:
    patterns = merge_groups([group("b {X}", 2), group("a {X}", 2), group("c {X}", 9), group("d {X}")], 3)
    assert [pattern.template for pattern in patterns] == ["c {X}", "a {X}", "b {X}"]


def test_a_template_that_is_a_finished_message_is_not_called_mined() -> None:
    (pattern,) = merge_groups([group("Key rotated", example="Key rotated")], 5)
    assert not pattern.mined
