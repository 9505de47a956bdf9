"""Objects of JSON in a file, however they are laid out, and whatever the blocks are that it is read in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.stores.duckdb.json_values import is_object, json_objects, next_object

OBJECTS = st.lists(
    st.dictionaries(
        st.text(max_size=4),
        st.recursive(
            st.none() | st.text(max_size=8) | st.integers(-9, 9),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=6,
        ),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=5,
)


def array(result: list[Any], indent: int | None) -> str:
    return json.dumps(result, indent=indent)


def lines(result: list[Any], indent: int | None) -> str:
    return "\n".join(json.dumps(match, indent=indent) for match in result)


def together(result: list[Any], indent: int | None) -> str:
    return "".join(json.dumps(match, indent=indent) for match in result)


def arrays_by_line(result: list[Any], _: int | None) -> str:
    return "\n".join(json.dumps([match]) for match in result) + "\n"


def array_of_lines(result: list[Any], _: int | None) -> str:
    return "[\n" + ",\n".join(json.dumps(match) for match in result) + "\n]\n"


@given(
    OBJECTS,
    st.sampled_from([array, lines, together, arrays_by_line, array_of_lines]),
    st.sampled_from([None, 0, 2, "\t"]),
    st.sampled_from(["", "\ufeff", "\n \n"]),
    st.integers(1, 40),
)
def test_every_object_is_taken_once_in_whatever_blocks(
    result: list[Any], layout: Any, indent: Any, before: str, size: int
) -> None:
    data = (before + layout(result, indent)).encode()
    pieces: list[bytes] = []
    instant, end = 0, size
    while instant < len(data):
        part = json_objects(data[instant:end], instant)
        pieces += part.pieces
        for piece, offset in zip(part.pieces, part.offsets, strict=True):
            assert data[offset:].startswith(piece)
        if end >= len(data):
            assert not data[part.end :].strip(b" \n,]\r")
            break
        instant, end = part.end, end + size
    assert [json.loads(piece) for piece in pieces] == result


GOOD = b'{"a": {"b": [1, "}"]}}'


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        (b'{"a": [{"b": 1\n' + GOOD + b"\n" + GOOD, [b'{"a": [{"b": 1', GOOD, GOOD]),
        (b'{"a": "never closed\n' + GOOD, [b'{"a": "never closed', GOOD]),
        (b'{\n  "a": [\n    1\n{\n  "a": 2\n}\n', [b'{\n  "a": [\n    1', b'{\n  "a": 2\n}']),
        (b"no JSON at all\n" + GOOD, [b"no JSON at all", GOOD]),
        (b'{"a": }\n' + GOOD, [b'{"a": }', GOOD]),
        (GOOD + b"\n\n\n" + GOOD + b"\r\n", [GOOD, GOOD]),
    ],
)
def test_what_is_broken_does_not_hide_what_follows(data: bytes, pieces: list[bytes]) -> None:
    assert list(json_objects(data).pieces) == pieces


@pytest.mark.parametrize("data", [b"", b"\n", b"{", b'{"a": 1', b'{"a": "x}', b'{"a": "x\\"}', b"half a word"])
def test_what_is_not_complete_is_left_for_later(data: bytes) -> None:
    result = json_objects(data, 5)
    assert (result.pieces, data[result.end - 5 :].strip()) == ((), data.strip())


def test_reading_goes_on_at_the_next_object_that_begins_a_line() -> None:
    assert next_object(b'x": {}}\n{"a": 1}') == 8
    assert next_object(b'x": {}}') == -1


@pytest.mark.parametrize(
    ("text", "whole"),
    [(b'{"a":1}', True), (b'{"a":1},\r', True), (b"{}", False), (b"[]", False), (b'{"a":', False), (b"7}", False)],
)
def test_a_whole_object_is_told(text: bytes, whole: bool) -> None:
    assert is_object(text) is whole
