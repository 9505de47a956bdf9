"""Playlists of walls: a table of a file becomes the address of a display."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app import walls
from app.settings import Settings, SettingsError

LOBBY = """
[lobby]
boards = ["overview", "endpoint?endpoint=/v1/chat"]
every = "20s"
range = "now-6h"
theme = "dark"
zone = "Asia/Kolkata"
scale = 1.5
screens = 5
filters = { environment = ["production", "a b"] }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "walls.toml"
    path.write_text(LOBBY, encoding="utf-8")
    return path


def test_a_playlist_is_the_address_of_its_display(file: Path) -> None:
    address = urlsplit(walls.load(file)["lobby"].address("lobby", 3, [("sig", "x.y")]))

    assert address.path == "/kiosk/lobby"
    assert parse_qs(address.query) == {
        "boards": ["overview,endpoint?endpoint=/v1/chat"],
        "every": ["20s"],
        "from": ["now-6h"],
        "theme": ["dark"],
        "tz": ["Asia/Kolkata"],
        "scale": ["1.5"],
        "screens": ["5"],
        "at": ["1"],
        "environment": ["production", "a b"],
        "sig": ["x.y"],
    }


def test_a_board_of_a_playlist_has_filters_of_its_own_beside_those_of_the_playlist(file: Path) -> None:
    environment = ["production", "a b"]
    assert walls.load(file)["lobby"].slides == [
        walls.Slide("overview", {"environment": environment}),
        walls.Slide("endpoint", {"environment": environment, "endpoint": ["/v1/chat"]}),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[lobby", "not valid TOML"),
        ("[lobby]\nboards = []", r"\[lobby\] boards"),
        ('[lobby]\nboards = ["overview"]\ncolour = "red"', r"\[lobby\] colour"),
        ('[lobby]\nboards = ["overview"]\nscale = 99', r"\[lobby\] scale"),
        ('[lobby]\nboards = ["overview"]\nscreens = 0', r"\[lobby\] screens"),
        ('[lobby]\nboards = ["overview"]\nevery = "soon"', r"\[lobby\] every"),
        ('[lobby]\nboards = ["overview"]\nzone = "Berlin"', r"\[lobby\] zone.*IANA"),
        ('[lobby]\nboards = ["endpoint?endpoint"]', r"\[lobby\] boards.*LABEL=VALUE"),
        ('["a/b"]\nboards = ["overview"]', "not a valid name"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_at_the_start_with_its_place(file: Path, text: str, problem: str) -> None:
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=problem):
        walls.load(file)
    with pytest.raises(SettingsError, match="CODEAGENT_WALLS_FILE"):
        Settings.load({"CODEAGENT_WALLS_FILE": str(file)})
