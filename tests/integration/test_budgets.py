"""Budgets against a real Prometheus: what is left at the budget's own reset, computed by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.factory import create_app
from app.settings import Settings
from app.state import State
from pages import BOARDS
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
    for moment in range(start - 8 * HOUR, start + 300, SCRAPE):
        yield f'codeagent_llm_requests_total{{provider="openai",model="gpt-4o",status="200",job="gateway"}} 1 {moment}'
    yield "# EOF"


def test_the_rest_at_the_reset_assumes_the_spending_of_the_last_hours(tmp_path: Path) -> None:
    kit.backfill(tmp_path, "\n".join([*samples(int(time.time())), ""]))
    with kit.running(kit.prometheus(tmp_path)) as server:
        app = create_app(Settings(prometheus_url=server.url, deadline_seconds=60))
        (view,) = app.boards.refresh(State(TimeRange("now-30m")), [BOARDS["providers"].panel("budgets")]).panels
        app.engine.close()

    spending, at_reset = (
        {labels["team"]: float(value) for labels, value in zip(frame.labels, frame.last(), strict=True)}
        for frame in (view.frames[3], view.frames[5])
    )
    for owner, (limit, per_hour, since) in CASES.items():
        now = left(limit, per_hour, since)
        assert spending[owner] == pytest.approx(per_hour, rel=0.01)
        assert at_reset[owner] == pytest.approx(now - per_hour * (WEEK / HOUR - since), rel=0.01)
