"""What the benchmark of faults sees in an answer of a board or of the log page."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fault_viewers import PageCheck, look_of_board, look_of_logs
from pages.logs import page as logs
from pages.session import Session
from tests.unit.pages import logs_kit as kit

LINES = frozenset({"list"})


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, str]:
    kit.write(tmp_path)
    session: Session = kit.session(tmp_path)
    return {name: str(html) for name, html in logs.render(kit.url(), session).parts.items()}


def test_a_page_with_its_lines_is_well(parts: dict[str, str]) -> None:
    assert look_of_logs({"parts": parts}) == PageCheck(True, LINES)


def test_last_lines_are_data_but_not_well(parts: dict[str, str]) -> None:
    assert look_of_logs({"parts": parts, "error": {"sentence": "Away."}}) == PageCheck(False, LINES)
    assert look_of_logs({"parts": {**parts, "facets": '<p class="notes partial outdated">'}}) == PageCheck(False, LINES)


@pytest.mark.parametrize("answer", [{}, {"error": {}}, {"parts": {"list": '<div class="nothing">'}}])
def test_a_page_without_lines_has_no_data(answer: dict[str, dict[str, str]]) -> None:
    assert look_of_logs(answer) == PageCheck(False, frozenset())


def test_panels_of_a_board_that_have_data_are_named_although_one_is_broken() -> None:
    panels = [
        {"id": "requests", "state": "fresh", "figure": {}, "html": "<svg></svg>"},
        {"id": "errors", "state": "failed", "figure": None, "html": ""},
    ]
    assert look_of_board({"panels": panels}) == PageCheck(False, frozenset({"requests"}))
    assert look_of_board({"panels": panels[:1]}) == PageCheck(True, frozenset({"requests"}))
    assert look_of_board({"panels": panels[:1], "outages": ["Prometheus"]}) == PageCheck(False, frozenset({"requests"}))
