"""Bytes of the Prometheus API become columns on the grid, or a typed error."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.core.errors import AnswerMalformed, LimitExceeded, QueryRejected, SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.frame import present
from queries.metrics.prometheus import decode

WINDOW = Window(1_700_000_010, 1_700_000_070, 15)


def matrix(*series: tuple[dict[str, str], list[tuple[int, str]]], **extra: object) -> bytes:
    result = [{"metric": labels, "values": [list(pair) for pair in values]} for labels, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}, **extra}).encode()


def test_samples_land_on_the_grid_and_absent_ones_stay_absent() -> None:
    body = matrix(({"a": "1"}, [(1_700_000_025, "1.5"), (1_700_000_070, "NaN")]))
    frame = decode.frame(body, WINDOW, "p").frame
    assert frame.labels == ({"a": "1"},)
    assert present(frame.values).tolist() == [[False, True, False, False, True]]
    assert frame.values[0, 1] == 1.5
    assert math.isnan(frame.values[0, 4])


def test_infinities_are_kept() -> None:
    values = [
        (int(instant), text)
        for instant, text in zip(WINDOW.times(), ("+Inf", "-Inf", "1e-300", "0", "-0"), strict=True)
    ]
    frame = decode.frame(matrix(({}, values)), WINDOW, "p").frame
    assert frame.values[0].tolist() == [math.inf, -math.inf, 1e-300, 0.0, 0.0]


@given(st.lists(st.floats(width=64), min_size=5, max_size=5))
def test_every_number_arrives_exactly(numbers: list[float]) -> None:
    texts = ["NaN" if math.isnan(x) else ("+Inf" if x > 0 else "-Inf") if math.isinf(x) else repr(x) for x in numbers]
    values = [(int(instant), text) for instant, text in zip(WINDOW.times(), texts, strict=True)]
    frame = decode.frame(matrix(({}, values)), WINDOW, "p").frame
    np.testing.assert_array_equal(frame.values[0], np.array(numbers))


def test_series_are_sorted_by_their_labels() -> None:
    body = matrix(({"b": "1"}, [(1_700_000_010, "1")]), ({"a": "2"}, [(1_700_000_010, "2")]))
    assert decode.frame(body, WINDOW, "p").frame.labels == ({"a": "2"}, {"b": "1"})


def test_vectors_and_scalars_are_frames_of_one_instant() -> None:
    instant = Window(1_700_000_010, 1_700_000_010, 15)
    vector = (
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"1"},"value":[1700000010,"7"]}]}}'
    )
    scalar = b'{"status":"success","data":{"resultType":"scalar","result":[1700000010,"42"]}}'
    assert decode.frame(vector, instant, "p").frame.values.tolist() == [[7.0]]
    assert decode.frame(scalar, instant, "p").frame.values.tolist() == [[42.0]]


def test_an_empty_answer_has_a_time_axis_and_no_series() -> None:
    frame = decode.frame(matrix(), WINDOW, "p").frame
    assert (frame.labels, frame.values.shape, frame.times.size) == ((), (0, 5), 5)


def test_warnings_mark_the_answer_and_infos_do_not() -> None:
    warned = decode.frame(matrix(warnings=["one store is away"]), WINDOW, "p")
    messages = decode.frame(matrix(infos=["PromQL info: might not be a counter"]), WINDOW, "p")
    assert (warned.warned, warned.frame.notes) == (True, ("one store is away",))
    assert (messages.warned, messages.frame.notes) == (False, ("PromQL info: might not be a counter",))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"status":"success"}',
        b'{"status":"success","data":null}',
        matrix()[:-9],
        b'{"status":"success","data":{"resultType":"matrix","result":7}}',
        matrix(({}, [(1_700_000_011, "1")])),
        matrix(({}, [(1_600_000_010, "1")])),
        matrix(({}, [(1_700_000_010, "x")])),
        matrix(({}, [(1_700_000_010, "NaNa")])),
    ],
)
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        decode.frame(body, WINDOW, "p")


def test_a_refusal_has_the_backends_own_words() -> None:
    with pytest.raises(QueryRejected) as caught:
        decode.frame(b'{"status":"error","errorType":"bad_data","error":"1:5: parse error"}', WINDOW, "p")
    assert caught.value.detail == "1:5: parse error"


def test_a_timeout_of_the_backend_is_passing() -> None:
    with pytest.raises(SourceUnavailable):
        decode.frame(b'{"status":"error","errorType":"timeout","error":"query timed out"}', WINDOW, "p")


def test_too_many_series_are_said_with_the_limit() -> None:
    body = matrix(*(({"a": str(number)}, [(1_700_000_010, "1")]) for number in range(5)))
    with pytest.raises(LimitExceeded, match="5 series; the limit is 4"):
        decode.frame(body, WINDOW, "p", max_series=4)


def test_a_zero_below_zero_stays_one() -> None:
    body = b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[0,"-0"],[15,"0"]]}]}}'
    created = decode.frame(body, Window(0, 15, 15), "p").frame
    assert np.signbit(created.values[0]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("kind", "result", "words"),
    [("matrix", b'[{"metric":{},"values":[[0,"1"],[15,"2"]]}]', "a range"), ("string", b'[15,"text"]', "text instead")],
)
def test_an_instant_answer_without_one_number_a_series_is_the_query_s_fault(
    kind: str, result: bytes, words: str
) -> None:
    body = b'{"status":"success","data":{"resultType":"' + kind.encode() + b'","result":' + result + b"}}"
    with pytest.raises(QueryRejected, match=words):  # not AnswerMalformed, which opens the circuit for everybody
        decode.frame(body, Window(15, 15, 15), "p")
