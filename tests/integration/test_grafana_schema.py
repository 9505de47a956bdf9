"""Exported dashboards by Grafana's own types, read strictly with grafana-foundation-sdk for Go."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.require import built
from tests.servers import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

SOURCE = Path(__file__).with_name("grafana_validate")
COMMITTED = ROOT / "grafana"


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("validate") / "validate"
    command = [built("go"), "build", "-o", str(program), "."]
    built_now = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
    if built_now.returncode and "grafana-foundation-sdk" in built_now.stderr:
        pytest.skip(f"the module of grafana-foundation-sdk cannot be loaded: {built_now.stderr[-300:]}")
    assert built_now.returncode == 0, built_now.stderr
    return program


def report(validator: Path, schema: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([validator, schema, *paths], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("schema", ["v1", "v2"])
def test_every_dashboard_is_read_strictly(validator: Path, schema: str) -> None:
    paths = sorted(COMMITTED.glob(f"*/{schema}/*.json"))

    checked = report(validator, schema, *paths)

    assert len(paths) >= 6
    assert checked.stdout == ""
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("schema", ["v1", "v2"])
def test_an_unknown_field_is_an_error(validator: Path, schema: str, tmp_path: Path) -> None:
    text = (COMMITTED / "codeagent" / schema / "overview.json").read_text("utf-8")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(text.replace('"graphMode"', '"graphMod"'), "utf-8")

    checked = report(validator, schema, wrong)

    assert checked.returncode == 1
    assert "graphMod" in checked.stdout
