"""Links by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("a key of more than sixteen characters")
    monkeypatch.setenv("CODEAGENT_LINK_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("CODEAGENT_LINKS_FILE", str(tmp_path / "links.db"))


def test_a_link_is_created_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["links", "create", "overview/error-rate", "--filter", "environment=prod"]) == 0
    assert "/render/overview/error-rate.png?environment=prod&sig=" in capsys.readouterr().out
    assert main(["links", "list"]) == 0
    line = capsys.readouterr().out
    assert "expires" in line
    assert main(["links", "revoke", line.split()[0]]) == 0
    assert main(["links", "list"]) == 0
    assert "revoked" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments",
    [["overview/nothing"], ["overview/error-rate", "--filter", "x"], ["overview/error-rate", "--longest", "x"]],
)
def test_what_cannot_be_linked_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["links", "create", *arguments]) == 2
    assert capsys.readouterr().err


def test_a_link_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["links", "revoke", "nothing"]) == 1
    assert "nothing" in capsys.readouterr().err


def test_without_a_key_or_a_file_the_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CODEAGENT_LINK_KEY_FILE")
    monkeypatch.delenv("CODEAGENT_LINKS_FILE")
    assert main(["links", "create", "overview/error-rate"]) == 2
    assert main(["links", "list"]) == 2
    error = capsys.readouterr().err
    assert "CODEAGENT_LINK_KEY_FILE" in error
    assert "CODEAGENT_LINKS_FILE" in error


def test_a_frame_s_page_and_the_signature_of_all_runbooks_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["links", "create", "overview", "--free", "endpoint", "--base", "https://d.example/"]) == 0
    assert capsys.readouterr().out.startswith("https://d.example/embed/overview?sig=")
    assert main(["links", "create", "overview/error-rate", "--embed"]) == 0
    assert "/embed/overview/error-rate?sig=" in capsys.readouterr().out
    assert main(["links", "create", "runbooks", "--days", "0"]) == 0
    assert capsys.readouterr().out.startswith("sig=")
    assert main(["links", "list"]) == 0
    assert "/render/runbooks" in capsys.readouterr().out


def test_without_a_store_a_link_has_to_expire(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CODEAGENT_LINKS_FILE")
    assert main(["links", "create", "overview", "--days", "0"]) == 2
    assert "has to expire" in capsys.readouterr().err


def test_the_token_of_a_display_is_printed_as_its_address_listed_and_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["links", "create", "kiosk/lobby"]) == 2
    assert "CODEAGENT_WALLS_FILE" in capsys.readouterr().err
    (tmp_path / "walls.toml").write_text('[lobby]\nboards = ["overview"]')
    monkeypatch.setenv("CODEAGENT_WALLS_FILE", str(tmp_path / "walls.toml"))
    assert main(["links", "create", "kiosk/office"]) == 2
    assert "Known are: lobby." in capsys.readouterr().err
    assert main(["links", "create", "kiosk/lobby", "--base", "https://d.example/"]) == 0
    assert capsys.readouterr().out.startswith("https://d.example/kiosk/lobby?sig=")
    assert main(["links", "list"]) == 0
    line = capsys.readouterr().out
    assert "/kiosk/lobby" in line
    assert "expires never" in line
    assert main(["links", "revoke", line.split()[0]]) == 0
    monkeypatch.delenv("CODEAGENT_LINKS_FILE")
    assert main(["links", "create", "kiosk/lobby"]) == 2
    assert "CODEAGENT_LINKS_FILE" in capsys.readouterr().err
