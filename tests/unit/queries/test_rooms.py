"""The query layer knows nothing of pages, panels or the app."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import queries

ROOM = Path(queries.__file__).parent
OTHERS = {"app", "explore", "pages", "panels", "gateway", "demo", "alerts", "bench"}


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOM)))
def test_a_module_imports_nothing_of_the_rooms_above(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not {name.split(".")[0] for name in names} & OTHERS


STEPS = sorted(path for path in (ROOM / "steps").glob("*.py") if path.name != "base.py")


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.name)
def test_a_step_has_at_most_a_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 100
