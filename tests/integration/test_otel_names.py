"""What OpenTelemetry's own instrumentations export, recorded, gives right numbers on the boards.

The recording is of a FastAPI service with the HTTP and the OpenAI instrumentation and the Prometheus exporter, after
200 calls of a provider that fails some of them. It names the provider `gen_ai_system`; newer instrumentations say
`gen_ai_provider_name`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.factory import App, create_app
from app.panel_view import PanelState, PanelView
from app.settings import Settings
from app.state import State
from pages import BOARDS
from queries.core.deadline import Deadline
from queries.core.time_range import TimeRange, Window
from queries.metrics.label_lookup import canonical_values
from queries.metrics.request import Filters
from tests.integration import queries_kit as kit

pytestmark = pytest.mark.integration

RECORDED = (Path(__file__).parents[1] / "data" / "expositions" / "otel-http-genai" / "metrics.prom").read_text()
SCRAPE = 15
GROWN = 4 * 3_600  # seconds in which the counters come from nothing to what was recorded
LEAD = 3 * 3_600  # and as fast for so long after the start: an instant finds a sample that is not old
SAMPLE = re.compile(r"([a-z_]+)\{(.*)\} (\S+)")
NEW, OLD = "gen_ai_provider_name=", "gen_ai_system="


def recorded(name: str, where: str) -> float:
    """The sum of recorded samples of a name whose labels hold a text."""
    rows = (SAMPLE.fullmatch(line) for line in RECORDED.splitlines() if not line.startswith("#"))
    return sum(float(row[3]) for row in rows if row and row[1] == name and where in row[2])


def old(labels: str) -> list[str]:
    return [labels]


def new(labels: str) -> list[str]:
    return [labels.replace(OLD, NEW)]


def both_on_one_series(labels: str) -> list[str]:
    """As while a service is told to write both."""
    return [labels.replace(OLD, f'{NEW}"openai",{OLD}')]


def half_and_half(labels: str) -> list[str]:
    """Two instances, one of which has been updated."""
    return [f'{labels},instance="a"', f'{labels.replace(OLD, NEW)},instance="b"']


def history(start: int, named: Callable[[str], list[str]]) -> Iterator[str]:
    for line in RECORDED.splitlines():
        if line.startswith("#"):
            yield line
        elif row := SAMPLE.fullmatch(line):
            for labels in named(row[2]):
                share = float(row[3]) / len(named(row[2])) / GROWN
                times = range(start - GROWN, start + LEAD, SCRAPE)
                yield from (f"{row[1]}{{{labels}}} {share * (instant - times[0]):.6f} {instant}" for instant in times)
    yield "# EOF"


@pytest.fixture(
    scope="module",
    params=[
        (old, "auto"),
        *((exposition, "otel-http-genai") for exposition in (old, new, both_on_one_series, half_and_half)),
    ],
)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("otel")
    kit.backfill(folder, "\n".join([*history(int(time.time()), request.param[0]), ""]))
    with kit.running(kit.prometheus(folder)) as server:
        app = create_app(Settings(prometheus_url=server.url, profile=request.param[1], deadline_seconds=60))
        yield app
        app.engine.close()


def view(app: App, board: str, panel: str, filters: Filters | None = None) -> PanelView:
    return app.boards.refresh(State(TimeRange("now-1h"), filters or {}), [BOARDS[board].panel(panel)]).panels[0]


CALLS = "gen_ai_client_operation_duration_seconds_count"
FAILED = 'error_type="InternalServerError"'


@pytest.mark.parametrize(
    "filters", [{}, {"provider": ("openai",)}, {"provider": ("openai", "other"), "model": ("gpt-4o",)}]
)
def test_failed_calls_are_as_many_as_were_recorded(app: App, filters: Filters) -> None:
    errors = view(app, "providers", "errors", filters)
    expected = 100 * recorded(CALLS, FAILED) / recorded(CALLS, "")

    assert 25 < expected < 35
    assert errors.state is PanelState.FRESH
    assert errors.frames[0].labels == ({"provider": "openai", "status": "InternalServerError"},)
    np.testing.assert_allclose(errors.frames[0].last(), [expected], rtol=1e-3)
    cards = view(app, "providers", "providers", filters)
    np.testing.assert_allclose(cards.frames[3].last(), [expected], rtol=1e-3)


def test_what_tokens_cost_is_what_the_recorded_ones_cost(app: App) -> None:
    cost = view(app, "providers", "cost-rate")
    usage = "gen_ai_client_token_usage_sum"
    dollars = 2.50 * recorded(usage, '"input"') / 1e6 + 10.00 * recorded(usage, '"output"') / 1e6

    assert cost.state is PanelState.FRESH
    assert [(row["provider"], row["model"]) for row in cost.frames[0].labels] == [("openai", "gpt-4o")]
    np.testing.assert_allclose(cost.frames[0].last(), [dollars / GROWN * 3_600], rtol=1e-3)


def test_latency_and_requests_are_in_the_contract_s_words(app: App) -> None:
    latency = view(app, "providers", "latency")
    assert [(row["provider"], row["model"]) for row in latency.frames[0].labels] == [("openai", "gpt-4o")]
    assert 10 < latency.frames[0].last()[0] < 10_000
    share = view(app, "overview", "error-rate").frames[0].last()[0]
    http = "http_server_request_duration_seconds_count"
    expected = 100 * recorded(http, 'status_code="502"') / recorded(http, "")
    np.testing.assert_allclose(share, expected, rtol=1e-3)


def test_a_filter_offers_the_provider_under_either_name_and_names_one_that_does_not_exist(app: App) -> None:
    now = int(time.time())
    source, profile = app.engine.metadata[app.boards.source], app.boards.profiles.current().profile
    series, window = "codeagent_llm_requests_total", Window(now - 600, now, 15)
    assert canonical_values(source, profile, "provider", series, window, Deadline.after(60)) == ("openai",)
    absent = view(app, "providers", "errors", {"provider": ("nobody",)})
    assert absent.state is PanelState.ABSENT
    assert "nobody" in absent.sentence
