"""`check` asks each copy of repeated panels, and says which panels have no data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.check import check
from app.settings import Settings
from pages.files.board import write
from panels.spec import Dashboard, Lines, Panel, Query, Row
from queries.core.errors import SourceUnavailable
from queries.metrics.frame import Frame
from queries.metrics.prometheus.source import PrometheusSource
from queries.metrics.request import Request
from queries.metrics.source import Fetched

PANEL = Panel(
    id="cpu", title="CPU of {{host}}", view=Lines(), queries=(Query("rate(cpu{$filter(host)}[1m])"),), repeat="host"
)
OF_A_ROW = (
    Panel(id="row", title="Host {{host}}", view=Row(), span=12, rows=1, repeat="host"),
    Panel(id="load", title="Load", view=Lines(), queries=(Query("load{$filter(host)}"),)),
)
BOARD = Dashboard("mine", "Mine", "", (PANEL, *OF_A_ROW), filters=("host",))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a board file and a backend that nobody reaches."""
    (tmp_path / "mine.toml").write_text(write(BOARD))
    return Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=0.2, boards_dir=tmp_path)


def fetched(request: Request) -> Fetched:
    """A series for host a alone."""
    times, labels = request.window.times(), ({"host": "a"},) if 'host="a"' in request.expr else ()
    return Fetched(Frame(times, labels, np.ones((len(labels), len(times)))), request.window.end)


def report(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """What `check` says of a backend with the hosts a and b, of which a has data."""
    monkeypatch.setattr(PrometheusSource, "label_values", lambda *_: ("a", "b"))
    monkeypatch.setattr(PrometheusSource, "range", lambda _self, request, _deadline: fetched(request))
    lines: list[str] = []
    status = check(settings, ["mine"], "now-1h", lines.append)
    return status, "".join(lines)


def test_every_copy_of_a_repeated_panel_and_row_is_asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = report(settings, monkeypatch)

    for host in ("a", "b"):
        assert f'rate(cpu{{host="{host}"}}[1m])' in text
        assert f'load{{host="{host}"}}' in text
    assert text.count("cpu-a-") == text.count("cpu-b-") == 1


def test_a_copy_without_data_is_named_and_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    status, text = report(settings, monkeypatch)

    named = [line.split() for line in text.splitlines() if line.startswith(("  ok ", "  EMPTY "))]
    marks = {panel_id.rsplit("-", 1)[0]: mark for mark, panel_id in named}
    assert marks == {"cpu-a": "ok", "cpu-b": "EMPTY", "load-a": "ok", "load-b": "EMPTY"}
    assert "2 panels are empty or failed." in text
    assert status == 1


def test_without_known_values_the_panel_for_all_is_asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise SourceUnavailable("prometheus", "away")

    monkeypatch.setattr(PrometheusSource, "label_values", refuse)
    lines: list[str] = []

    assert check(settings, ["mine"], "now-1h", lines.append) == 1
    assert "  EMPTY cpu\n" in "".join(lines)
