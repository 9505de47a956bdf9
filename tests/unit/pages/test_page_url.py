"""The address holds all state: what goes in comes out, relative ranges move in steps, bad input is named."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pages.page_url import PageUrl, canonical, format_filter, parse_url, split_filter
from queries.core.errors import InvalidInput
from queries.search.results import Filter

NOW = 1_790_000_003.4


def of(**parameters: list[str]) -> PageUrl:
    return parse_url("/traces", parameters, NOW)


def again(href: str) -> PageUrl:
    parts = urlsplit(href)
    return parse_url(parts.path, parse_qs(parts.query), NOW)


@given(st.text(min_size=1, max_size=40), st.text(max_size=40), st.booleans())
@example("a\\", ":b", False)
def test_a_filter_survives_being_written(name: str, value: str, negated: bool) -> None:
    if name.startswith("-") and not negated:
        name = "x" + name
    assert split_filter(format_filter(name, value, negated)) == (name, value, negated)


@given(st.dictionaries(st.sampled_from(["q", "op", "service"]), st.lists(st.text(min_size=1, max_size=20), max_size=3)))
def test_an_href_leads_to_the_same_address(values: dict[str, list[str]]) -> None:
    first = parse_url("/traces", values, NOW)
    assert again(canonical(first)).parameters == first.parameters


def test_filters_of_one_field_are_one_filter_with_all_its_values() -> None:
    filters = of(f=["a:1", "a:2", "-b:3", "c:"]).filters
    assert filters == (Filter("a", ("1", "2")), Filter("b", ("3",), True), Filter("c", ()))


def test_a_relative_range_is_the_same_for_all_who_ask_within_a_step() -> None:
    ranges = [parse_url("/traces", {"from": ["now-1h"]}, NOW + second).range for second in (0, 2, 4)]
    assert len({(time_range.start_ns, time_range.end_ns) for time_range in ranges}) == 1
    assert ranges[0].end_ns >= NOW * 1e9


def test_personal_choices_are_no_part_of_it() -> None:
    assert canonical(of(theme=["dark"], tz=["utc"], q=["x"])) == "/traces?q=x"


def test_a_link_to_another_page_keeps_the_range_and_what_is_named() -> None:
    here = of(**{"from": ["now-6h"], "q": ["x"], "cursor": ["c"], "endpoint": ["/v1/a"]})
    assert here.to_page("/logs", "endpoint", level=["Error"]) == "/logs?from=now-6h&endpoint=/v1/a&level=Error"
    assert "cursor" not in here.href(sort="slowest")


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"from": ["yesterday"]}, "from"),
        ({"from": ["now"], "to": ["now-1h"]}, "from"),
        ({"q": ["x" * 2_001]}, "q"),
        ({"f": [f"a:{n}" for n in range(41)]}, "f"),
    ],
)
def test_bad_input_is_named(parameters: dict[str, list[str]], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_url("/traces", parameters, NOW)
    assert caught.value.field == field


@pytest.mark.parametrize(("name", "value"), [("min", "abc"), ("min", "-1"), ("min", "nan"), ("min", "1e99")])
def test_a_number_that_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match="not a valid number"):
        of(**{name: [value]}).number(name)


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="given 2 times"):
        of(sort=["newest", "slowest"]).value("sort")
