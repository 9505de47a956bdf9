"""The browser writes numbers exactly as the server does."""

from __future__ import annotations

import json
import math
import random
import subprocess
from pathlib import Path

import pytest

from panels import units
from panels.spec import Unit
from tests.require import needs

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import { learn, write } from "./assets/src/units.js";
let text = "";
for await (const chunk of process.stdin) text += chunk;
const { rules, numbers } = JSON.parse(text);
learn(rules);
const cases = numbers.map(([value, unit]) => write(Number(value), unit));
process.stdout.write(JSON.stringify(cases));
"""


def values() -> list[float]:
    """Zero, every magnitude, ties of rounding, borders of units, and what is not a number."""
    chance = random.Random(5)
    ties = [
        1.125,
        1.135,
        0.125,
        2.5,
        1_125,
        112_500,
        0.0125,
        12.345,
        99.95,
        99.949,
        999.5,
        999.4999,
        119.5,
        7_199,
        1e-13,
    ]
    borders = [1, 60, 99, 100, 119.9, 120, 1_000, 1_023, 1_024, 3_600, 7_200, 86_400, 172_800, 1e6, 1e12, 1e15, 1e300]
    drawn = [chance.uniform(1, 10) * 10.0 ** chance.randrange(-14, 18) for _ in range(300)]
    positive = [*ties, *borders, *drawn, 1e-13, 5e-324]
    return [0.0, -0.0, *positive, *(-value for value in positive), math.nan, math.inf, -math.inf, -1_500.0]


@pytest.fixture(scope="module")
def cases() -> list[tuple[float, Unit, str]]:
    """Each value in each unit, with the text of the browser."""
    pairs = [(value, unit) for unit in Unit for value in values()]
    names = {math.inf: "Infinity", -math.inf: "-Infinity"}
    numbers = [(names.get(value, repr(value)), unit.value) for value, unit in pairs]
    body = json.dumps({"rules": units.rare_rules(Unit), "numbers": numbers})
    command = [needs("node"), "--input-type=module", "--no-warnings", "-e", SCRIPT]
    texts = json.loads(subprocess.run(command, cwd=ROOT, input=body, capture_output=True, text=True, check=True).stdout)
    return [(value, unit, text) for (value, unit), text in zip(pairs, texts, strict=True)]


@pytest.mark.parametrize("unit", list(Unit))
def test_the_browser_writes_every_number_as_the_server_does(cases: list[tuple[float, Unit, str]], unit: Unit) -> None:
    written = {repr(value): text for value, of, text in cases if of is unit}

    assert written == {repr(value): units.write(value, unit) for value in values()}


def test_a_unit_is_written_by_the_table_alone() -> None:
    usual = json.loads((ROOT / "panels" / "units.json").read_text())["units"]
    rare = json.loads((ROOT / "panels" / "rare_units.json").read_text())

    assert {*usual, *rare} == {unit.value for unit in Unit}
    assert not set(usual) & set(rare)
    assert set(units.rare_rules(Unit)) == set(rare)
