"""Names say what a value is: words that fit anything (`found`, `each`, `one` …) are not bound anywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("app", "pages", "panels", "queries", "telemetry", "gateway", "demo", "bench", "tests")
VAGUE: Final = frozenset(
    {"asked", "at", "each", "found", "given", "kept", "made", "one", "said", "seen", "shown", "taken", "told", "wanted"}
)


def bindings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of everything that a module defines: variables, parameters, functions, classes, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name


def vague(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The bindings whose names say nothing about the value, without leading and trailing underscores."""
    return ((line, name.strip("_")) for line, name in bindings(tree) if name.strip("_") in VAGUE)


@pytest.fixture(scope="module")
def names() -> list[tuple[str, int, str]]:
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return [
        (file.relative_to(ROOT).as_posix(), line, name)
        for file in files
        for line, name in vague(ast.parse(file.read_text()))
    ]


def test_no_name_is_vague(names: list[tuple[str, int, str]]) -> None:
    assert [f"{file}:{line} {name}" for file, line, name in names] == []


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "for _each in (): pass",
        "[one for one in ()]",
        "def f(*, at): pass",
        "def said(): pass",
        "class C:\n    shown: int",
        "self.kept = 1",
        "import os as told",
        "with open('x') as given: pass",
        "try: pass\nexcept ValueError as asked: pass",
    ],
)
def test_every_kind_of_binding_is_checked(code: str) -> None:
    assert len(list(vague(ast.parse(code)))) == 1


def test_a_name_of_somebody_else_may_be_used() -> None:
    assert list(vague(ast.parse("x = distribution.at(path)"))) == []
