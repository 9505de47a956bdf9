"""Boards and alert rules agree about what is a warning and what is critical."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from pages import thresholds

ROOT = Path(__file__).parents[3]
RULES = {
    rule["alert"]: rule["expr"]
    for path in (ROOT / "alerts" / "rules").glob("*.yml")
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


def limit_of(alert: str) -> float:
    """The number that an alert's expression is compared with."""
    match = re.search(r"> (\d+)\s*$", RULES[alert])
    assert match, RULES[alert]
    return float(match[1])


def test_error_alerts_fire_at_the_thresholds_of_the_boards() -> None:
    assert limit_of("ElevatedErrorRate") == thresholds.ERROR_RATE.warning
    assert limit_of("HighErrorRate") == thresholds.ERROR_RATE.critical


def test_a_slow_response_is_a_warning_on_the_boards_before_its_alert_fires() -> None:
    warning, critical = thresholds.RESPONSE_TIME.warning, thresholds.RESPONSE_TIME.critical
    assert warning is not None
    assert critical is not None
    assert warning <= limit_of("SlowResponses") < critical


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda path: path.stem)
def test_boards_take_every_threshold_from_the_one_place(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    own = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Thresholds"]
    assert path.name == "thresholds.py" or not own, f"{path.name}: lines {own}"
