"""Programs in Go that check documents with the types of those who read them, built for a test."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.require import built
from tests.servers import ROOT


def build(source: Path, folder: Path, module: str) -> Path:
    """The program of a folder, built into another one. Skips where its `module` cannot be loaded."""
    program = folder / "validate"
    command = [built("go"), "build", "-o", str(program), "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    if done.returncode and module in done.stderr:
        pytest.skip(f"the module {module} cannot be loaded: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    return program


def report(program: Path, arguments: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """What it prints about files, and whether it ends well."""
    return subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
