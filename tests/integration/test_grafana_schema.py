"""Exported dashboards by Grafana's own types, read strictly with grafana-foundation-sdk for Go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.go_kit import build, report
from tests.servers import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

SOURCE = Path(__file__).with_name("grafana_validate")
COMMITTED = ROOT / "grafana"


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(SOURCE, tmp_path_factory.mktemp("validate"), "grafana-foundation-sdk")


@pytest.mark.parametrize("schema", ["v1", "v2"])
def test_every_dashboard_is_read_strictly(validator: Path, schema: str) -> None:
    paths = sorted(COMMITTED.glob(f"*/{schema}/*.json"))

    checked = report(validator, [schema, *paths])

    assert len(paths) >= 6
    assert checked.stdout == ""
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("schema", ["v1", "v2"])
def test_an_unknown_field_is_an_error(validator: Path, schema: str, tmp_path: Path) -> None:
    text = (COMMITTED / "codeagent" / schema / "overview.json").read_text("utf-8")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(text.replace('"graphMode"', '"graphMod"'), "utf-8")

    checked = report(validator, [schema, wrong])

    assert checked.returncode == 1
    assert "graphMod" in checked.stdout
