"""The boards that are served: those built in, and those of a folder, read again when its files change."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from pages import DETAILS, NAVIGATION, Boards
from pages.files.board import MOST_BYTES, YAML, read
from pages.files.problems import BoardFileError
from panels.spec import Dashboard

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
_ENDINGS: Final = (".toml", *YAML)
MOST_FILES: Final = 500
Stamp = tuple[int, int]  # time of the last change in nanoseconds, and size


@dataclass(frozen=True)
class _File:
    """What was read from a file: its board, or the last good one beside the problems of now."""

    stamp: Stamp
    board: Dashboard | None
    problems: tuple[str, ...] = ()


class BoardCatalog:
    """Boards by id, the same object until a file changes. Files with an error keep their last good board."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = Lock()
        self._files: Mapping[Path, _File] = {}
        self._boards = Boards()
        self._folder_problems: tuple[str, ...] = ()
        self._look_at = 0.0
        if folder is not None:
            self._look()

    def current(self) -> Boards:
        """The boards of now; looks at the folder every two seconds at most."""
        if self._folder is None or self._clock() < self._look_at or not self._lock.acquire(blocking=False):
            return self._boards
        try:
            self._look()
        finally:
            self._lock.release()
        return self._boards

    def _look(self) -> None:
        stamps, problems = _stamps(self._folder) if self._folder else ({}, ())
        if stamps != {path: file.stamp for path, file in self._files.items()} or problems != self._folder_problems:
            files = {path: self._read(path, stamp) for path, stamp in stamps.items()}
            boards = _merged(files, problems, self._boards.version + 1)
            for sentence in set(boards.problems) - set(self._boards.problems):
                log.warning("board file: %s", sentence)
            self._files, self._boards, self._folder_problems = files, boards, problems
        self._look_at = self._clock() + LOOK_SECONDS

    def _read(self, path: Path, stamp: Stamp) -> _File:
        known = self._files.get(path)
        if known is not None and known.stamp == stamp:
            return known
        try:
            return _File(stamp, read_file(path))
        except BoardFileError as error:
            return _File(stamp, known.board if known else None, error.sentences)


def read_file(path: Path) -> Dashboard:
    """The board of a file. Raises BoardFileError."""
    try:
        with path.open("rb") as file:
            return read(file.read(MOST_BYTES + 1).decode(), path.name)
    except OSError as error:
        raise BoardFileError((f"{path.name}: it cannot be read: {error.strerror or error}.",)) from None
    except UnicodeDecodeError:
        raise BoardFileError((f"{path.name}: it is not text in UTF-8.",)) from None


def _stamps(folder: Path) -> tuple[Mapping[Path, Stamp], tuple[str, ...]]:
    try:
        paths = sorted(
            path for path in folder.iterdir() if path.name.endswith(_ENDINGS) and not path.name.startswith(".")
        )
        stamps = {path: (status.st_mtime_ns, status.st_size) for path in paths for status in [path.stat()]}
    except OSError as error:
        return {}, (f"{folder} cannot be read: {error.strerror or error}.",)
    if len(stamps) > MOST_FILES:
        sentence = f"{folder} has {len(stamps)} board files; the first {MOST_FILES} are read."
        return dict(list(stamps.items())[:MOST_FILES]), (sentence,)
    return stamps, ()


def _merged(files: Mapping[Path, _File], problems: tuple[str, ...], version: int) -> Boards:
    """Boards of files in place of built-in ones with the same id, and after them in the order of the files' names."""
    own: dict[str, Dashboard] = {}
    sentences = [*problems]
    for path, file in files.items():
        sentences.extend(file.problems)
        if file.board is None:
            continue
        if file.board.id in own:
            sentences.append(f"{path.name}: ignored, since another file has a board with the id “{file.board.id}”.")
        else:
            own[file.board.id] = file.board
    navigation, details = tuple(_replaced(NAVIGATION, own)), tuple(_replaced(DETAILS, own))
    return Boards((*navigation, *own.values()), details, tuple(sentences), version)


def _replaced(boards: tuple[Dashboard, ...], own: dict[str, Dashboard]) -> Iterator[Dashboard]:
    for board in boards:
        yield own.pop(board.id, board)
