"""Which requests a panel makes: over which windows, compared with what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.plan import Scope, plan, window_over
from app.state import State, window
from pages import BOARDS
from panels.prices import load
from panels.spec import Over
from queries.core.time_range import DAY, TimeRange
from queries.metrics.detection import Resolution
from queries.metrics.profile import CODEAGENT

NOW = datetime(2026, 3, 29, 9, 30, 7, tzinfo=UTC).timestamp()  # the day that has 23 hours in Berlin


def _scope(state: State | None = None, now: float = NOW, zone: str = "UTC") -> Scope:
    chosen = state or State(TimeRange("now-1h"))
    return Scope(
        chosen,
        window(chosen, now, 15),
        now,
        Resolution(CODEAGENT),
        "prometheus",
        "",
        ZoneInfo(zone),
        lambda _metrics: 15,
        load(None),
    )


def test_a_course_runs_over_the_page_s_window() -> None:
    scope = _scope()
    requests = plan(BOARDS["overview"].panel("latency"), scope)

    assert {scope.window} == {request.window for request in requests.main}
    assert () == requests.compare == requests.day_before


def test_a_tile_asks_for_one_number_of_the_day_before_which_does_not_move_at_each_step() -> None:
    now = _scope()
    later = _scope(now=NOW + 60)
    panel = BOARDS["overview"].panel("error-rate")

    request = plan(panel, now).day_before[0]
    assert request.window.start == request.window.end
    assert 0 <= now.window.end - DAY - request.window.end < 300
    assert request == plan(panel, later).day_before[0]


def test_an_instant_query_looks_back_over_the_page_s_range() -> None:
    requests = plan(BOARDS["api-performance"].panel("slowest"), _scope())

    assert "[3600s]" in requests.main[0].expr
    assert requests.main[0].window.start == requests.main[0].window.end


@pytest.mark.parametrize(("compare", "shift"), [("day", DAY), ("week", 7 * DAY)])
def test_a_comparison_is_the_same_window_earlier(compare: str, shift: int) -> None:
    scope = _scope(State(TimeRange("now-1h"), compare=compare))
    requests = plan(BOARDS["overview"].panel("latency"), scope)

    assert [scope.window.start - shift] * 3 == [request.window.start for request in requests.compare]


def test_today_begins_at_the_midnight_of_the_reporting_zone() -> None:
    berlin = window_over(Over.TODAY, _scope(zone="Europe/Berlin"))
    utc = window_over(Over.TODAY, _scope(zone="UTC"))

    # 29 March 2026 begins in Berlin at 23:00 UTC; the first step ends five minutes later.
    assert berlin.start == datetime(2026, 3, 28, 23, 5, tzinfo=UTC).timestamp()
    assert utc.start == datetime(2026, 3, 29, 0, 5, tzinfo=UTC).timestamp()


def test_the_first_minutes_of_a_day_are_a_window_too() -> None:
    scope = _scope(now=datetime(2026, 3, 29, 0, 1, tzinfo=UTC).timestamp())

    assert window_over(Over.TODAY, scope).points == 1


@pytest.mark.parametrize(
    ("zone", "step"),
    [
        ("UTC", 3_600),
        ("Asia/Kolkata", 1_800),
        ("Asia/Kathmandu", 900),
        ("America/St_Johns", 1_800),
        ("Australia/Lord_Howe", 3_600),
        ("Pacific/Chatham", 900),
        ("Europe/Berlin", 3_600),
    ],
)
def test_a_month_begins_at_the_first_midnight_of_the_reporting_zone(zone: str, step: int) -> None:
    month = window_over(Over.MONTH, _scope(zone=zone))

    local = datetime.fromtimestamp(month.start - month.step, ZoneInfo(zone))
    assert (local.month, local.day, local.hour, local.minute) == (3, 1, 0, 0)
    assert month.step == step
    assert month.start % month.step == 0  # the query layer keeps it where it is


def test_filters_reach_every_query_that_has_the_label() -> None:
    state = replace(State(TimeRange("now-1h")), filters={"endpoint": ("/v1/models",)})
    requests = plan(BOARDS["overview"].panel("request-rate"), _scope(state))

    assert 'endpoint="/v1/models"' in requests.main[0].expr


@pytest.mark.parametrize("start", ["now-5m", "now-1h", "now-24h", "now-7d", "now-30d", "now-90d"])
@pytest.mark.parametrize(
    ("board", "panel"),
    [
        ("overview", "health"),
        ("overview", "error-rate"),
        ("overview", "active-users"),
        ("providers", "providers"),
        ("providers", "state"),
        ("websocket", "opened"),
        ("infrastructure", "hosts"),
    ],
)
def test_what_is_shown_as_now_is_of_now_on_every_range(board: str, panel: str, start: str) -> None:
    requests = plan(BOARDS[board].panel(panel), _scope(State(TimeRange(start))))
    newest = (requests.now or requests.main)[0].window

    assert 0 <= NOW - newest.end < 15
    expr = (requests.now or requests.main)[0].expr
    # A rate over as little as it needs, a gauge over the newest scrape, or no range at all.
    assert "[60s]" in expr or "[14s:15s]" in expr or "[" not in expr


def test_viewers_of_different_ranges_share_the_numbers_of_now() -> None:
    panel = BOARDS["overview"].panel("error-rate")
    day, month = (plan(panel, _scope(State(TimeRange(start)))) for start in ("now-24h", "now-30d"))

    assert day.now == month.now


def test_the_end_of_a_past_range_is_its_present() -> None:
    end = int(NOW - 40 * DAY)
    requests = plan(BOARDS["overview"].panel("error-rate"), _scope(State(TimeRange(str(end - 30 * DAY), str(end)))))

    assert 0 <= end - requests.now[0].window.end < 15


def test_a_course_that_reaches_now_is_asked_for_once() -> None:
    requests = plan(BOARDS["overview"].panel("error-rate"), _scope())

    assert () == requests.now


def test_an_expected_band_asks_for_the_same_time_on_seven_days_in_long_steps() -> None:
    scope = _scope(State(TimeRange("now-1h")))
    days = plan(BOARDS["websocket"].panel("connections"), scope).earlier_days

    assert len(days) == 7
    for number, (request,) in enumerate(days, start=1):
        start, end = request.window.start + number * DAY, request.window.end + number * DAY
        assert start <= scope.window.start < start + 300
        assert end >= scope.window.end
        assert request.window.step == 300


def test_an_expected_band_is_asked_for_once_in_five_minutes() -> None:
    panel = BOARDS["websocket"].panel("connections")
    first, later = plan(panel, _scope(now=NOW)), plan(panel, _scope(now=NOW + 120))
    assert first.earlier_days == later.earlier_days


@pytest.mark.parametrize("state", [State(TimeRange("now-7d")), State(TimeRange("now-1h"), compare="day")])
def test_long_ranges_and_comparisons_have_no_expected_band(state: State) -> None:
    assert plan(BOARDS["websocket"].panel("connections"), _scope(state)).earlier_days == ()
