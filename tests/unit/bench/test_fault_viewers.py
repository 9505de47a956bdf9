"""What the benchmark of faults sees in an answer of the log page."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fault_viewers import PageCheck, look_of_logs
from pages.logs import page as logs
from pages.session import Session
from tests.unit.pages import logs_kit as kit


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, str]:
    kit.write(tmp_path)
    session: Session = kit.session(tmp_path)
    return {name: str(html) for name, html in logs.render(kit.url(), session).parts.items()}


def test_a_page_with_its_lines_is_well(parts: dict[str, str]) -> None:
    assert look_of_logs({"parts": parts}) == PageCheck(True, 1)


def test_last_lines_are_data_but_not_well(parts: dict[str, str]) -> None:
    assert look_of_logs({"parts": parts, "error": {"sentence": "Away."}}) == PageCheck(False, 1)
    assert look_of_logs({"parts": {**parts, "facets": '<p class="notes partial outdated">'}}) == PageCheck(False, 1)


@pytest.mark.parametrize("answer", [{}, {"error": {}}, {"parts": {"list": '<div class="nothing">'}}])
def test_a_page_without_lines_has_no_data(answer: dict[str, dict[str, str]]) -> None:
    assert look_of_logs(answer) == PageCheck(False, 0)
