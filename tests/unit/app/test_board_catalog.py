"""Boards of a folder: they replace and extend those built in, and change without a restart."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.board_catalog import LOOK_SECONDS, BoardCatalog
from app.offer import Offer
from pages import BOARDS, NAVIGATION
from pages.files.board import write
from panels.spec import Dashboard


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def save(folder: Path, board: Dashboard, name: str = "") -> Path:
    path = folder / (name or f"{board.id}.toml")
    path.write_text(write(board))
    return path


def renamed(title: str, board_id: str = "overview") -> Dashboard:
    return replace(BOARDS["overview"], id=board_id, title=title)


def test_without_a_folder_there_are_the_boards_built_in() -> None:
    assert BoardCatalog().current().by_id == BOARDS


def test_a_file_replaces_the_board_with_its_id_in_its_place(tmp_path: Path) -> None:
    save(tmp_path, renamed("Ours"), "anything.toml")
    save(tmp_path, replace(BOARDS["endpoint"], title="Route"))

    boards = BoardCatalog(tmp_path).current()

    assert [board.id for board in boards.navigation] == [board.id for board in NAVIGATION]
    assert boards.navigation[0].title == "Ours"
    assert boards.by_id["endpoint"].title == "Route"


def test_other_boards_come_after_those_built_in(tmp_path: Path) -> None:
    save(tmp_path, renamed("Second", "b"))
    save(tmp_path, renamed("First", "a"))

    boards = BoardCatalog(tmp_path).current()

    assert [board.title for board in boards.navigation[len(NAVIGATION) :]] == ["First", "Second"]
    assert Offer(boards=boards).navigation == boards.navigation


def test_a_change_is_seen_without_a_restart_and_not_looked_for_at_each_call(tmp_path: Path, clock: Clock) -> None:
    catalog = BoardCatalog(tmp_path, clock)
    path = save(tmp_path, renamed("New", "new"))

    assert "new" not in catalog.current().by_id
    clock.now += LOOK_SECONDS
    first = catalog.current()
    assert first.by_id["new"].title == "New"
    clock.now += LOOK_SECONDS
    assert catalog.current() is first
    path.unlink()
    clock.now += LOOK_SECONDS
    assert "new" not in catalog.current().by_id
    assert catalog.current().version > first.version


def test_a_file_with_an_error_keeps_its_last_good_board_and_says_what_is_wrong(tmp_path: Path, clock: Clock) -> None:
    path = save(tmp_path, renamed("Good", "mine"))
    catalog = BoardCatalog(tmp_path, clock)
    path.write_text(path.read_text().replace("title", "titles", 1))
    clock.now += LOOK_SECONDS

    boards = catalog.current()

    assert boards.by_id["mine"].title == "Good"
    assert boards.problems == ("mine.toml, line 2: “titles” is not known. Did you mean “title”?",)


def test_a_file_can_be_yaml(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(write(renamed("In YAML", "mine"), as_yaml=True))
    (tmp_path / "notes.txt").write_text("no board")

    boards = BoardCatalog(tmp_path).current()

    assert boards.by_id["mine"].title == "In YAML"
    assert boards.problems == ()


def test_of_two_files_with_one_id_the_first_counts(tmp_path: Path) -> None:
    save(tmp_path, renamed("A", "same"), "a.toml")
    save(tmp_path, renamed("B", "same"), "b.toml")

    boards = BoardCatalog(tmp_path).current()

    assert boards.by_id["same"].title == "A"
    assert boards.problems == ("b.toml: ignored, since another file has a board with the id “same”.",)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"id = 1"])
def test_what_is_no_board_leaves_the_others_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.toml").write_bytes(content)
    (tmp_path / ".hidden.toml").write_bytes(content)
    save(tmp_path, renamed("Good", "good"))

    boards = BoardCatalog(tmp_path).current()

    assert boards.by_id["good"].title == "Good"
    assert all(sentence.startswith("bad.toml") for sentence in boards.problems)
    assert boards.problems


def test_a_folder_that_is_missing_is_a_problem_and_no_new_version_each_time(tmp_path: Path, clock: Clock) -> None:
    catalog = BoardCatalog(tmp_path / "none", clock)
    version = catalog.current().version
    clock.now += LOOK_SECONDS

    assert catalog.current().version == version


def test_a_file_changed_within_the_same_size_is_seen(tmp_path: Path, clock: Clock) -> None:
    path = save(tmp_path, renamed("Aaaa", "mine"))
    catalog = BoardCatalog(tmp_path, clock)
    path.write_text(path.read_text().replace("Aaaa", "Bbbb"))
    os.utime(path, ns=(1, 1))
    clock.now += LOOK_SECONDS

    assert catalog.current().by_id["mine"].title == "Bbbb"
