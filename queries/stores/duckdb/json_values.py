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
    at = _after_gap(data, 0)
    while at < len(data):
        end = _end(data, at)
        if not end:
            break
        piece = data[at:end].rstrip(_CLOSING + b"\n")
        if piece:
            pieces.append(piece)
            offsets.append(start + at)
        at = _after_gap(data, end)
    return Pieces(tuple(pieces), tuple(offsets), start + at)


def next_object(data: bytes, at: int = 0) -> int:
    """The place of the first object behind `at` that begins a line; -1 when there is none."""
    found = _NEXT_LINE.search(data, at)
    return found.end() if found else -1


def is_object(line: bytes) -> bool:
    """Whether this is one whole object with something in it; a comma or a bracket may follow it."""
    line = line.rstrip(_CLOSING)
    if not line.endswith(b"}"):
        return False
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and bool(found)


def _after_gap(data: bytes, at: int) -> int:
    found = _BETWEEN.match(data, at)
    return found.end() if found else at


def _end(data: bytes, at: int) -> int:
    """Where the piece ends; 0 when it is not complete."""
    line_end = data.find(b"\n", at)
    if data[at : at + 1] != b"{":
        return line_end if line_end > 0 else 0
    line = data[at : line_end if line_end > 0 else len(data)]
    if is_object(line):
        return at + len(line)
    return _balanced(data, at)


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


def _cut_off(data: bytes, start: int, at: int) -> bool:
    """Whether the brace at `at` begins another object: a whole one in its line, or the text before it is indented."""
    if data[at : at + 1] != b"{" or data[at - 1 : at] != b"\n":
        return False
    second = data.find(b"\n", start) + 1
    if second and second < at and data[second : second + 1] in (b" ", b"\t"):
        return True
    line_end = data.find(b"\n", at)
    return is_object(data[at : line_end if line_end > 0 else len(data)])
