"""Budgets against a real Prometheus: what is left at the reset, and projections without a budget, computed by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.factory import App, create_app
from app.settings import Settings
from app.state import State
from pages import BOARDS
from panels.spec import Frames
from queries.core.time_range import TimeRange
from tests.integration import queries_kit as kit

pytestmark = pytest.mark.integration

HOUR, WEEK = 3_600, 7 * 86_400
SCRAPE = 60
# Budget, limit in dollars, dollars per hour, hours since the last reset: of a week each.
CASES = {
    "new": (700.0, 10.0, 2),  # it began anew within the hours that the spending is computed from
    "old": (100.0, 0.5, 96),
    "overspent": (50.0, 1.0, 100),
    "unused": (50.0, 0.0, 100),
}


# Dollars per hour by team, key, user and model. Teams with a budget, and users with one without an end.
SPENDERS = {
    ("new", "key-a", "user-a", "gpt-4o"): 10.0,
    ("free", "key-b", "user-b", "gpt-4o"): 2.0,
    ("free", "key-c", "", "gpt-4o-mini"): 0.5,
    ("idle", "key-d", "", "gpt-4o-mini"): 0.0,
}


def left(limit: float, per_hour: float, hours: float) -> float:
    return limit - per_hour * hours


def samples(start: int) -> Iterator[str]:
    for owner, (limit, per_hour, since) in CASES.items():
        labels = f'{{scope="team",team="{owner}",job="gateway"}}'
        for moment in range(start - 8 * HOUR, start + 300, SCRAPE):
            hours = since + (moment - start) / HOUR
            passed = hours if hours >= 0 else hours + WEEK / HOUR
            yield f"codeagent_budget_limit_usd{labels} {limit} {moment}"
            yield f"codeagent_budget_remaining_usd{labels} {left(limit, per_hour, passed):.6f} {moment}"
            yield f"codeagent_budget_reset_seconds{labels} {WEEK - passed * HOUR:.0f} {moment}"
    for (team, key, user, model), per_hour in SPENDERS.items():
        labels = f'{{team="{team}",key="{key}",user="{user}",model="{model}",provider="openai",job="gateway"}}'
        for moment in range(start - 8 * HOUR, start + 300, SCRAPE):
            yield f"codeagent_llm_cost_usd_total{labels} {per_hour * (moment - start + 8 * HOUR) / HOUR:.6f} {moment}"
    for moment in range(start - 8 * HOUR, start + 300, SCRAPE):
        yield f'codeagent_budget_limit_usd{{scope="user",user="user-b",job="gateway"}} +Inf {moment}'
    for moment in range(start - 8 * HOUR, start + 300, SCRAPE):
        yield f'codeagent_llm_requests_total{{provider="openai",model="gpt-4o",status="200",job="gateway"}} 1 {moment}'
    yield "# EOF"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("budgets")
    now = int(time.time())
    kit.backfill(folder, "\n".join([*samples(now), ""]))
    with kit.running(kit.prometheus(folder)) as server:
        application = create_app(Settings(prometheus_url=server.url, deadline_seconds=60), clock=lambda: float(now))
        yield application
        application.engine.close()


def frames(app: App, panel: str) -> Frames:
    (view,) = app.boards.refresh(State(TimeRange("now-30m")), [BOARDS["providers"].panel(panel)]).panels
    return view.frames


def test_the_rest_at_the_reset_assumes_the_spending_of_the_last_hours(app: App) -> None:
    columns = frames(app, "budgets")

    spending, at_reset = (
        {labels["team"]: float(value) for labels, value in zip(frame.labels, frame.last(), strict=True)}
        for frame in (columns[3], columns[5])
    )
    for owner, (limit, per_hour, since) in CASES.items():
        now = left(limit, per_hour, since)
        assert spending[owner] == pytest.approx(per_hour, rel=0.01)
        assert at_reset[owner] == pytest.approx(now - per_hour * (WEEK / HOUR - since), rel=0.01)


def test_who_has_no_budget_is_projected_to_the_end_of_the_month(app: App) -> None:
    spending, until_the_end = (
        {(row["scope"], row[row["scope"]]): float(value) for row, value in zip(frame.labels, frame.last(), strict=True)}
        for frame in frames(app, "unbudgeted")
    )
    expected = {
        ("team", "free"): 2.5,
        ("key", "key-a"): 10.0,
        ("key", "key-b"): 2.0,
        ("key", "key-c"): 0.5,
        ("user", "user-a"): 10.0,
        ("user", "user-b"): 2.0,
        ("model", "gpt-4o"): 12.0,
        ("model", "gpt-4o-mini"): 0.5,
    }
    now = datetime.fromtimestamp(app.boards.clock(), UTC)
    end = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    hours = (end - now).total_seconds() / HOUR

    assert spending == pytest.approx(expected, rel=0.01)
    assert until_the_end == pytest.approx({who: rate * hours for who, rate in expected.items()}, rel=0.01, abs=0.5)
