"""Files of whole lines, followed as they grow: only what is new is read, in blocks of bounded size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

BLOCK: Final = 4 * 2**20  # bytes read at once
HEAD: Final = 256  # bytes that tell a file from another one of the same name and inode
LONGEST_LINE: Final = 16 * 2**20  # a longer one is skipped and counted


@dataclass(frozen=True)
class Block:
    """Whole lines of one file with the byte offset of each; `until` is where reading goes on; `broken` were skipped."""

    file: str
    lines: tuple[bytes, ...]
    offsets: tuple[int, ...]
    until: int
    broken: int = 0

    def halves(self) -> tuple[Block, Block]:
        """Two blocks of half of the lines each."""
        half = len(self.lines) // 2
        first = replace(self, lines=self.lines[:half], offsets=self.offsets[:half], until=self.offsets[half], broken=0)
        return first, replace(self, lines=self.lines[half:], offsets=self.offsets[half:])


@dataclass
class Followed:
    """How far a file was read. `inode` tells a file that was replaced under the same name."""

    path: Path
    inode: int
    offset: int = 0
    broken: int = 0
    skipping: bool = False  # inside a line that is too long
    head: bytes = b""


def files(folder: Path, patterns: tuple[str, ...]) -> dict[str, os.stat_result]:
    """Names and states of the files there are, newest first; an absent folder has none."""
    found: dict[str, os.stat_result] = {}
    for path in {path for pattern in patterns for path in folder.glob(pattern)}:
        try:
            if path.is_file():
                found[path.name] = path.stat()
        except OSError:
            continue  # pruned between the two looks
    return dict(sorted(found.items(), key=lambda item: (item[1].st_mtime, item[0]), reverse=True))


def is_another(file: Followed, state: os.stat_result) -> bool:
    """Whether the name now means another file, or one that began anew. File systems give freed inodes out again."""
    if file.inode != state.st_ino or state.st_size < file.offset:
        return True
    if state.st_size == file.offset or not file.head:
        return False
    try:
        with file.path.open("rb") as stream:
            return stream.read(len(file.head)) != file.head
    except OSError:
        return False  # gone or unreadable: the next look sees


def blocks(file: Followed, size: int = BLOCK) -> Iterator[Block]:
    """What was appended since the last time; the state moves on with each block that is taken. Raises OSError."""
    with file.path.open("rb") as stream:
        while block := _read(stream, file, size):
            yield block


def _read(stream: BinaryIO, file: Followed, size: int) -> Block | None:
    data = _chunk(stream, file.offset, size)
    if file.offset == 0:
        file.head = data[:HEAD]
    end = data.rfind(b"\n") + 1
    if not end:
        return _long(stream, file, data, size)
    start = file.offset
    lines, offsets = _split(data[:end], start)
    if file.skipping:  # the rest of a line that was too long
        lines, offsets, file.skipping = lines[1:], offsets[1:], False
    file.offset = start + end
    return Block(file.path.name, lines, offsets, file.offset)


def _long(stream: BinaryIO, file: Followed, data: bytes, size: int) -> Block | None:
    """No line ends here: it is being written, or is longer than a block, or too long."""
    if len(data) < size:
        return None
    if not file.skipping and size < LONGEST_LINE:
        return _read(stream, file, size * 4)
    broken = 0 if file.skipping else 1
    file.skipping = True
    file.broken += broken
    file.offset += len(data)
    return Block(file.path.name, (), (), file.offset, broken)


def _chunk(stream: BinaryIO, offset: int, size: int) -> bytes:
    stream.seek(offset)
    return stream.read(size)


def _split(data: bytes, start: int) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    lines, offsets, at = [], [], start
    for line in data.split(b"\n")[:-1]:
        if line.strip():
            lines.append(line)
            offsets.append(at)
        at += len(line) + 1
    return tuple(lines), tuple(offsets)
