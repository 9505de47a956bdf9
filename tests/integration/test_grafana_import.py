"""Public dashboards against a real Prometheus with a series for each of their selectors: numbers are the queries'."""

from __future__ import annotations

import math
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import promql_parser as promql
import pytest

from app.factory import App, create_app
from app.grafana.importing.boards import Imported, convert
from app.grafana.importing.labels import selectors
from app.grafana.importing.reading import read
from app.grafana.importing.source import SourceDashboard
from app.panel_view import PanelState
from app.settings import Settings
from app.state import State
from pages.files.board import write
from panels.spec import WITHOUT_DATA
from queries.core.deadline import Deadline
from queries.core.time_range import TimeRange
from queries.metrics.request import Answer, Request
from tests import servers
from tests.integration.queries_kit import prometheus, running

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

DATA = Path(__file__).resolve().parents[1] / "data" / "grafana"
SCRAPE, SECONDS = 15, 3_600
# A value of each variable, the label that it filters by, and another value that must not be counted.
VALUES = {
    "node": ("instance", "a:1"),
    "job": ("job", "node"),
    "cluster": ("cluster", "c"),
    "namespace": ("namespace", "n"),
    "pod": ("pod", "p"),
}
FILTERS = {label: (value,) for label, value in VALUES.values()}
Labels = tuple[tuple[str, str], ...]


def original(expr: str) -> str:
    """A query as Grafana would ask it, but for the durations."""
    for name, (_, value) in VALUES.items():
        expr = re.sub(rf"\$\{{{name}\}}|\${name}\b", value, expr)
    return expr


def series_of(expr: str) -> Iterator[tuple[str, Labels]]:
    """The series that a query selects: its matchers, and a value for each label that it groups by."""
    plain = re.sub(r"\$__\w+", "1m", original(expr))
    groups = {label.strip() for part in re.findall(r"\bby\s*\(([^)]*)\)", plain) for label in part.split(",") if label}
    for selector in selectors(promql.parse(plain)):
        labels = {label: f"{label} 1" for label in groups if label != "le"} | {"instance": "a:1", "job": "node"}
        for matcher in selector.matchers.matchers:
            text = str(matcher.op)
            if "Not" not in text:
                labels[matcher.name] = re.split(r"[|*]", matcher.value)[0].replace("\\.", ".").strip("^$.+()") or "x"
            elif not matcher.value:
                labels[matcher.name] = "x"
        for other in (False, True):
            chosen = labels | ({label: f"other {label}" for label in FILTERS} if other else {})
            bounds = ("0.1", "1", "10", "+Inf") if selector.name.endswith("_bucket") else ("",)
            for bound in bounds:
                yield selector.name, tuple(sorted((chosen | ({"le": bound} if bound else {})).items()))


def samples(source: SourceDashboard, end: int) -> Iterator[str]:
    """An hour of every series as OpenMetrics: counters that grow, at a pace of their own."""
    every = {
        pair for panel in source.panels for target in panel.targets if target.expr for pair in series_of(target.expr)
    }
    for name, labels in sorted(every):
        text = ",".join(f'{label}="{value}"' for label, value in labels)
        pace = 1 + zlib.crc32(f"{name}{labels}".encode()) % 50 / 10
        pace *= {"0.1": 1, "1": 2, "10": 3, "+Inf": 4}.get(dict(labels).get("le", ""), 1)
        for moment in range(end - SECONDS, end + 1, SCRAPE):
            wave = 1 + 0.1 * math.sin(moment / 300)
            grown = pace * (moment - end + SECONDS + 100) * (1 if pace > 2 else wave)
            yield f"{name}{{{text}}} {1 if '_status_' in name else grown:.4f} {moment}"
    yield "# EOF"


