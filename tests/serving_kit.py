"""A small application under the app's own gunicorn worker with short time-outs, and raw clients that misbehave.

`python -m gunicorn --worker-class tests.serving_kit.Quick tests.serving_kit:application`
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.serving.limits import Limits
from app.serving.worker import Worker
from tests.servers import ROOT, Server, answers, free_port, running

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PIECE = b"0123456789abcdef" * 4_096  # 64 KiB
PIECES = 320  # a stream of 20 MiB


class Quick(Worker):
    """Time-outs that a test can wait for."""

    limits = Limits(
        first_byte=1.0,
        whole_head=1.0,
        whole_body=1.0,
        stalled=2.0,
        longest=10.0,
        linger=0.5,
        body=100_000,
        bodies=1_000_000,
        answers=8_000_000,
    )


class Stream:
    """A long body whose making and closing is counted."""

    opened = 0
    closed = 0
    produced = 0

    def __init__(self) -> None:
        Stream.opened += 1

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(PIECES):
            Stream.produced += 1
            yield PIECE

    def close(self) -> None:
        """Called by the server, once."""
        Stream.closed += 1


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Echo, a stream, a wait of some milliseconds, a failure, and the counters of the stream."""
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise ValueError("on purpose")
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Stream()
    if path == "/rest":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter((b"a", b"", b"b", b"", b"", b"c"))
    if path.startswith("/wait/"):
        time.sleep(int(path.removeprefix("/wait/")) / 1_000)
    body = environ["wsgi.input"].read() or f"{path} {threading.active_count()}".encode()
    if path == "/counts":
        body = f"{Stream.opened} {Stream.closed} {Stream.produced}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


@contextmanager
def served(folder: Path, *options: str, app: str = "tests.serving_kit:application") -> Iterator[Server]:
    """gunicorn with the quick worker, two threads, on a free port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "/dev/null",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "2",
        "--worker-class",
        "tests.serving_kit.Quick",
        "--keep-alive",
        "5",
        "--graceful-timeout",
        "5",
        "--no-control-socket",
        *options,
        app,
    ]
    url = f"http://127.0.0.1:{port}/health/live"
    log = folder / "gunicorn.log"
    environment = {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    with running(Server(command, port, lambda: answers(url), log, environment)) as server:
        yield server


def opened(server: Server, sent: bytes = b"") -> socket.socket:
    """A connection on which something was sent."""
    sock = socket.create_connection(("127.0.0.1", server.port), 10)
    if sent:
        sock.sendall(sent)
    return sock


def get(path: str, *headers: str) -> bytes:
    """A GET as bytes."""
    return ("\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *headers)) + "\r\n\r\n").encode()


def received(sock: socket.socket) -> bytes:
    """Everything until the server closes; a reset counts as the end."""
    pieces = []
    try:
        while piece := sock.recv(65_536):
            pieces.append(piece)
    except ConnectionResetError:
        pieces.append(b"[reset]")
    return b"".join(pieces)


def fetch(server: Server, path: str) -> bytes:
    """The whole answer to a GET on a connection of its own."""
    with opened(server, get(path, "Connection: close")) as sock:
        return received(sock)


def repeated(act: Callable[[], None], threads: int, ended: threading.Event) -> Sequence[threading.Thread]:
    """Run it again and again in some threads until the event."""

    def loop() -> None:
        while not ended.is_set():
            act()

    started = [threading.Thread(target=loop, daemon=True) for _ in range(threads)]
    for thread in started:
        thread.start()
    return started
