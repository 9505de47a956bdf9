"""`export-perses` writes everything and names the panels that differ, or says in one sentence why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main


def test_it_writes_a_project_its_data_source_and_the_boards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--profile", "codeagent", "--prometheus", "http://ada:secret@prometheus:9090"]
    assert main(["export-perses", str(tmp_path), *arguments]) == 0

    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json"))
    assert files[:2] == ["1-project.json", "2-datasource.json"]
    assert "dashboards/overview.json" in files
    assert "secret" not in (tmp_path / "2-datasource.json").read_text("utf-8")
    text = capsys.readouterr().out
    assert "changed Latency distribution: Shown as p50, p95 and p99" in text
    assert text.endswith(f"{len(files)} files in {tmp_path}.\n")


def test_the_data_source_asks_prometheus_through_perses(tmp_path: Path) -> None:
    assert (
        main(["export-perses", str(tmp_path), "--profile", "codeagent", "--prometheus", "http://prometheus:9090"]) == 0
    )

    document = json.loads((tmp_path / "2-datasource.json").read_text("utf-8"))
    assert document["spec"]["default"] is True
    assert document["spec"]["plugin"]["spec"] == {
        "proxy": {"kind": "HTTPProxy", "spec": {"url": "http://prometheus:9090"}}
    }


def test_boards_without_data_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-perses", str(tmp_path), "--profile", "litellm"]) == 0

    assert not (tmp_path / "dashboards" / "websocket.json").exists()
    assert "1 board is left out: the gateway exports none of its metrics." in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["export-perses", str(tmp_path / "file"), "--profile", "codeagent"]) == 2

    assert "cannot be written" in capsys.readouterr().err
