"""Committed exports are what the command writes, and keep the rules for dashboards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main
from pages import BOARDS
from tests.grafana_lint import problems
from tests.servers import ROOT

COMMITTED = ROOT / "grafana"
PROFILES = sorted(folder.name for folder in COMMITTED.iterdir() if folder.is_dir())
DASHBOARDS = sorted(COMMITTED.glob("*/v1/*.json"))


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("profile", PROFILES)
def test_committed_exports_are_what_the_command_writes(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEAGENT_PROMETHEUS_URL", raising=False)

    assert main(["export-grafana", str(tmp_path), "--profile", profile]) == 0

    written, committed = texts(tmp_path), texts(COMMITTED / profile)
    differing = sorted(name for name in written.keys() | committed.keys() if written.get(name) != committed.get(name))
    assert differing == [], "run `make grafana` and commit what it writes"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_dashboards_keep_the_rules_of_the_linter(path: Path) -> None:
    assert problems(json.loads(path.read_text("utf-8"))) == []


def test_all_boards_and_the_page_of_an_endpoint_are_exported() -> None:
    names = {path.stem for path in (COMMITTED / "codeagent" / "v1").iterdir()}

    assert names == set(BOARDS)


def test_both_schemas_have_the_same_queries() -> None:
    for path in DASHBOARDS:
        first = json.loads(path.read_text("utf-8"))
        second = json.loads((path.parents[1] / "v2" / path.name).read_text("utf-8"))["spec"]
        elements = [second["elements"][f"panel-{panel['id']}"]["spec"] for panel in first["panels"]]
        queries = [
            [query["spec"]["query"]["spec"]["expr"] for query in element["data"]["spec"]["queries"]]
            for element in elements
        ]
        assert queries == [[target["expr"] for target in panel["targets"]] for panel in first["panels"]]


def test_the_example_of_the_specification_is_exported_as_written() -> None:
    example = json.loads((COMMITTED / "codeagent" / "specification" / "codeagent-api-overview.json").read_text("utf-8"))

    rate, errors = example["dashboard"]["panels"]
    assert example["dashboard"]["title"] == "CodeAgent API Overview"
    assert (rate["title"], rate["type"]) == ("Request Rate", "graph")
    assert rate["targets"] == [{"expr": "sum(rate(codeagent_requests_total[5m]))", "legendFormat": "Requests/sec"}]
    assert (errors["title"], errors["type"]) == ("Error Rate", "gauge")
    assert errors["thresholds"] == [{"value": 1, "color": "yellow"}, {"value": 5, "color": "red"}]
    assert errors["targets"][0]["expr"] == (
        'sum(rate(codeagent_requests_total{status=~"5.."}[5m])) / sum(rate(codeagent_requests_total[5m])) * 100'
    )


def test_links_lead_to_dashboards_that_are_exported() -> None:
    for path in DASHBOARDS:
        content = json.loads(path.read_text("utf-8"))
        uids = {json.loads(other.read_text("utf-8"))["uid"] for other in path.parent.iterdir()}
        panel_links = [
            link for panel in content["panels"] for link in panel["fieldConfig"]["defaults"].get("links", [])
        ]
        urls = [link["url"] for link in (*content["links"], *panel_links)]
        assert {url.removeprefix("/d/").partition("?")[0] for url in urls if url.startswith("/d/")} <= uids
        assert all(url.startswith(("/d/", "${app}/")) for url in urls)


def test_a_profile_that_cannot_be_read_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-grafana", str(tmp_path / "out"), "--profile", "nobody"]) == 2

    assert "CODEAGENT_PROFILE=nobody cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
