"""Boards and alert rules take every threshold from one table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pages import thresholds
from panels.spec import Status

ROOT = Path(__file__).parents[3]
# An alert's chart draws the limit of its rule, which may be any rule of any Prometheus.
OF_ANY_RULE = ROOT / "pages" / "alerts" / "chart.py"
MODULES = sorted({*(ROOT / "pages").rglob("*.py"), *(ROOT / "app" / "rules").rglob("*.py")} - {OF_ANY_RULE})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_thresholds_are_defined_in_one_place(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    own = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Thresholds"]
    assert path.name == "thresholds.py" or not own, f"{path.name}: lines {own}"


def test_a_single_restart_in_the_range_is_not_a_warning() -> None:
    statuses = [thresholds.RESTARTS_IN_RANGE.status(count) for count in (0, 1, 2, 5)]
    assert statuses == [Status.GOOD, Status.GOOD, Status.WARNING, Status.CRITICAL]
