"""The URL is the only store of state: what it means, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state import WIDTHS, State, canonical, compare_shift, parse, selectable, window
from pages import BOARDS
from panels.spec import RowChoice
from queries.core.errors import InvalidInput
from queries.core.time_range import TimeRange

BOARD = BOARDS["overview"]
NOW = 1_790_000_000.0


def test_an_empty_address_means_the_defaults_of_the_board() -> None:
    assert State(TimeRange("now-1h", "now")) == parse({}, BOARD)


def test_filters_are_sorted_and_each_value_stands_once() -> None:
    state = parse({"endpoint": ["/b", "/a", "/b"]}, BOARD)

    assert {"endpoint": ("/a", "/b")} == state.filters


def test_filters_that_the_board_does_not_have_are_ignored() -> None:
    assert {} == parse({"provider": ["openai"], "utm_source": ["mail"]}, BOARD).filters


def test_the_canonical_address_does_not_depend_on_the_order_of_the_given_one() -> None:
    first = parse({"endpoint": ["/a", "/b"], "from": ["now-6h"], "compare": ["day"]}, BOARD)
    two = parse({"compare": ["day"], "from": ["now-6h"], "endpoint": ["/b", "/a"]}, BOARD)

    assert canonical(first) == canonical(two) == "from=now-6h&to=now&w=m&compare=day&endpoint=/a&endpoint=/b"


def test_personal_choices_do_not_enter_the_canonical_address() -> None:
    state = parse({"theme": ["dark"], "tz": ["utc"], "refresh": ["5s"]}, BOARD)

    assert canonical(parse({}, BOARD)) == canonical(state)


TABLES = BOARDS["api-performance"]


def test_the_rows_of_a_panel_stand_in_the_canonical_address() -> None:
    parameters = {"slowest.sort": ["-rate"], "slowest.search": [" chat  v1 "], "latency-by-endpoint.page": ["2"]}
    state = parse(parameters, TABLES)

    assert state.rows == {"slowest": RowChoice("-rate", "chat v1"), "latency-by-endpoint": RowChoice(page=2)}
    assert canonical(state).endswith("&w=m&latency-by-endpoint.page=2&slowest.search=chat%20v1&slowest.sort=-rate")


def test_panels_whose_rows_are_usual_share_one_address() -> None:
    state = parse({"slowest.sort": ["-rate"], "slowest.page": ["1"]}, TABLES)

    assert state.of([TABLES.panel("status-codes")]) == parse({}, TABLES)
    assert state.of([TABLES.panel("slowest")]) == state


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("slowest.sort", "-colour", "endpoint, p95"),
        ("slowest.sort", "p95-over-time", "Choose one of"),
        ("slowest.page", "0", "from 1"),
        ("slowest.page", "-1", "from 1"),
        ("slowest.page", "²", "from 1"),
        ("slowest.page", "1" * 40, "from 1"),
        ("slowest.search", "x" * 101, "part of the name"),
    ],
)
def test_rows_that_cannot_be_chosen_are_refused_by_name_with_what_to_write(name: str, text: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse({name: [text]}, TABLES)

    assert error.value.field == name
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"from": ["yesterday"]}, "from"),
        ({"to": ["-1"]}, "to"),
        ({"from": ["now"], "to": ["now-1h"]}, "from"),
        ({"from": ["now-1h", "now-2h"]}, "from"),
        ({"compare": ["year"]}, "compare"),
        ({"w": ["xxl"]}, "w"),
        ({"endpoint": [str(number) for number in range(51)]}, "endpoint"),
        ({"endpoint": ["x" * 1_001]}, "endpoint"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(parameters: dict[str, list[str]], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse(parameters, BOARD)

    assert field == raised.value.field
    assert raised.value.sentence.endswith(".")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_range_or_a_typed_error(start: str, end: str) -> None:
    try:
        state = parse({"from": [start], "to": [end]}, BOARD)
    except InvalidInput as error:
        assert error.sentence
    else:
        assert state == parse({"from": [state.range.start], "to": [state.range.end]}, BOARD)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("start", ["now-5m", "now-1h", "now-24h", "now-7d"])
def test_a_window_is_aligned_and_keeps_to_the_points_of_its_width(start: str, width: str) -> None:
    result = window(State(TimeRange(start), width=width), NOW, 15)

    assert 0 == result.start % result.step == result.end % result.step
    assert result.points <= WIDTHS[width] + 1
    assert result.step >= 15


def test_viewers_within_one_step_share_a_window() -> None:
    state = State(TimeRange("now-1h"))

    assert window(state, NOW + 1, 15) == window(state, NOW + 4, 15)


def test_the_period_before_ends_one_step_before_this_one_begins() -> None:
    result = window(State(TimeRange("now-1h")), NOW, 15)
    shift = compare_shift(State(compare="period"), result)

    assert result.start - result.step == result.shift(shift).end


@given(st.lists(st.text(max_size=1_200), max_size=20))
def test_every_value_that_is_offered_as_a_filter_can_be_chosen(values: list[str]) -> None:
    for value in selectable(values):
        assert parse({"endpoint": [value]}, BOARDS["overview"]).filters["endpoint"] == (value,)


@pytest.mark.parametrize(("length", "offered"), [(201, True), (1_000, True), (1_001, False), (0, False)])
def test_a_value_too_long_to_be_chosen_is_not_offered(length: int, offered: bool) -> None:
    assert bool(selectable(["x" * length])) is offered
