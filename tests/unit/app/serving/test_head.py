"""Where a request ends, and what is refused without reading it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.serving.head import Head, Refusal, read_head
from app.serving.limits import Limits

SMALL = Limits(head=200, body=1_000)


def post(*headers: str, body: str = "") -> bytes:
    """A POST with these headers."""
    return ("\r\n".join(("POST /x HTTP/1.1", "Host: a", *headers)) + "\r\n\r\n" + body).encode()


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (post(), len(post())),
        (post("Content-Length: 3", body="abcGET /next"), len(post("Content-Length: 3")) + 3),
        (post("content-LENGTH:\t7 "), len(post("content-LENGTH:\t7 ")) + 7),
        (post("Content-Length: 5", "Content-Length: 5"), len(post("Content-Length: 5", "Content-Length: 5")) + 5),
        # What gunicorn's parser refuses is left to it: the head alone is handed on.
        (post("Content-Length: x"), len(post("Content-Length: x"))),
        (post("Content-Length: -1"), len(post("Content-Length: -1"))),
        (post("Content-Length: 5", "Content-Length: 6"), len(post("Content-Length: 5", "Content-Length: 6"))),
        (post("X-Content-Length: 5"), len(post("X-Content-Length: 5"))),
        (b"\x00\xff\r\n\r\n", 6),
    ],
)
def test_a_whole_head_says_where_its_request_ends(data: bytes, size: int) -> None:
    assert read_head(data, SMALL) == Head(size)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (post("Content-Length: 1001"), 413),
        (post("Content-Length: 419430400"), 413),
        (post("Content-Length: 999999999999999999"), 413),
        (post("Transfer-Encoding: chunked"), 411),
        (post("transfer-encoding : identity", "Content-Length: 3"), 411),
        (b"GET /" + b"a" * 300, 431),
        (post("X: " + "a" * 300), 431),
    ],
)
def test_what_is_too_large_or_not_counted_is_refused_by_its_head(data: bytes, status: int) -> None:
    refusal = read_head(data, SMALL)

    assert isinstance(refusal, Refusal)
    assert refusal.response().startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in refusal.response()


@given(st.integers(0, 60), st.integers(1, 100))
def test_a_head_is_read_the_same_however_it_is_cut(length: int, cut: int) -> None:
    data = post(f"Content-Length: {length}")

    assert read_head(data[:-1][:cut], SMALL) is None
    assert read_head(bytearray(data), SMALL) == Head(len(data) + length)


def test_a_client_that_waits_is_known() -> None:
    assert read_head(post("Content-Length: 5", "Expect: 100-Continue"), SMALL) == Head(
        len(post("Content-Length: 5", "Expect: 100-Continue")) + 5, expects=True
    )
