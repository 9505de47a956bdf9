"""Objects of JSON in a file: one a line, several on a line, spread over lines, or in an array over the whole file.

Objects are taken out at the top level; brackets, commas, spaces and a byte order mark between them are skipped. What is
no object ends with its line. An object that was cut off ends where the next one begins at the start of a line.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import orjson

_BETWEEN: Final = re.compile(rb"(?:[\s,\[\]]|\xef\xbb\xbf)*")
_INSIDE: Final = re.compile(rb'"(?:[^"\\\n]++|\\.)*+("?)|[{}\[\]]')
_NEXT_LINE: Final = re.compile(rb"\n(?=\{)")
_CLOSING: Final = b" \t\r,]"


class Pieces(NamedTuple):
    """Pieces of a file with their places; reading goes on at `end`."""

    pieces: tuple[bytes, ...]
    offsets: tuple[int, ...]
    end: int


def json_objects(data: bytes, start: int = 0) -> Pieces:
    """The objects in the data and what stands between them, each whole; `start` is the place of the first byte.

    An object that is not complete yet is left for the next time.
    """
    pieces: list[bytes] = []
    offsets: list[int] = []
    position = _after_gap(data, 0)
    while position < len(data):
        end = _end(data, position)
        if not end:
            break
        piece = data[position:end].rstrip(_CLOSING + b"\n")
        if piece:
            pieces.append(piece)
            offsets.append(start + position)
        position = _after_gap(data, end)
    return Pieces(tuple(pieces), tuple(offsets), start + position)


def next_object(data: bytes, position: int = 0) -> int:
    """The place of the first object behind `at` that begins a line; -1 when there is none."""
    match = _NEXT_LINE.search(data, position)
    return match.end() if match else -1


def is_object(line: bytes) -> bool:
    """Whether this is one whole object with something in it; a comma or a bracket may follow it."""
    line = line.rstrip(_CLOSING)
    if not line.endswith(b"}"):
        return False
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(content, dict) and bool(content)


def _after_gap(data: bytes, position: int) -> int:
    gap = _BETWEEN.match(data, position)
    return gap.end() if gap else position


def _end(data: bytes, position: int) -> int:
    """Where the piece ends; 0 when it is not complete."""
    line_end = data.find(b"\n", position)
    if data[position : position + 1] != b"{":
        return line_end if line_end > 0 else 0
    line = data[position : line_end if line_end > 0 else len(data)]
    if is_object(line):
        return position + len(line)
    return _balanced(data, position)


def _balanced(data: bytes, start: int) -> int:
    """Where the braces that open here are closed, or where the next object begins when this one was cut off."""
    depth = 0
    for token in _INSIDE.finditer(data, start):
        char = token[0]
        if char == b"{" or char == b"[":
            if depth and _cut_off(data, start, token.start()):
                return token.start()
            depth += 1
        elif char == b"}" or char == b"]":
            depth -= 1
            if depth <= 0:
                return token.end()
        elif not token[1]:  # a text that its line does not close
            return max(0, next_object(data, token.end()))
    return 0


def _cut_off(data: bytes, start: int, position: int) -> bool:
    """Whether the brace at `at` begins another object: a whole one in its line, or the text before it is indented."""
    if data[position : position + 1] != b"{" or data[position - 1 : position] != b"\n":
        return False
    second = data.find(b"\n", start) + 1
    if second and second < position and data[second : second + 1] in (b" ", b"\t"):
        return True
    line_end = data.find(b"\n", position)
    return is_object(data[position : line_end if line_end > 0 else len(data)])
