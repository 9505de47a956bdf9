"""The gunicorn worker: whatever clients do, others are served; stopping and restarting lose nothing."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers import Server, wait_until
from tests.serving_kit import PIECE, PIECES, fetch, get, opened, received, repeated, served

pytestmark = pytest.mark.integration

SLOW = {
    "silent": b"",
    "half a head": b"GET /x HTTP/1.1\r\nHost: a\r\nX-Y: ",
    "half a body": b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nabc",
    "idle after an answer": get("/x"),
    "no reader": get("/stream"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("serving")
    with served(folder, "--worker-connections", "300") as started:
        yield started
    # Whatever was tried, the event loop had no error of its own, and no worker was replaced.
    log = (folder / "gunicorn.log").read_text()
    assert "A connection failed" not in log
    assert log.count("Booting worker") == 1


@pytest.mark.parametrize("kind", SLOW)
def test_many_slow_clients_of_a_kind_cost_no_thread(server: Server, kind: str) -> None:
    others = [opened(server, SLOW[kind]) for _ in range(50)]
    try:
        for path in ("/health/live", "/x", "/wait/10"):
            assert fetch(server, path).startswith(b"HTTP/1.1 200 OK")
    finally:
        for other in others:
            other.close()


def test_more_connections_than_fit_push_out_those_that_wait_longest(server: Server) -> None:
    others = [opened(server, SLOW["half a head"]) for _ in range(400)]
    try:
        assert fetch(server, "/x").startswith(b"HTTP/1.1 200 OK")
        others[0].settimeout(5)
        assert others[0].recv(1) == b""
    finally:
        for other in others:
            other.close()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (SLOW["silent"], b""),
        (SLOW["half a head"], b"HTTP/1.1 408 "),
        (SLOW["half a body"], b"HTTP/1.1 408 "),
        (b"GET /x HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000, b"HTTP/1.1 431 "),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 419430400\r\n\r\n" + b"x" * 10_000, b"HTTP/1.1 413 "),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"HTTP/1.1 411 "),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"HTTP/1.1 400 "),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nab", b"HTTP/1.1 400 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET /fail HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 500 "),
    ],
)
def test_what_is_late_or_not_taken_is_answered_and_ended(server: Server, sent: bytes, answer: bytes) -> None:
    with opened(server, sent) as sock:
        text = received(sock)
    assert text.startswith(answer)
    assert b"[reset]" not in text
    assert text.count(b"HTTP/1.1") <= 1


def test_a_reader_who_takes_nothing_is_ended_and_its_answer_closed(server: Server) -> None:
    opens, closes, _ = counts(server)
    with opened(server, get("/stream")):
        wait_until(lambda: counts(server)[0] == opens + 1)
        wait_until(lambda: counts(server)[1] >= closes + 1)


def test_an_answer_is_made_only_a_little_ahead_of_its_reader(server: Server) -> None:
    *_, before = counts(server)
    with opened(server) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        sock.sendall(get("/stream"))
        time.sleep(0.5)
        assert counts(server)[2] - before < PIECES // 2
        sock.sendall(b"")


def test_a_long_answer_arrives_whole_in_steps(server: Server) -> None:
    body = fetch(server, "/stream").partition(b"\r\n\r\n")[2]
    pieces = re.split(rb"\r?\n?10000\r\n", body)
    assert len(pieces) == PIECES + 1
    assert all(piece.strip().startswith(PIECE[:64]) for piece in pieces[1:])


def test_an_application_that_has_nothing_yet_is_asked_again_and_holds_no_thread(server: Server) -> None:
    others = [opened(server, get("/rest", "Connection: close")) for _ in range(20)]
    assert fetch(server, "/x").startswith(b"HTTP/1.1 200 OK")
    for other in others:
        assert received(other).endswith(b"\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n")
        other.close()


def test_bytes_that_are_no_request_end_their_own_connection_only(server: Server) -> None:
    chance = random.Random(1)
    whole = get("/x", "Expect: 100-continue", "Content-Length: 3") + b"abc" + get("/stream") + SLOW["half a body"]
    for _ in range(300):
        data = bytearray(whole[: chance.randrange(1, len(whole))])
        for _ in range(chance.randrange(6)):
            data[chance.randrange(len(data))] = chance.choice((0, 10, 13, 32, 58, 255, chance.randrange(256)))
        with opened(server, bytes(data)) as sock:
            sock.settimeout(0.01)
            with suppress(OSError):
                sock.recv(100)
    assert fetch(server, "/x").startswith(b"HTTP/1.1 200 OK")


def test_a_thousand_requests_in_one_packet_are_answered(server: Server) -> None:
    with opened(server) as sock:
        sender = threading.Thread(target=sock.sendall, args=(get("/x") * 999 + get("/x", "Connection: close"),))
        sender.start()
        assert received(sock).count(b"HTTP/1.1 200 OK") == 1_000
        sender.join()


def test_requests_in_one_packet_are_answered_in_order(server: Server) -> None:
    post = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    with opened(server, get("/a") + post + get("/b", "Connection: close")) as sock:
        text = received(sock)
    bodies = [part.partition(b"\r\n\r\n")[2] for part in text.split(b"HTTP/1.1 200 OK")[1:]]
    assert [body.split()[0] for body in bodies] == [b"/a", b"hello", b"/b"]


def test_a_request_in_single_bytes_is_answered(server: Server) -> None:
    with opened(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok":
            sock.sendall(bytes((byte,)))
        assert received(sock).endswith(b"\r\n\r\nok")


def test_a_client_that_waits_for_permission_gets_it_once(server: Server) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with opened(server, head) as sock:
        assert sock.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"ok")
        text = received(sock)
    assert text.startswith(b"HTTP/1.1 200 OK")
    assert text.endswith(b"ok")
    assert b"100 Continue" not in text


def test_half_sent_bodies_are_bounded_over_all_connections(server: Server) -> None:
    sent = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" + b"x" * 80_000
    others = [opened(server, sent) for _ in range(30)]
    try:
        others[0].settimeout(5)
        assert received(others[0]) in (b"", b"[reset]")
        assert fetch(server, "/x").startswith(b"HTTP/1.1 200 OK")
    finally:
        for other in others:
            other.close()


def test_the_probe_is_answered_while_every_thread_waits(server: Server) -> None:
    others = [opened(server, get("/wait/1500")) for _ in range(10)]
    began = time.monotonic()
    assert fetch(server, "/health/live").startswith(b"HTTP/1.1 200 OK")
    assert time.monotonic() - began < 1.4
    for other in others:
        other.close()


def test_stopping_two_workers_answers_what_was_asked(tmp_path: Path) -> None:
    """Every request that was taken is answered whole; later ones are refused at the door."""
    outcomes: list[bytes] = []

    def ask(server: Server) -> None:
        try:
            outcomes.append(fetch(server, "/wait/50"))
        except ConnectionRefusedError:
            outcomes.append(b"refused")
            time.sleep(0.01)

    with served(tmp_path, "--workers", "2") as server:
        ended = threading.Event()
        threads = repeated(lambda: ask(server), 12, ended)
        wait_until(lambda: len(outcomes) > 50)
        assert server.process is not None
        remaining = opened(server, get("/wait/300"))
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(15) == 0
        ended.set()
        for thread in threads:
            thread.join(5)
        assert received(remaining).startswith(b"HTTP/1.1 200 OK")
    assert {text for text in outcomes if not text.startswith(b"HTTP/1.1 200 OK")} == {b"refused"}
    assert all(b"/wait/50" in text for text in outcomes if text != b"refused")
    log = (tmp_path / "gunicorn.log").read_text()
    assert not re.search(r"SIGABRT|SIGKILL|Traceback|Fatal Python", log), log


def test_a_reload_under_load_fails_no_request_and_the_old_workers_leave(tmp_path: Path) -> None:
    failed: list[str] = []
    answered = [0]

    def ask(server: Server) -> None:
        try:
            text = fetch(server, "/wait/5")
        except OSError as error:
            text = repr(error).encode()
        answered[0] += 1
        if not text.startswith(b"HTTP/1.1 200 OK"):
            failed.append(repr(text[:80]))

    with served(tmp_path) as server:
        assert server.process is not None
        ended = threading.Event()
        repeated(lambda: ask(server), 8, ended)
        for _ in range(3):
            before, old = answered[0], children(server.process.pid)
            wait_until(lambda before=before: answered[0] > before + 100)
            server.process.send_signal(signal.SIGHUP)
            wait_until(
                lambda old=old: len(children(server.process.pid)) == 1 and not old & children(server.process.pid)
            )
        ended.set()
    assert failed == []


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        assert server.process is not None
        (worker,) = children(server.process.pid)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: children(server.process.pid) not in (set(), {worker}))
        assert fetch(server, "/x").startswith(b"HTTP/1.1 200 OK")


def children(pid: int) -> set[int]:
    """The child processes of a process."""
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def is_replaced(server: Server, old: set[int]) -> bool:
    """Whether one worker runs, and none of the old."""
    assert server.process is not None
    now = children(server.process.pid)
    return len(now) == 1 and not old & now


def counts(server: Server) -> tuple[int, int, int]:
    """Streams opened and closed, pieces produced."""
    opens, closes, produced = fetch(server, "/counts").partition(b"\r\n\r\n")[2].split()
    return int(opens), int(closes), int(produced)
