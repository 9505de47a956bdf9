"""Keys tell apart what must not be mixed, and agree where viewers may share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queries.keys import is_extendable, key_of
from queries.request import Request
from queries.window import DAY, Window, align

BASE = Request("prometheus", "up", Window(0, 3_600, 60))


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, source="thanos"), replace(BASE, tenant="a"), replace(BASE, expr="up + 0"),
        replace(BASE, window=Window(0, 3_600, 30)),
    ],
)  # fmt: skip
def test_source_tenant_expression_and_step_make_a_key(other: Request) -> None:
    assert key_of(other)[0] != key_of(BASE)[0]


def test_days_of_two_time_zones_are_two_entries() -> None:
    berlin, utc = (align(0, 10 * DAY, DAY, 15, offset) for offset in (3_600, 0))
    assert key_of(replace(BASE, window=berlin))[0] != key_of(replace(BASE, window=utc))[0]


def test_windows_on_one_grid_share_an_entry() -> None:
    assert key_of(replace(BASE, window=Window(600, 1_200, 60)))[0] == key_of(BASE)[0]


def test_a_separator_in_a_name_mixes_nothing_up() -> None:
    one, other = replace(BASE, source="a", tenant="bc"), replace(BASE, source="ab", tenant="c")
    assert key_of(one)[0] != key_of(other)[0]


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("up", True), ("up offset 5m", True), ("up offset -5m", False), ("up offset - 5m", False),
        ("up @ end()", False),
        ("up @ 1700000000", False), ('up{email="a@b"}', True), ("up{path='@'}", True), ("rate(up[5m:1m])", True),
        ("time()", True), ("max_over_time(up[range()])", False), ("up{a=\"\\\"@\"}", True),
    ],
)  # fmt: skip
def test_only_answers_that_depend_on_their_instant_alone_are_extended(expr: str, expected: bool) -> None:
    assert is_extendable(expr) is expected


def test_an_answer_that_cannot_be_extended_is_kept_for_its_own_window_only() -> None:
    one, other = (replace(BASE, expr="up @ end()", window=Window(0, end, 60)) for end in (600, 660))
    assert key_of(one)[0] != key_of(other)[0]
