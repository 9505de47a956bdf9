"""What is given again: public answers only, to the same question only, for a second only."""

from __future__ import annotations

import pytest

from app.serving.microcache import Headers, Microcache, key_of

OK: Headers = (
    ("Content-Type", "application/json"),
    ("Content-Length", "2"),
    ("ETag", '"a-br"'),
    ("Vary", "Accept-Encoding"),
    ("Cache-Control", "public, max-age=15"),
    ("X-Correlation-ID", "of the first"),
)


def head(*headers: str, line: str = "GET /api/x?a=1 HTTP/1.1") -> bytes:
    """A request without a body."""
    return ("\r\n".join((line, "Host: localhost", *headers)) + "\r\n\r\n").encode()


def taught(microcache: Microcache, request: bytes, headers: Headers = OK, status: str = "200 OK") -> bool:
    """Whether the answer was kept."""
    if not microcache.room_for(request, status, headers):
        return False
    microcache.keep(request, status, headers, b"{}", "/api/x")
    return microcache.find(request) is not None


def test_an_answer_is_given_again_for_a_second_and_its_age_runs_on() -> None:
    now = [100.0]
    microcache = Microcache(clock=lambda: now[0])
    assert taught(microcache, head("Accept-Encoding: br"))
    cached = microcache.find(head("User-Agent: other", "accept-encoding: br"))
    assert cached is not None
    text = cached.to_bytes(104.0).decode()
    assert text.startswith("HTTP/1.1 200 OK\r\n")
    assert text.endswith("\r\n\r\n{}")
    assert "max-age=11\r\n" in text
    assert text.lower().count("cache-control") == 1
    assert "of the first" not in text
    now[0] += 1.01
    assert microcache.find(head("Accept-Encoding: br")) is None


def test_after_that_second_one_request_at_a_time_reaches_the_application() -> None:
    now = [100.0]
    microcache = Microcache(clock=lambda: now[0])
    assert taught(microcache, head())

    now[0] += 1.01
    answers = [microcache.find(head()) is not None for _ in range(3)]
    now[0] += 1.01
    later = [microcache.find(head()) is not None for _ in range(2)]

    assert [False, True, True] == answers
    assert [False, True] == later


def test_an_answer_that_is_no_longer_fresh_is_not_given_again() -> None:
    now = [100.0]
    microcache = Microcache(clock=lambda: now[0])
    assert taught(microcache, head())

    now[0] += 15.01

    assert [microcache.find(head()) for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    "other",
    [
        head("Accept-Encoding: gzip"),
        head(),
        head("Accept-Encoding: br", 'If-None-Match: "a-br"'),
        head("Accept-Encoding: br", line="GET /api/x?a=2 HTTP/1.1"),
        head("Accept-Encoding: br").replace(b"localhost", b"evil"),
        head("Accept-Encoding: br", line="HEAD /api/x?a=1 HTTP/1.1"),
        head("Accept-Encoding: br", "Connection: close"),
        head("Accept-Encoding: br", "X-Correlation-ID: mine"),
        head("Accept-Encoding: br", "traceparent: 00-1-2-01"),
        head("Accept-Encoding: br", "Cookie: a=b"),
        head("Accept-Encoding: br", "Accept-Encoding: gzip"),
        head("Accept-Encoding: br", "Authorization: Basic x"),
        head("Accept-Encoding: br", "Content-Length: 1") + b"x",
        head("Accept-Encoding: br", line="GET /api/x?a=1 HTTP/1.0"),
        head("Accept-Encoding: br", "Range: bytes=0-1"),
        head("Accept-Encoding: br", "If-Modified-Since: x"),
    ],
)
def test_another_question_is_left_to_the_application(other: bytes) -> None:
    microcache = Microcache()
    assert taught(microcache, head("Accept-Encoding: br"))
    assert microcache.find(other) is None


@pytest.mark.parametrize(
    ("status", "name", "value"),
    [
        ("200 OK", "Cache-Control", "no-cache"),
        ("200 OK", "Cache-Control", "private, max-age=30"),
        ("200 OK", "Cache-Control", "public, max-age=0"),
        ("200 OK", "Vary", "Cookie"),
        ("200 OK", "Set-Cookie", "a=b"),
        ("404 NOT FOUND", "X", ""),
        ("503 SERVICE UNAVAILABLE", "X", ""),
        ("206 PARTIAL CONTENT", "X", ""),
    ],
)
def test_what_is_not_for_everybody_is_not_kept(status: str, name: str, value: str) -> None:
    headers = [pair for pair in OK if pair[0] != name] + [(name, value)]
    assert not taught(Microcache(), head(), headers, status)


def test_an_unchanged_answer_is_kept_without_a_length() -> None:
    headers = [pair for pair in OK if pair[0] != "Content-Length"]
    assert taught(Microcache(), head(), headers, "304 NOT MODIFIED")
    assert not taught(Microcache(), head(), headers, "200 OK")


def test_what_is_kept_is_bounded() -> None:
    microcache = Microcache(most=3, most_bytes=100, largest=60)
    for number in range(10):
        microcache.keep(head(f"If-None-Match: {number}"), "200 OK", OK, bytes(40), "r")
    microcache.keep(head("If-None-Match: large"), "200 OK", OK, bytes(61), "r")
    cached = [number for number in (*range(10), "large") if microcache.find(head(f"If-None-Match: {number}"))]
    assert cached == [8, 9]


def test_a_head_that_is_none_has_no_key() -> None:
    assert key_of(b"") is None
    assert key_of(b"GET http://evil/ HTTP/1.1\r\n\r\n") is None
