"""A board as a file, by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main

NOWHERE = ("--prometheus", "http://127.0.0.1:9")


def test_a_report_is_written_even_when_the_backend_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.pdf"

    assert main(["report", "websocket", "--to", str(path), "--range", "now-24h", *NOWHERE]) == 0
    assert path.read_bytes().startswith(b"%PDF")
    assert str(path) in capsys.readouterr().out


def test_an_unknown_board_or_range_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.pdf"

    assert main(["report", "websocked", "--to", str(path), *NOWHERE]) == 2
    assert "websocket" in capsys.readouterr().err
    assert main(["report", "websocket", "--range", "yesterday", "--to", str(path), *NOWHERE]) == 1
    assert not path.exists()
