"""Shared answers: made once, revalidated cheaply, encoded as the client accepts."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import brotli
import pytest
from flask import Flask, Response, request

from app.response_cache import CachedResponse, ResponseCache, compressed, encode, respond
from queries.core.errors import InvalidInput, SourceUnavailable


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_body_is_made_again_only_when_its_time_is_over() -> None:
    clock = Clock()
    bodies = ResponseCache(clock=clock)
    rendered: list[int] = []

    def make() -> CachedResponse:
        rendered.append(1)
        return encode(b"x", 10, clock)

    bodies.get("key", make)
    bodies.get("key", make)
    clock.now += 11
    bodies.get("key", make)

    assert len(rendered) == 2


def test_what_was_changed_is_rendered_anew_and_the_rest_is_kept() -> None:
    bodies = ResponseCache()
    for key in ("explore:/alerts?q=a", "explore:/logs"):
        bodies.get(key, lambda: encode(b"old", 10))

    bodies.forget("explore:/alerts")

    answers = [bodies.get(key, lambda: encode(b"new", 10)).plain for key in ("explore:/alerts?q=a", "explore:/logs")]
    assert answers == [b"new", b"old"]


def test_in_its_grace_the_old_body_is_handed_out_while_the_next_is_made() -> None:
    clock, release = Clock(), threading.Event()
    bodies = ResponseCache(grace=2.0, clock=clock)
    bodies.get("key", lambda: encode(b"old", 10, clock))
    clock.now += 11

    def slow() -> CachedResponse:
        release.wait(10)
        return encode(b"new", 10, clock)

    assert bodies.get("key", slow).plain == b"old"
    assert bodies.get("key", slow).plain == b"old"
    release.set()
    clock.now += 2  # its grace is over: whoever asks now waits
    assert bodies.get("key", slow).plain == b"new"


class ManualExecutor(Executor):
    """Collects tasks; tests run them."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], object]] = []

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Keep the task for `run`."""
        self.tasks.append(lambda: task(*args, **kwargs))
        return Future()

    def run(self) -> None:
        """Run what was submitted."""
        while self.tasks:
            self.tasks.pop(0)()


def test_an_expired_response_is_queued_once_for_its_next_rendering() -> None:
    clock, executor = Clock(), ManualExecutor()
    bodies = ResponseCache(grace=2.0, clock=clock, executor=executor)
    for key in ("a", "b"):
        bodies.get(key, lambda: encode(b"old", 10, clock))
    clock.now += 11

    for key in ("a", "b", "a"):
        assert bodies.get(key, lambda: encode(b"new", 10, clock)).plain == b"old"

    assert len(executor.tasks) == 2
    executor.run()
    assert bodies.get("a", lambda: encode(b"newer", 10, clock)).plain == b"new"


def test_an_expired_response_may_be_shared_for_a_second_while_the_next_one_is_rendered() -> None:
    clock, executor = Clock(), ManualExecutor()
    bodies = ResponseCache(grace=2.0, clock=clock, executor=executor)
    bodies.get("key", lambda: encode(b"old", 10, clock))
    clock.now += 11

    body = bodies.get("key", lambda: encode(b"new", 10, clock))

    assert body.plain == b"old"
    assert _answer({}, body, clock.now).headers["Cache-Control"] == "public, max-age=1"


def test_a_key_whose_rendering_failed_is_queued_again() -> None:
    clock, executor = Clock(), ManualExecutor()
    bodies = ResponseCache(grace=2.0, clock=clock, executor=executor)
    bodies.get("key", lambda: encode(b"old", 10, clock))
    clock.now += 11

    def fail() -> CachedResponse:
        raise SourceUnavailable("prometheus", "It is away.")

    assert bodies.get("key", fail).plain == b"old"
    executor.run()
    assert bodies.get("key", fail).plain == b"old"
    assert len(executor.tasks) == 1


def test_a_crowd_that_asks_at_once_makes_one_body() -> None:
    bodies = ResponseCache()
    rendered: list[int] = []
    gate = threading.Event()

    def make() -> CachedResponse:
        gate.wait(5)
        rendered.append(1)
        return encode(b"x", 10)

    crowd = [threading.Thread(target=bodies.get, args=("key", make)) for _ in range(8)]
    for thread in crowd:
        thread.start()
    gate.set()
    for thread in crowd:
        thread.join()

    assert [1] == rendered


def test_what_could_not_be_made_leaves_nothing_behind() -> None:
    def fail() -> CachedResponse:
        raise InvalidInput("q", "No search.")

    bodies = ResponseCache()
    for number in range(50):
        with pytest.raises(InvalidInput):
            bodies.get(f"{number}", fail)
    assert not bodies._making


def test_the_memory_is_bounded() -> None:
    bodies = ResponseCache(most=2)
    for key in "abc":
        bodies.get(key, lambda: encode(b"x", 10))

    rendered: list[str] = []
    bodies.get("a", lambda: rendered.append("a") or encode(b"x", 10))

    assert ["a"] == rendered


def _answer(headers: dict[str, str], body: CachedResponse, now: float) -> Response:
    with Flask("test").test_request_context(headers=headers):
        return respond(request, body, now)


def test_a_client_that_has_the_body_gets_304_without_it() -> None:
    body = encode(b"hello", 10, lambda: 0.0)

    answer = _answer({"If-None-Match": f'"{body.etag}"'}, body, 1.0)

    assert (304, b"") == (answer.status_code, answer.get_data())


def test_max_age_ends_when_the_body_does() -> None:
    body = encode(b"hello", 10, lambda: 0.0)

    assert _answer({}, body, 4.0).headers["Cache-Control"] == "public, max-age=6"
    assert _answer({}, body, 11.0).headers["Cache-Control"] == "no-cache"


def test_brotli_is_sent_to_those_who_accept_it() -> None:
    body = encode(b"hello" * 50, 10, lambda: 0.0)

    answer = _answer({"Accept-Encoding": "gzip, deflate, br"}, body, 0.0)

    assert (b"hello" * 50) == brotli.decompress(answer.get_data())


def test_a_refused_encoding_is_not_used() -> None:
    with Flask("test").test_request_context(headers={"Accept-Encoding": "br;q=0, gzip"}):
        answer = compressed(request, Response(), {"br": lambda: b"br", "gzip": lambda: b"gz"}, b"plain")

    assert answer.headers["Content-Encoding"] == "gzip"


def test_what_is_kept_is_bounded_in_bytes() -> None:
    bodies = ResponseCache(most_bytes=100_000)
    for number in range(50):
        bodies.get(str(number), lambda: encode(os.urandom(10_000), 60))
        assert bodies.size <= 100_000
    cached = bodies.get("huge", lambda: encode(bytes(200_000), 60))

    assert len(cached.plain) == 200_000
    assert bodies.size == 0


@pytest.mark.parametrize(("accepted", "encoding"), [("br, gzip", "br"), ("gzip", "gzip"), ("", ""), ("x-br", "")])
def test_each_encoding_has_a_tag_of_its_own(accepted: str, encoding: str) -> None:
    body = encode(b"x" * 1_000, 60)
    server = Flask("test")
    tags = {}
    for word in ("br", "gzip", ""):
        with server.test_request_context(headers={"Accept-Encoding": word}):
            tags[word] = respond(request, body, 0).headers["ETag"]
    assert len(set(tags.values())) == 3
    for word, tag in tags.items():
        with server.test_request_context(headers={"Accept-Encoding": accepted, "If-None-Match": tag}):
            answer = respond(request, body, 0)
            assert answer.status_code == (304 if word == encoding else 200)
            assert answer.headers["ETag"] == tags[encoding]
