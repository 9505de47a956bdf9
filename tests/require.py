"""What a test needs from the machine: skipped where it is absent, or failed where everything must be there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

BIN = "CODEAGENT_TEST_BIN"
REQUIRE_ALL = "CODEAGENT_TESTS_REQUIRE_ALL"


def needs(program: str, *others: str) -> str:
    """The path of the first of these programs that is installed; without one the test is skipped (see `absent`)."""
    # Debian keeps PostgreSQL's programs of each version in a folder of their own.
    aside = ":".join(["/usr/sbin", "/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])
    for name in (program, *others):
        path = shutil.which(name) or shutil.which(name, path=aside)
        if path is not None:
            return path
    return absent(f"{program} is not installed")


def built(program: str, *others: str) -> str:
    """As `needs`, for what no package has and somebody has to build: skipped in CI as well where it is absent.

    Looked for on PATH and in the folder that CODEAGENT_TEST_BIN names (~/.cache/codeagent-dashboards/bin).
    """
    folder = Path(os.environ.get(BIN, Path.home() / ".cache" / "codeagent-dashboards" / "bin"))
    for name in (program, *others):
        path = shutil.which(name, path=f"{folder}:{os.environ.get('PATH', '')}")
        if path is not None:
            return path
    return pytest.skip(f"{program} is neither on PATH nor in {folder}: docs/scaling.md says how to build such things")


def absent(reason: str) -> NoReturn:
    """Skip for want of something; a failure where CODEAGENT_TESTS_REQUIRE_ALL=1, so that CI skips nothing quietly."""
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(f"{reason}, and {REQUIRE_ALL}=1", pytrace=False)
    pytest.skip(reason)
