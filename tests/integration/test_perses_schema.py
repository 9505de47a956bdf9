"""Exported dashboards by the types of Perses' API, which validate what they decode."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from tests.go_kit import build, report

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

SOURCE = Path(__file__).with_name("perses_validate")


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(SOURCE, tmp_path_factory.mktemp("validate"), "github.com/perses")


@pytest.mark.parametrize("profile", ["codeagent", "litellm"])
def test_every_dashboard_is_valid(validator: Path, profile: str, tmp_path: Path) -> None:
    assert main(["export-perses", str(tmp_path), "--profile", profile]) == 0
    paths = sorted((tmp_path / "dashboards").glob("*.json"))

    checked = report(validator, paths)

    assert len(paths) >= 5
    assert checked.stdout == ""
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ('"refreshInterval"', '"refreshEvery"', "refreshEvery"),
        ('"kind": "Grid"', '"kind": "Gridd"', "Gridd"),
        ('"#/spec/panels/', '"#/panels/', "panels"),
    ],
)
def test_what_perses_does_not_know_is_an_error(
    validator: Path, right: str, wrong: str, reason: str, tmp_path: Path
) -> None:
    assert main(["export-perses", str(tmp_path), "--profile", "codeagent"]) == 0
    path = tmp_path / "dashboards" / "overview.json"
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), "utf-8")

    checked = report(validator, [path])

    assert checked.returncode == 1
    assert reason in checked.stdout
