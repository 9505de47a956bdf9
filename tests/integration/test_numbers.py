"""The numbers on the panels, against a real Prometheus whose series are known."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from app.factory import App, create_app
from app.panel_view import PanelState, PanelView
from app.settings import Settings
from app.state import State
from pages import BOARDS
from queries.core.time_range import TimeRange
from queries.metrics.request import Answer
from tests.integration.queries_kit import backfill, prometheus, running

pytestmark = pytest.mark.integration

SCRAPE = 15
HOURS = 2
GOOD_PER_SCRAPE = 147  # 9.8 requests/s answered
BAD_PER_SCRAPE = 3  # 0.2 requests/s failed: 2 %
ENDPOINT = 'endpoint="/v1/chat/completions",method="POST"'
TARGET = 'instance="127.0.0.1:8085",job="codeagent-gateway"'


def history(end: int) -> str:
    """Two hours up to `end`: constant rates with a counter reset in the middle, latencies evenly in 100 to 250 ms."""
    times = range(end - HOURS * 3_600, end + 1, SCRAPE)
    reset = times[len(times) // 2]
    lines = ["# TYPE codeagent_requests counter"]
    for status, step in (("200", GOOD_PER_SCRAPE), ("500", BAD_PER_SCRAPE)):
        for instant in times:
            count = ((instant - reset) if instant >= reset else (instant - times[0])) // SCRAPE * step
            lines.append(f'codeagent_requests_total{{{ENDPOINT},status="{status}",{TARGET}}} {count} {instant}')
    lines.append("# TYPE codeagent_request_duration histogram")
    for le, share in (("100", 0), ("250", 1), ("500", 1), ("+Inf", 1)):
        for instant in times:
            count = (instant - times[0]) // SCRAPE * 150 * share
            lines.append(
                f'codeagent_request_duration_bucket{{{ENDPOINT},status="200",le="{le}",{TARGET}}} {count} {instant}'
            )
    for suffix in ("count", "sum"):
        lines += [
            f'codeagent_request_duration_{suffix}{{{ENDPOINT},status="200",{TARGET}}} 0 {instant}' for instant in times
        ]
    lines.append("# TYPE up gauge")
    lines += [f"up{{{TARGET}}} 1 {instant}" for instant in times]
    lines.append("# TYPE codeagent_active_users gauge")
    lines += [f"codeagent_active_users{{{TARGET}}} 7 {instant}" for instant in times]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("numbers")
    end = int(time.time()) // SCRAPE * SCRAPE
    backfill(folder, history(end))
    with running(prometheus(folder)) as server:
        created = create_app(Settings(prometheus_url=server.url))
        yield created
        created.engine.close()


def panel_view(app: App, board_id: str, panel_id: str, state: State | None = None) -> PanelView:
    """One panel after as many asks as it takes."""
    board = BOARDS[board_id]
    for _ in range(20):
        result = app.boards.refresh(state or State(TimeRange("now-1h")), [board.panel(panel_id)]).panels[0]
        if result.state is not PanelState.PENDING:
            return result
    raise AssertionError("still pending")


def numbers(result: PanelView, query: int = 0) -> np.ndarray:
    """All numbers of one query's answer."""
    answer = result.outcomes[query]
    assert isinstance(answer, Answer), answer
    return answer.frame.values[~np.isnan(answer.frame.values)]


def test_a_rate_survives_a_counter_reset(app: App) -> None:
    rates = numbers(panel_view(app, "overview", "request-rate", State(TimeRange("now-100m", "now-2m"))))

    assert rates.size > 100
    np.testing.assert_allclose(np.median(rates), 10.0, rtol=1e-6)
    # At the reset itself the increase since the restart is all that Prometheus can know.
    assert rates.max() <= 10.0 * (1 + 1e-6)
    assert rates.min() > 6.6


def test_the_error_rate_is_two_percent_all_along(app: App) -> None:
    np.testing.assert_allclose(numbers(panel_view(app, "overview", "error-rate")), 2.0, rtol=1e-6)


def test_a_quantile_is_interpolated_inside_its_bucket(app: App) -> None:
    latency = panel_view(app, "overview", "latency")

    for query, expected in enumerate((175.0, 242.5, 248.5)):
        np.testing.assert_allclose(numbers(latency, query), expected, rtol=1e-6)


def test_no_failures_is_zero_where_the_counter_exists(app: App) -> None:
    state = State(TimeRange("now-1h"), filters={"endpoint": ("/v1/chat/completions",)})
    refused = panel_view(app, "endpoint", "refused", state)

    assert refused.state is PanelState.FRESH
    np.testing.assert_array_equal(numbers(refused), 0.0)


def test_a_metric_nobody_exports_is_named_and_is_not_zero(app: App) -> None:
    sockets = panel_view(app, "websocket", "active")

    assert sockets.state is PanelState.ABSENT
    assert "codeagent_connections_active" in sockets.sentence


def test_a_filter_that_matches_nothing_is_named(app: App) -> None:
    state = State(TimeRange("now-1h"), filters={"endpoint": ("/nowhere",)})
    nothing = panel_view(app, "overview", "request-rate", state)

    assert nothing.state is PanelState.ABSENT
    assert "/nowhere" in nothing.sentence


def test_the_number_of_a_day_before_is_absent_when_there_was_no_day_before(app: App) -> None:
    assert panel_view(app, "overview", "active-users").state is PanelState.FRESH
    assert "7" in panel_view(app, "overview", "active-users").drawing.html
