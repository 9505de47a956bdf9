"""The steps of the metrics pipeline stay small. Which package may import which is in .importlinter."""

from __future__ import annotations

from pathlib import Path

import pytest

import queries

FOLDER = Path(queries.__file__).parent / "metrics" / "pipeline"
STEPS = sorted(path for path in FOLDER.glob("*.py") if path.name != "base.py")


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.name)
def test_a_pipeline_step_has_at_most_a_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 100
