"""Every exported query against a real Prometheus with the demo's history: its numbers are those of the board."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

import numpy as np
import pytest

from app.factory import App, create_app
from app.grafana import derived
from app.grafana.boards import Export, dashboard
from app.grafana.command import export
from app.grafana.costs import Prices
from app.grafana.expressions import Deployment
from app.grafana.model import Target
from app.plan import Plan
from app.settings import Settings
from app.state import State
from demo.day import SPACING
from demo.history import backfill
from demo.ports import Ports
from pages import BOARDS
from panels import cost, prices, prompt_cache
from panels.prices import PriceTable
from panels.spec import Dashboard, Frames, Panel, Table
from queries.core.deadline import Deadline
from queries.core.time_range import TimeRange
from queries.metrics.detection import Resolution
from queries.metrics.frame import EMPTY, Floats, Frame
from queries.metrics.profile import CODEAGENT
from queries.metrics.prometheus.source import PrometheusSource
from queries.metrics.request import Answer, Request
from tests.integration.expositions_kit import SCRAPE, app_over, recording
from tests.integration.queries_kit import prometheus, running
from tests.offered import panels_of_contract
from tests.require import needs

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(300)]

HOUR = 3_600
PRICES = prices.load(None, gpu_hour=2.5)
PANELS = [(board.id, panel.id) for board in BOARDS.values() for panel in board.panels]


@dataclass(frozen=True)
class World:
    """The app on a Prometheus with some history, a range in it, and how the deployment names its metrics."""

    app: App
    state: State
    url: str
    deployment: Deployment

    @property
    def source(self) -> PrometheusSource:
        source = self.app.engine.sources[self.app.boards.source]
        assert isinstance(source, PrometheusSource)
        return source

    @property
    def prices(self) -> PriceTable:
        return PRICES.of_partition() if self.deployment.resolution.profile.partitions_tokens else PRICES

    def plans(self, board: Dashboard) -> Mapping[str, Plan]:
        return {plan.panel.id: plan for plan in self.app.boards.plans(board, self.state)}

    def board_frames(self, plan: Plan) -> Frames:
        """What the board draws."""
        outcomes = self.app.engine.run_many(list(plan.main), 60)
        frames = tuple(outcome.frame for outcome in outcomes if isinstance(outcome, Answer))
        assert len(frames) == len(outcomes), outcomes
        derived_frames = plan.panel.derive(frames, plan.window, self.prices) if plan.panel.derive else frames
        if derived.is_cumulative(plan.panel):  # one frame for each query
            first = derived_frames[0]
            return tuple(
                Frame(first.times, (labels,), row[np.newaxis])
                for labels, row in zip(first.labels, first.values, strict=True)
            )
        return derived_frames

    def targets(self, board: Dashboard, panel_id: str) -> tuple[Target, ...]:
        """The exported queries of a panel."""
        number = [panel.id for panel in self.deployment.board(board).panels].index(panel_id)
        export = Export(self.deployment, Prices(self.prices), "codeagent", "http://127.0.0.1:8050")
        return dashboard(board, list(BOARDS.values()), export).panels[number].targets

    def exported_frames(self, board: Dashboard, plan: Plan) -> Mapping[int, Frame]:
        """What Grafana asks at the same instants, with all values of all variables, by the number of the query."""
        targets = [target for target in self.targets(board, plan.panel.id) if target.ref in ascii_uppercase]
        requests = _requests(plan)
        numbered = [(ascii_uppercase.index(target.ref), target) for target in targets]
        return {
            index: self.source.range(_substituted(target.expr, requests[index], plan), Deadline.after(60)).frame
            for index, target in numbered
        }

    def compare(self, board: Dashboard, plan: Plan) -> None:
        """Fail unless every exported query has the numbers of the board."""
        frames, exported = self.board_frames(plan), self.exported_frames(board, plan)
        assert exported
        for index, theirs in exported.items():
            compare(plan.panel, index, frames[index] if index < len(frames) else EMPTY, theirs)


def _requests(plan: Plan) -> list[Request]:
    """One for each exported query: columns that are computed from tokens have the instants of the tokens."""
    if plan.panel.derive is cost.per_model:
        calls, tokens, p95, course = plan.main
        return [calls, tokens, tokens, tokens, p95, course]
    return list(plan.main) * 4 if plan.panel.derive is prompt_cache.per_model else list(plan.main)


def _substituted(expr: str, request: Request, plan: Plan) -> Request:
    window = request.window
    for variable, seconds in (
        ("$__rate_interval", window.rate_interval),
        ("$__interval", window.step),
        ("$__range", plan.window.seconds),
    ):
        expr = expr.replace(variable, f"{seconds}s")
    return Request(request.source, re.sub(r'"\$[a-z_]+"', '".*"', expr), window)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("grafana")
    end = int(time.time()) // 60 * 60
    (folder / "data").mkdir()
    backfill(folder / "data", end, Ports(), needs("promtool"))
    with running(prometheus(folder)) as server:
        app = create_app(Settings(prometheus_url=server.url, profile="codeagent", scrape_interval=SPACING))
        deployment = Deployment(Resolution(CODEAGENT), SPACING)
        yield World(app, State(TimeRange(str(end - 12 * HOUR), str(end - HOUR))), server.url, deployment)
        app.engine.close()


@pytest.mark.parametrize(("board_id", "panel_id"), PANELS)
def test_numbers_are_those_of_the_panel(world: World, board_id: str, panel_id: str) -> None:
    world.compare(BOARDS[board_id], world.plans(BOARDS[board_id])[panel_id])


@pytest.mark.parametrize("name", ["litellm", "vllm", "otel-http-genai-2026"])
def test_numbers_of_recorded_gateways_are_those_of_the_boards(tmp_path: Path, name: str) -> None:
    now = int(time.time()) // SCRAPE * SCRAPE
    with app_over(tmp_path, recording(name)) as app:
        resolution = app.boards.profiles.current()
        state = State(TimeRange(str(now - 1_800), str(now - 120)))
        world = World(app, state, "", Deployment(resolution, SCRAPE))
        for board in BOARDS.values():
            reduced = world.deployment.board(board)
            plans = world.plans(reduced)
            for panel in reduced.panels:
                world.compare(board, plans[panel.id])


def compare(panel: Panel, index: int, ours: Frame, theirs: Frame) -> None:
    expected, actual = rows(ours), rows(theirs)
    if derived.is_cumulative(panel):
        actual = {key: np.cumsum(np.nan_to_num(row)) for key, row in actual.items()}
        expected = {key: np.nan_to_num(row) for key, row in expected.items()}
    if isinstance(panel.view, Table) and any(column.share and column.query == index for column in panel.view.columns):
        total = sum(row.sum() for row in expected.values())
        expected = {key: 100 * row / total for key, row in expected.items()}
    if len(expected) == len(actual) == 1:  # a single series needs no labels to be known
        actual = dict(zip(expected, actual.values(), strict=True))
    assert set(expected) == set(actual)
    for key, row in expected.items():
        np.testing.assert_allclose(actual[key], row, rtol=1e-9, atol=1e-12, err_msg=f"{panel.id} {index} {key}")


def rows(frame: Frame) -> dict[tuple[tuple[str, str], ...], Floats]:
    """Series with any value by their labels."""
    series = zip(frame.labels, frame.values, strict=True)
    return {
        tuple(sorted((name, value) for name, value in labels.items() if name != "__name__" and value)): values
        for labels, values in series
        if not np.isnan(values).all()
    }


def test_the_share_of_priced_tokens_is_that_of_the_board(world: World) -> None:
    board = BOARDS["providers"]
    plan = world.plans(board)["models"]
    tokens = plan.main[1]
    coverage = world.targets(board, "models")[-1]

    actual = rows(world.source.range(_substituted(coverage.expr, tokens, plan), Deadline.after(60)).frame)

    usages = cost.usages(world.source.range(tokens, Deadline.after(60)).frame, PRICES)
    expected = {
        (("model", usage.model), ("provider", usage.provider)): 100 * (1 - usage.unpriced / usage.total_tokens)
        for usage in usages
    }
    assert set(actual) == set(expected)
    assert {float(share[0]) for share in actual.values()} == {0.0, 100.0}
    for key, share in expected.items():
        np.testing.assert_allclose(actual[key], share, rtol=1e-9)


def test_most_panels_have_numbers(world: World) -> None:
    empty = [
        (board.id, plan.panel.id)
        for board in BOARDS.values()
        for plan in world.plans(board).values()
        if plan.panel in panels_of_contract(board) and all(not rows(frame) for frame in world.board_frames(plan))
    ]

    assert len(empty) <= 6, empty


def test_the_profile_can_be_read_from_the_backend(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("auto")
    messages: list[str] = []

    assert export(Settings(prometheus_url=world.url), folder, "http://127.0.0.1:8050", messages.append) == 0

    overview = json.loads((folder / "v1" / "overview.json").read_text("utf-8"))
    assert overview["uid"] == "codeagent-overview"
    assert "codeagent_requests_total" in json.dumps(overview)
