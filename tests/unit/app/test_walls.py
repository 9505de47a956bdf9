"""Playlists of walls: a table of a file becomes the address of a display."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app import walls
from app.factory import create_app
from app.settings import Settings, SettingsError

LOBBY = """
[lobby]
boards = ["overview", "providers"]
every = "20s"
range = "now-6h"
theme = "dark"
zone = "utc"
scale = 1.5
filters = { environment = ["production", "a b"] }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "walls.toml"
    path.write_text(LOBBY, encoding="utf-8")
    return path


def test_a_playlist_is_the_address_of_its_display(file: Path) -> None:
    address = urlsplit(walls.load(file)["lobby"].address("lobby", "1"))

    assert address.path == "/kiosk"
    assert parse_qs(address.query) == {
        "playlist": ["lobby"],
        "boards": ["overview,providers"],
        "every": ["20s"],
        "from": ["now-6h"],
        "theme": ["dark"],
        "tz": ["utc"],
        "scale": ["1.5"],
        "at": ["1"],
        "environment": ["production", "a b"],
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[lobby", "not valid TOML"),
        ("[lobby]\nboards = []", r"\[lobby\] boards"),
        ('[lobby]\nboards = ["overview"]\ncolour = "red"', r"\[lobby\] colour"),
        ('[lobby]\nboards = ["overview"]\nscale = 99', r"\[lobby\] scale"),
        ('[lobby]\nboards = ["overview"]\nevery = "soon"', r"\[lobby\] every"),
        ('["a/b"]\nboards = ["overview"]', "not a valid name"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_at_the_start_with_its_place(file: Path, text: str, problem: str) -> None:
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=problem):
        walls.load(file)
    with pytest.raises(SettingsError, match="CODEAGENT_WALLS_FILE"):
        Settings.load({"CODEAGENT_WALLS_FILE": str(file)})


def test_a_display_is_redirected_to_its_boards_and_an_unknown_name_is_not_found(file: Path) -> None:
    app = create_app(Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0, walls_file=file))
    try:
        client = app.server.test_client()
        assert "at=1" in client.get("/kiosk/lobby?at=1").headers["Location"]
        assert "at=0" in client.get("/kiosk/lobby?at=²").headers["Location"]
        assert client.get("/kiosk/nothing").status_code == 404
        assert "lobby" in client.get("/kiosk/nothing").get_data(as_text=True)
    finally:
        app.engine.close()
