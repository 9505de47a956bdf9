"""Files that grow: every whole line once, with its place, whatever the blocks are."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.stores.duckdb import follow
from queries.stores.duckdb.follow import Block, Followed, blocks, files, is_another

PIECES = st.lists(
    st.lists(st.sampled_from([b"a", b"bcd", b"\n", b"\r\n", b" ", b"\xff", b"x" * 9]), max_size=9), max_size=9
)


def followed(path: Path) -> Followed:
    return Followed(path, path.stat().st_ino)


def expected(data: bytes) -> list[tuple[bytes, int]]:
    """Whole lines that are not blank, with their places."""
    result, instant = [], 0
    for line in data.split(b"\n")[:-1]:
        if line.strip():
            result.append((line, instant))
        instant += len(line) + 1
    return result


@settings(deadline=None)
@given(PIECES, st.integers(1, 16))
def test_every_whole_line_is_read_once_with_its_place(pieces: list[list[bytes]], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.touch()
        file, data, result = followed(path), b"", []
        for piece in map(b"".join, pieces):
            with path.open("ab") as stream:
                stream.write(piece)
            data += piece
            for block in blocks(file, size):
                result += list(zip(block.lines, block.offsets, strict=True))
            assert result == expected(data)
    assert file.broken == 0


@pytest.mark.parametrize("size", [4, 16, 64])
def test_a_line_that_is_too_long_is_skipped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(follow, "LONGEST_LINE", 64)
    path = tmp_path / "x"
    path.write_bytes(b"one\n" + b"x" * 1_000 + b"\ntwo\n" + b"y" * 300 + b"\nthree\n")
    file = followed(path)
    lines = [line for block in blocks(file, size) for line in block.lines]
    assert (lines, file.broken) == ([b"one", b"two", b"three"], 2)


def test_halves_hold_the_same_lines() -> None:
    block = Block("f", (b"a", b"b", b"c"), (0, 2, 4), 6)
    first, second = block.halves()
    assert (first.lines + second.lines, first.offsets + second.offsets) == (block.lines, block.offsets)
    assert (first.until, second.until) == (2, 6)


def test_another_file_is_told_by_inode_size_and_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"first line\n")
    file = followed(path)
    list(blocks(file))
    assert not is_another(file, path.stat())
    path.write_bytes(b"first line\nsecond\n")
    assert not is_another(file, path.stat())
    path.write_bytes(b"other line\nsecond\n")
    assert is_another(file, path.stat())
    path.write_bytes(b"")
    assert is_another(file, path.stat())


def test_files_come_newest_first_and_folders_are_none(tmp_path: Path) -> None:
    for age, name in enumerate(("c.json", "a.json", "b.json")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    (tmp_path / "d.json").mkdir()
    (tmp_path / "e.json").symlink_to(tmp_path / "gone")
    (tmp_path / "f.txt").touch()
    assert list(files(tmp_path, ("*.json", "a*"))) == ["c.json", "a.json", "b.json"]
    assert files(tmp_path / "nowhere", ("*",)) == {}
