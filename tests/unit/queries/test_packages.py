"""Which package of the query layer may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import queries

ROOT = Path(queries.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
STEPS = sorted(path for path in (ROOT / "metrics" / "pipeline").glob("*.py") if path.name != "base.py")
ALLOWED = {
    "core": {"core"},
    "search": {"core", "search"},
    "logs": {"core", "search", "logs"},
    "traces": {"core", "search", "traces"},
    "metrics": {"core", "metrics"},
    "stores": {"core", "search", "logs", "traces", "metrics", "stores"},
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_query_layer_imports_no_package_that_uses_it(path: Path) -> None:
    above = {"app", "pages", "panels", "gateway", "demo", "alerts", "bench"}
    assert not {name.split(".")[0] for name in imported(path)} & above


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent != ROOT], ids=name_of)
def test_packages_of_the_query_layer_import_only_those_below_them(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    names = {name.split(".")[1] for name in imported(path) if name.startswith("queries.")}
    assert names <= ALLOWED[package]


@pytest.mark.parametrize("path", sorted((ROOT / "stores").rglob("*.py")), ids=name_of)
def test_no_adapter_of_a_store_imports_another_one(path: Path) -> None:
    adapter = path.relative_to(ROOT / "stores").parts[0]
    others = {"elastic", "duckdb"} - {adapter} if adapter in ("elastic", "duckdb") else set()
    assert not {name for name in imported(path) if any(name.startswith(f"queries.stores.{other}") for other in others)}


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.name)
def test_a_pipeline_step_has_at_most_a_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 100
