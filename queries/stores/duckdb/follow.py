"""Files that grow, followed piece by piece: only what is new is read, in blocks of bounded size.

What a piece is, a splitter says: a line (`LINES`), or an object of JSON wherever it begins and ends (`OBJECTS`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final

from queries.stores.duckdb.json_values import Pieces, is_object, json_objects, next_object

BLOCK: Final = 4 * 2**20  # bytes read at once
BOM: Final = b"\xef\xbb\xbf"
HEAD: Final = 256  # bytes that tell a file from another one of the same name and inode
LONGEST_LINE: Final = 16 * 2**20  # a longer one is skipped and counted


@dataclass(frozen=True)
class Block:
    """Pieces of one file with the byte offset of each; `until` is where reading goes on; `broken` were skipped."""

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


@dataclass(frozen=True)
class Splitter:
    """`split` takes data, its place in the file and whether the file ends there; `resume` gives where to go on behind
    a piece that is too long, -1 when that is not in the data.
    """

    split: Callable[[bytes, int, bool], Pieces]
    resume: Callable[[bytes], int]


@dataclass
class Followed:
    """How far a file was read. `inode` tells a file that was replaced under the same name.

    `checked` is the size up to which nothing more could be taken; `fault` says what was wrong with it
    first, `unreadable` why it cannot be opened now.
    """

    path: Path
    inode: int
    offset: int = 0
    broken: int = 0
    skipping: bool = False  # inside a piece that is too long
    head: bytes = b""
    checked: int = 0
    fault: str = ""
    unreadable: str = ""
    splitter: Splitter = field(default_factory=lambda: LINES)


def files(folder: Path, patterns: tuple[str, ...]) -> dict[str, os.stat_result]:
    """Names and states of the files there are, newest first; an absent folder has none."""
    stats: dict[str, os.stat_result] = {}
    for path in {path for pattern in patterns for path in folder.glob(pattern)}:
        try:
            if path.is_file():
                stats[path.name] = path.stat()
        except OSError:
            continue  # pruned between the two looks
    return dict(sorted(stats.items(), key=lambda item: (item[1].st_mtime, item[0]), reverse=True))


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
    if file.skipping:
        return _skipped(stream, file, data, size)
    block = file.splitter.split(data, file.offset, len(data) < size)
    if block.end == file.offset:
        return _long(stream, file, data, size)
    file.offset = block.end
    return Block(file.path.name, block.pieces, block.offsets, file.offset)


def _skipped(stream: BinaryIO, file: Followed, data: bytes, size: int) -> Block | None:
    """The rest of a piece that was too long."""
    passed = file.splitter.resume(data)
    if passed < 0:
        file.offset += len(data) - 1  # the last byte may belong to the mark of the next piece
        return Block(file.path.name, (), (), file.offset) if len(data) > 1 else None
    file.offset, file.skipping = file.offset + passed, False
    return _read(stream, file, size)


def _long(stream: BinaryIO, file: Followed, data: bytes, size: int) -> Block | None:
    """No piece ends here: it is being written, or is longer than a block, or too long."""
    if len(data) < size:
        return None
    if size < LONGEST_LINE:
        return _read(stream, file, size * 4)
    file.skipping = True
    file.broken += 1
    file.fault = file.fault or f"it is longer than {LONGEST_LINE // 2**20} MB"
    file.offset += len(data) - 1
    return Block(file.path.name, (), (), file.offset, 1)


def _chunk(stream: BinaryIO, offset: int, size: int) -> bytes:
    stream.seek(offset)
    return stream.read(size)


def _lines(data: bytes, start: int, is_end: bool) -> Pieces:
    """Whole lines that are not blank. The last line needs no end when it is a whole object of JSON."""
    lines, offsets, position = [], [], start
    *whole, tail = data.split(b"\n")
    for line in whole:
        if line.strip():
            lines.append(line)
            offsets.append(position)
        position += len(line) + 1
    if is_end and is_object(tail):
        return Pieces((*lines, tail), (*offsets, position), position + len(tail))
    return Pieces(tuple(lines), tuple(offsets), position)


def _next_line(data: bytes) -> int:
    return data.find(b"\n") + 1 or -1


LINES: Final[Splitter] = Splitter(_lines, _next_line)
OBJECTS: Final[Splitter] = Splitter(lambda data, start, _: json_objects(data, start), next_object)


def _either(data: bytes, start: int, is_end: bool) -> Pieces:
    """Lines, which is quick, where the first one is a whole object; else objects wherever they begin and end."""
    first = data.removeprefix(BOM).lstrip().partition(b"\n")[0].strip()
    return json_objects(data, start) if _is_spread(first) else _lines(data, start, is_end)


def _is_spread(line: bytes) -> bool:
    """Whether a first line begins objects that are no lines: a list, or an object that goes on in the next line."""
    if line[:1] == b"[":
        return line[1:].lstrip()[:1] in (b"", b"{", b"[")
    return line[:1] == b"{" and line[-1:] in (b"{", b"[", b",") and not is_object(line)


LINES_OR_OBJECTS: Final[Splitter] = Splitter(_either, _next_line)
