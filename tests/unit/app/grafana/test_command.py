"""`export-grafana` writes everything or says in one sentence why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main


@pytest.mark.parametrize("url", ["javascript:alert(1)", "dashboards.example", "https://", "ftp://a.example"])
def test_an_address_that_no_link_can_lead_to_is_refused(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export-grafana", str(tmp_path / "out"), "--profile", "codeagent", "--app-url", url]

    assert main(arguments) == 2
    assert "--app-url" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")

    assert main(["export-grafana", str(tmp_path / "file"), "--profile", "codeagent"]) == 2
    assert f"{tmp_path / 'file'}" in capsys.readouterr().err


def test_a_backend_that_does_not_answer_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-grafana", str(tmp_path), "--prometheus", "http://127.0.0.1:9", "--profile", "auto"]) == 2

    message = capsys.readouterr().err
    assert "http://127.0.0.1:9" in message
    assert "--profile codeagent" in message
