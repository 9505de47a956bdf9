"""3,000 API keys, each with 40 models: every panel answers before the users' deadline, and filters stay usable."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from app.factory import App, create_app
from app.filter_values import BUSIEST
from app.panel_view import PanelState
from app.settings import Settings
from app.state import State
from pages import BOARDS
from pages.expressions import recorded_series
from pages.token_queries import COUNTED, RECORDED_COST, RECORDED_SPEND, RECORDED_TOKENS, TOKENS
from queries.core.time_range import TimeRange
from queries.metrics.request import Answer
from tests.integration import queries_kit as kit

pytestmark = pytest.mark.integration

KEYS, MODELS, TEAMS, USERS = 3_000, 40, 60, 700
SAMPLES = (-600, -300, 0, 300)  # seconds from the start of the test
DAY = 86_400
BEFORE = tuple(passed - DAY for passed in SAMPLES[:-1])
LARGEST_BODY = 400_000  # bytes of a board
MOST_SERIES = 2 * MODELS  # of a panel: by model and kind


def exposition(start: int) -> Iterator[str]:
    """Each key uses every model, as much of it as its number says. The last key did so the day before as well."""
    for number in range(1, KEYS + 1):
        key = f'key="key-{number:04}"'
        tenant = f'team="team-{number % TEAMS}",{key},user="user-{number % USERS}",provider="openai",job="gateway"'
        for model in range(MODELS):
            spent = f'codeagent_llm_cost_usd_total{{{tenant},model="model-{model}"}}'
            yield from grown(spent, number / 100, start)
            if number == KEYS:
                yield from grown(spent, number / 100, start - DAY)
        for kind in ("prompt", "completion"):
            yield from grown(f'codeagent_llm_tokens_total{{{tenant},model="gpt-4o",kind="{kind}"}}', number, start)
        yield from recorded_spend(number, tenant, start)
        budget = f'{{scope="key",{key},job="gateway"}}'
        yield from (f"codeagent_budget_limit_usd{budget} 100 {start + passed}" for passed in SAMPLES)
        yield from (f"codeagent_budget_remaining_usd{budget} {number % 101} {start + passed}" for passed in SAMPLES)
    for model in range(MODELS):
        labels = f'provider="openai",model="model-{model}",status="200",job="gateway"'
        yield from grown(f"codeagent_llm_requests_total{{{labels}}}", 1, start)
    for model in range(MODELS):
        for name, labels in ((RECORDED_TOKENS.name, 'kind="prompt",'), (RECORDED_COST.name, "")):
            rule = f'{name}{{provider="openai",{labels}model="model-{model}"}}'
            yield from (f"{rule} 60000 {start + minute * 60}" for minute in range(-10, 6))
    for name, count in ((TOKENS, 2 * KEYS), (COUNTED, KEYS * MODELS)):
        yield from (f"{recorded_series(name)} {count} {start + passed}" for passed in (*SAMPLES, *BEFORE))
    yield "# EOF"


def recorded_spend(number: int, tenant: str, start: int) -> Iterator[str]:
    """What the rule by tenant keeps of a key: of today, and of the last key what it was the day before."""
    series = f"{RECORDED_SPEND.name}{{{tenant.rpartition(',')[0]}}}"
    spent = MODELS * number / 100 * 300
    if number == KEYS:
        yield from (f"{series} {spent:g} {start + passed}" for passed in BEFORE)
    yield from (f"{series} {spent:g} {start + passed}" for passed in SAMPLES[:-1])


def grown(series: str, per_second: float, start: int) -> Iterator[str]:
    """A counter's samples."""
    return (f"{series} {per_second * (passed - SAMPLES[0]):g} {start + passed}" for passed in SAMPLES)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("cardinality")
    start = int(time.time())
    kit.backfill(folder, "\n".join([*exposition(start), ""]))
    with kit.running(kit.prometheus(folder)) as server:
        # At one instant, so that what was answered once is not asked again.
        application = create_app(Settings(prometheus_url=server.url), clock=lambda: float(start))
        yield application
        application.engine.close()


@pytest.mark.parametrize("board", ["overview", "providers"])
def test_every_panel_answers_before_the_users_deadline_in_few_rows(app: App, board: str) -> None:
    views = app.boards.refresh(State(TimeRange("now-30m")), BOARDS[board].panels).panels
    failed = [
        (view.panel.id, view.sentence)
        for view in views
        if view.state not in (PanelState.FRESH, PanelState.QUIET, PanelState.ABSENT)
    ]
    assert failed == []
    assert max((len(frame.labels) for view in views for frame in view.frames), default=0) <= MOST_SERIES

    body = app.server.test_client().get(f"/api/boards/{board}/refresh?from=now-30m&to=now").get_data()
    assert len(body) < LARGEST_BODY


def test_costs_are_read_from_recording_rules(app: App) -> None:
    (view,) = app.boards.refresh(State(TimeRange("now-30m")), [BOARDS["providers"].panel("cost-today")]).panels

    assert view.state is PanelState.FRESH, view.sentence
    assert len(view.frames[0].labels) <= MOST_SERIES
    exprs = [outcome.request.expr for outcome in view.outcomes if isinstance(outcome, Answer)]
    assert [RECORDED_TOKENS.name in exprs[0], RECORDED_COST.name in exprs[1]] == [True, True]


def test_the_largest_spenders_are_listed_and_the_others_are_one_sum(app: App) -> None:
    state = State(TimeRange("now-30m"))
    (view,) = app.boards.refresh(state, [BOARDS["providers"].panel("spend-key")]).panels
    keys = [labels["key"] for labels in view.frames[0].labels]

    assert sorted(keys) == [f"key-{number:04}" for number in range(KEYS - 9, KEYS + 1)]
    others = sum(range(1, KEYS - 9)) / sum(range(KEYS - 9, KEYS + 1))
    assert view.frames[1].last()[0] / view.frames[0].last().sum() == pytest.approx(others, rel=0.01)


def test_a_rise_names_who_did_not_spend_as_much_the_day_before(app: App) -> None:
    state = State(TimeRange("now-30m"))
    (view,) = app.boards.refresh(state, [BOARDS["providers"].panel("spend-rise")]).panels

    assert view.state is PanelState.FRESH, view.sentence
    # The last key spent as much the day before.
    assert {labels["key"] for labels in view.frames[0].labels} == {f"key-{KEYS - n:04}" for n in range(1, 11)}
    assert view.frames[0].last().max() == pytest.approx(MODELS * (KEYS - 1) / 100 * 600)


def test_the_models_of_a_chosen_key_are_rows_of_a_rise(app: App) -> None:
    state = State(TimeRange("now-30m"), {"key": ("key-1500",)})
    (view,) = app.boards.refresh(state, [BOARDS["providers"].panel("spend-rise")]).panels

    assert len({labels["model"] for labels in view.frames[0].labels}) == 10


def test_a_filter_offers_every_key_the_busiest_first(app: App) -> None:
    offered = app.server.test_client().get("/api/boards/providers/filters/key?from=now-30m&to=now").get_json()

    assert len(offered["values"]) == KEYS
    assert offered["busiest"] == [f"key-{number:04}" for number in range(KEYS, KEYS - BUSIEST, -1)]


def test_one_key_of_them_is_chosen(app: App) -> None:
    state = State(TimeRange("now-30m"), {"key": ("key-1500",)})
    (view,) = app.boards.refresh(state, [BOARDS["providers"].panel("spend-model")]).panels

    assert len(view.frames[0].labels) == 10
    assert view.frames[1].last()[0] == pytest.approx(view.frames[0].last().sum() * 3, rel=0.01)
