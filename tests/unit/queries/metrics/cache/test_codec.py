"""Frames survive the shared tier bit by bit, and nothing else gets in."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.metrics.cache import codec
from queries.metrics.frame import ABSENT, Frame

NUMBERS = st.one_of(st.floats(width=64), st.just(ABSENT))


@given(st.lists(st.lists(NUMBERS, min_size=4, max_size=4), max_size=4), st.lists(st.text(), max_size=2))
def test_a_frame_comes_back_as_it_was(rows: list[list[float]], notes: list[str]) -> None:
    labels = tuple({"series": str(number)} for number in range(len(rows)))
    values = np.array(rows, dtype=np.float64).reshape(len(rows), 4)
    frame = Frame(np.arange(4, dtype=np.int64) * 15 + 30, labels, values, tuple(notes))
    back = codec.decode(codec.encode(frame))
    assert (back.labels, back.notes, back.times.tolist()) == (frame.labels, frame.notes, frame.times.tolist())
    np.testing.assert_array_equal(back.values.view(np.uint64), frame.values.view(np.uint64))


@given(st.binary(max_size=200))
def test_foreign_bytes_are_unreadable_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(codec.Unreadable):
        codec.decode(data)


def test_a_pickle_is_not_unpickled() -> None:
    with pytest.raises(codec.Unreadable):
        codec.decode(pickle.dumps({"a": 1}))


def test_neighbouring_values_compress() -> None:
    values = np.round(100 + np.sin(np.arange(2_560) / 100), 2).reshape(10, 256)
    frame = Frame(np.arange(256, dtype=np.int64), tuple({"n": str(n)} for n in range(10)), values)
    assert len(codec.encode(frame)) < values.nbytes / 2
