"""Keys tell apart what must not be mixed, and agree where viewers may share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queries.core.time_range import DAY, Window, align
from queries.metrics.cache.codec import VERSION
from queries.metrics.cache.keys import is_extendable, key_of
from queries.metrics.request import Request

BACKEND = "thanos as nobody"
BASE = Request("prometheus", "up", Window(0, 3_600, 60))


def key(request: Request, backend: str = BACKEND) -> str:
    return key_of(request, backend)[0]


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, tenant="a"),
        replace(BASE, expr="up + 0"),
        replace(BASE, window=Window(0, 3_600, 30)),
    ],
)
def test_tenant_expression_and_step_make_a_key(other: Request) -> None:
    assert key(other) != key(BASE)


def test_days_of_two_time_zones_are_two_entries() -> None:
    berlin, utc = (align(0, 10 * DAY, DAY, 15, offset) for offset in (3_600, 0))
    assert key(replace(BASE, window=berlin)) != key(replace(BASE, window=utc))


def test_windows_on_one_grid_share_an_entry() -> None:
    assert key(replace(BASE, window=Window(600, 1_200, 60))) == key(BASE)


def test_what_a_source_is_called_makes_no_difference_and_what_it_is_does() -> None:
    assert key(replace(BASE, source="another name")) == key(BASE)
    assert key(BASE, "thanos as somebody") != key(BASE)


@pytest.mark.parametrize(("backend", "tenant"), [("a", "bc"), ("ab", "c"), ("a\x00b", "c"), ("a", "b\x00c")])
def test_a_separator_in_a_name_mixes_nothing_up(backend: str, tenant: str) -> None:
    item, other = key(replace(BASE, tenant=tenant), backend), key(replace(BASE, tenant=""), backend + tenant)
    assert item != other
    assert key(replace(BASE, tenant="b\x00c"), "a") != key(replace(BASE, tenant="c"), "a\x00b")


def test_a_key_begins_with_the_version_of_what_is_stored() -> None:
    assert key(BASE).startswith(f"q{VERSION}:")


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("up", True),
        ("up offset 5m", True),
        ("up offset -5m", False),
        ("up offset - 5m", False),
        ("up @ end()", False),
        ("up @ 1700000000", False),
        ('up{email="a@b"}', True),
        ("up{path='@'}", True),
        ("rate(up[5m:1m])", True),
        ("time()", True),
        ("max_over_time(up[range()])", False),
        ('up{a="\\"@"}', True),
    ],
)
def test_only_answers_that_depend_on_their_instant_alone_are_extended(expr: str, expected: bool) -> None:
    assert is_extendable(expr) is expected


def test_an_answer_that_cannot_be_extended_is_kept_for_its_own_window_only() -> None:
    item, other = (replace(BASE, expr="up @ end()", window=Window(0, end, 60)) for end in (600, 660))
    assert key(item) != key(other)
