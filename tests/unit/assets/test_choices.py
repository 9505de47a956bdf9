"""The browser has the server's table of choices, and every choice is accepted by the server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from app.state import compare_shift, parse
from app.state import window as window_of
from pages import BOARDS, choices
from queries.core.time_range import TimeRange, duration
from tests.require import needs

ROOT = Path(__file__).resolve().parents[3]
NOW = 1_700_000_000.0
SCRIPT = """
import * as choices from "./assets/src/choices.js";
process.stdout.write(JSON.stringify(choices));
"""


def test_the_browser_has_the_same_table() -> None:
    command = [needs("node"), "--input-type=module", "--no-warnings", "-e", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    table = json.loads(done.stdout)

    assert set(table.pop("PERSONAL")) == choices.PERSONAL
    assert {name: list(values.items()) for name, values in table.items()} == {
        "QUICK_RANGES": list(choices.QUICK_RANGES.items()),
        "REFRESH_INTERVALS": list(choices.REFRESH_INTERVALS.items()),
        "COMPARISONS": list(choices.COMPARISONS.items()),
    }


def test_quick_ranges_are_valid_and_grow() -> None:
    ends = [TimeRange(start).resolve(NOW) for start in choices.QUICK_RANGES]
    widths = [end - start for start, end in ends]

    assert widths == sorted(set(widths))


def test_refresh_intervals_are_valid_and_hold_the_default_of_every_board() -> None:
    assert all(duration(value, "refresh") >= 5 for value in choices.REFRESH_INTERVALS if value != "off")
    assert {board.refresh for board in BOARDS.values()} <= set(choices.REFRESH_INTERVALS)


@pytest.mark.parametrize("value", choices.COMPARISONS)
def test_a_comparison_looks_back_in_time(value: str) -> None:
    state = parse({"compare": [value]}, BOARDS["overview"])

    assert compare_shift(state, window_of(state, NOW, 15)) > 0