class World:
    """An app with an imported board, over a Prometheus that has its series."""

    def __init__(self, app: App, source: SourceDashboard, imported: Imported, end: int) -> None:
        self.app, self.source, self.imported, self.end = app, source, imported, end
        self.state = State(TimeRange(str(end - 1_800), str(end - 60)), FILTERS)

    def answer_of_prometheus(self, expr: str, like: Request) -> Any:
        """The answer of Prometheus itself to a query of Grafana."""
        window = like.window
        width = int(self.state.range.end) - int(self.state.range.start)
        values = (("$__rate_interval", window.rate_interval), ("$__interval", window.step), ("$__range", width))
        text = original(expr)
        for name, seconds in values:
            text = text.replace(name, f"{seconds}s")
        source = self.app.engine.sources[self.app.boards.source]
        return source.range(Request(like.source, text, window), Deadline.after(30)).frame


@pytest.fixture(scope="module", params=["node-exporter-full", "k8s-views-pods", "envoy-ai-gateway"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    source = read((DATA / f"{request.param}.json").read_bytes())
    imported = convert(source)
    assert imported.board is not None
    folder, boards = tmp_path_factory.mktemp("metrics"), tmp_path_factory.mktemp("boards")
    (boards / "board.toml").write_text(write(imported.board))
    end = int(time.time()) // 60 * 60
    servers.backfill(folder, "\n".join([*samples(source, end), ""]))
    with running(prometheus(folder)) as server:
        settings = Settings(prometheus_url=server.url, scrape_interval=SCRAPE, boards_dir=boards, profile="codeagent")
        app = create_app(settings)
        yield World(app, source, imported, end)
        app.engine.close()


def test_every_query_has_the_numbers_that_grafana_shows(world: World) -> None:
    board = world.app.boards.catalog.current().by_id[world.imported.board.id]
    plans = {plan.panel.id: plan for plan in world.app.boards.plans(board, world.state)}
    compared = 0
    for panel, outcome in zip(world.source.panels, world.imported.outcomes, strict=True):
        if outcome.panel is None or not outcome.panel.queries:
            continue
        requests = plans[outcome.panel.id].main
        exprs = [target.expr for target in panel.targets if not target.is_hidden]
        for expr, request, query in zip(exprs, requests, outcome.panel.queries, strict=True):
            if "_over_time((" in query.expr:
                continue  # what Grafana computes of the points itself
            (answer,) = world.app.engine.run_many([request], 30)
            assert isinstance(answer, Answer), (panel.title, answer)
            compare(panel.title, answer.frame, world.answer_of_prometheus(expr, request))
            compared += answer.frame.values.size > 0
    assert compared >= 0.9 * sum(outcome.has_metrics for outcome in world.imported.outcomes)


def compare(title: str, ours: Any, theirs: Any) -> None:
    """Fail unless both have the same series with the same numbers."""
    known = {tuple(sorted(labels.items())): row for labels, row in zip(theirs.labels, theirs.values, strict=True)}
    assert {tuple(sorted(labels.items())) for labels in ours.labels} == known.keys(), title
    for labels, row in zip(ours.labels, ours.values, strict=True):
        np.testing.assert_allclose(row, known[tuple(sorted(labels.items()))], rtol=1e-9, err_msg=title)


def test_the_board_is_drawn_within_the_deadline(world: World) -> None:
    client = world.app.server.test_client()
    board = world.imported.board
    filters = "&".join(f"{label}={value}" for label, (value,) in FILTERS.items() if label in board.filters)
    span = f"from={world.state.range.start}&to={world.state.range.end}"
    world.app.boards.refresh(world.state, board.panels, board_id=board.id)

    view = world.app.boards.refresh(world.state, board.panels, board_id=board.id)

    states: Mapping[str, PanelState] = {panel.panel.id: panel.state for panel in view.panels}
    assert {PanelState.FAILED, PanelState.PENDING}.isdisjoint(states.values())
    drawn = [panel for panel in view.panels if not isinstance(panel.panel.view, WITHOUT_DATA)]
    assert sum(panel.state is PanelState.FRESH for panel in drawn) >= 0.9 * len(drawn)
    assert client.get(f"/{board.id}?{span}&{filters}").status_code == 200
