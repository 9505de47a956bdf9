"""Expositions in a real Prometheus: counters that grow to what was recorded, and an app over them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.factory import App, create_app
from app.panel_view import PanelView
from app.settings import Settings
from app.state import State
from pages import BOARDS
from panels.spec import Panel
from queries.core.time_range import TimeRange
from queries.metrics.request import Filters
from tests.integration import queries_kit as kit

RECORDED = Path(__file__).parents[1] / "data" / "expositions"
SCRAPE = 15
GROWN = 2_400  # seconds in which the counters come from nothing to what was recorded
LEAD = 900  # and as fast for so long after the start: an instant finds a sample that is not old
SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
TYPE = re.compile(r"# TYPE (\S+) gauge")
RISING_GAUGES = ("llm_cost_sum", "llm_token_sum")


def samples(text: str, start: int) -> Iterator[str]:
    """The exposition's counters, growing to what was recorded and beyond, and its gauges, constant."""
    gauges = set(TYPE.findall(text)) - set(RISING_GAUGES)
    for line in text.splitlines():
        row = SAMPLE.fullmatch(line)
        if row is None:
            continue
        labels = ",".join(part for part in (row[2], "" if "job=" in (row[2] or "") else 'job="recorded"') if part)
        value, times = float(row[3]), range(start - GROWN, start + LEAD, SCRAPE)
        for moment in times:
            share = 1.0 if row[1] in gauges else (moment - times[0]) / GROWN
            yield f"{row[1]}{{{labels}}} {share * value:.6f} {moment}"
    yield "# EOF"


@contextmanager
def app_over(folder: Path, text: str, profile: str = "auto") -> Iterator[App]:
    kit.backfill(folder, "\n".join([*samples(text, int(time.time())), ""]))
    with kit.running(kit.prometheus(folder)) as server:
        app = create_app(Settings(prometheus_url=server.url, profile=profile, deadline_seconds=60))
        yield app
        app.engine.close()


def recording(name: str) -> str:
    return (RECORDED / name / "metrics.prom").read_text()


def view(app: App, board: str, panel: str, filters: Filters | None = None) -> PanelView:
    state = State(TimeRange("now-30m"), filters or {})
    return app.boards.refresh(state, [BOARDS[board].panel(panel)]).panels[0]


def every_view(app: App) -> Iterator[tuple[Panel, PanelView]]:
    for board in BOARDS.values():
        refreshed = app.boards.refresh(State(TimeRange("now-30m")), board.panels)
        yield from zip(board.panels, refreshed.panels, strict=True)
