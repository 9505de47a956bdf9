"""Whatever a backend sends, and however slowly, an answer is bounded in bytes and in seconds."""

from __future__ import annotations

import gc
import gzip
import re
import socket
import threading
import time
import traceback
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, LimitExceeded, QueryError, SourceUnavailable
from queries.core.time_range import Window
from queries.core.transport import MAX_BYTES
from queries.core.ttl_cache import TTLCache
from queries.metrics.prometheus.alertmanager import Alertmanager
from queries.metrics.prometheus.http_api import Connection, HttpApi
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Request
from queries.stores.elastic.client import Cluster, ElasticSettings

Speak = Callable[[socket.socket], None]
SECONDS = 0.6
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def read_request(client: socket.socket) -> bool:
    """Read one request with its body, which may come in a packet of its own; False when the client has left."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = client.recv(65_536)
        if not chunk:
            return False
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0:
        missing -= len(client.recv(65_536)) or missing
    return True


@contextmanager
def backend(speak: Speak) -> Iterator[str]:
    """A server that reads a request and then does what `speak` says, for every connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with closing(client):
            try:
                if read_request(client):
                    speak(client)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    with closing(listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def drip(text: bytes) -> Speak:
    def speak(client: socket.socket) -> None:
        for index in range(len(text)):
            client.sendall(text[index : index + 1])
            time.sleep(0.2)

    return speak


def endless_headers(client: socket.socket) -> None:
    client.sendall(HEAD)
    for number in range(1_000):
        client.sendall(b"X-%d: 1\r\n" % number)
        time.sleep(0.2)


def sized(body: bytes, more: bytes = b"") -> Speak:
    return lambda client: client.sendall(HEAD + more + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def endless_chunks(client: socket.socket) -> None:
    client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    block = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    while True:
        client.sendall(block)


def announced(client: socket.socket) -> None:
    client.sendall(HEAD + b"Content-Length: 200000000000\r\n\r\n[")
    time.sleep(30)


def silent(client: socket.socket) -> None:
    time.sleep(30)


def bomb() -> bytes:
    """A gigabyte of spaces as a megabyte."""
    compressor = zlib.compressobj(9, wbits=31)
    return b"".join(compressor.compress(b" " * 2**20) for _ in range(1_024)) + compressor.flush()


SLOW = {
    "silent": silent,
    "drips its status line": drip(HEAD + b"Content-Length: 2\r\n\r\n[]"),
    "never ends its headers": endless_headers,
    "drips its body": lambda client: (client.sendall(HEAD + b"Content-Length: 90\r\n\r\n"), drip(b" " * 90)(client)),
}
LARGE = {
    "announces too much": announced,
    "never ends": endless_chunks,
    "inflates without end": sized(bomb(), b"Content-Encoding: gzip\r\n"),
}
ASK: dict[str, Callable[[str, Deadline], object]] = {
    "Prometheus": lambda url, deadline: PrometheusSource(PrometheusSettings(url)).range(
        Request("Prometheus", "up", Window(0, 60, 15)), deadline
    ),
    "Prometheus' targets": lambda url, deadline: PrometheusSource(PrometheusSettings(url)).targets(deadline),
    "Alertmanager": lambda url, deadline: Alertmanager(Connection("Alertmanager", url)).alerts(deadline),
    "Elasticsearch": lambda url, deadline: Cluster(ElasticSettings(url)).search("logs", {}, deadline),
}


@pytest.mark.slow
@pytest.mark.parametrize("requested", ASK)
@pytest.mark.parametrize("manner", SLOW)
def test_the_deadline_holds_for_the_whole_answer(manner: str, requested: str) -> None:
    with backend(SLOW[manner]) as url:
        begun = time.monotonic()
        with pytest.raises(SourceUnavailable, match="in time"):
            ASK[requested](url, Deadline.after(SECONDS))
        assert time.monotonic() - begun < 4  # Prometheus' metadata have two seconds


@pytest.mark.parametrize("requested", ASK)
@pytest.mark.parametrize("manner", LARGE)
def test_an_answer_beyond_the_limit_is_refused_before_it_fills_the_memory(manner: str, requested: str) -> None:
    with backend(LARGE[manner]) as url, pytest.raises(LimitExceeded, match="larger than the limit"):
        ASK[requested](url, Deadline.after(20))


@pytest.mark.parametrize("requested", ASK)
@pytest.mark.parametrize(
    "speak",
    [
        sized(b"[" * 200_000),
        sized(b'{"data":' * 100_000),
        sized(b'{"status":"success","data":' + b'{"a":' * 100_000),
        sized(b"\xff\xfe{}"),
        sized(b"damaged", b"Content-Encoding: gzip\r\n"),
        sized(b"x", b"Content-Encoding: br\r\n"),
        lambda client: client.sendall(HEAD + b"Content-Length: 90\r\n\r\n[]"),
        lambda client: client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"),
    ],
    ids=["deep", "deep object", "deep answer", "not UTF-8", "damaged gzip", "brotli", "broken off", "not HTTP"],
)
def test_nonsense_is_a_typed_error(speak: Speak, requested: str) -> None:
    with backend(speak) as url, pytest.raises(QueryError):
        ASK[requested](url, Deadline.after(5))


def test_a_compressed_answer_is_read_whole() -> None:
    body = b'{"status":"success","data":[' + b",".join([b'"value"'] * 100_000) + b"]}"
    with backend(sized(gzip.compress(body), b"Content-Encoding: gzip\r\n")) as url:
        assert HttpApi(Connection("Prometheus", url)).ask("/", {}, Deadline.after(5)).body == body


def test_a_connection_is_used_again_after_an_answer_was_read() -> None:
    connections = []

    def speak(client: socket.socket) -> None:
        connections.append(client)
        client.sendall(HEAD + b"Content-Length: 2\r\n\r\n[]")
        while read_request(client):
            client.sendall(HEAD + b"Content-Length: 2\r\n\r\n[]")

    with backend(speak) as url:
        api = HttpApi(Connection("Prometheus", url))
        for _ in range(5):
            api.ask("/", {}, Deadline.after(5))
        cluster = Cluster(ElasticSettings(url))
        for _ in range(5):
            with pytest.raises(AnswerMalformed):
                cluster.search("logs", {}, Deadline.after(5))
    assert len(connections) == 2


def test_an_error_that_is_kept_holds_nothing_of_the_answer() -> None:
    class Large:
        """Stands for the bytes of an answer."""

    def fail() -> None:
        body = Large()
        assert body
        raise LimitExceeded("too large", "Choose less.")

    brief, request = TTLCache[Request, QueryError](), Request("Prometheus", "up", Window(0, 60, 15))
    try:
        fail()
    except LimitExceeded as error:
        brief.put(request, error, 60)
    gc.collect()
    assert not any(isinstance(thing, Large) for thing in gc.get_objects())
    remaining = brief.get(request)
    assert remaining is not None
    assert (remaining.sentence, remaining.hint, remaining.__traceback__, remaining.__context__) == (
        "too large",
        "Choose less.",
        None,
        None,
    )


def test_every_kind_of_error_can_be_copied() -> None:
    kinds = [QueryError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    for kind in kinds:
        error = kind(*["text"] * 2)
        assert vars(error.without_frames()) == vars(error), kind
        assert str(error.without_frames()) == str(error)


def test_the_limit_fits_the_largest_board() -> None:
    assert MAX_BYTES > 2_000 * 600 * len(b'[1700000000,"1234.5678"],')


@pytest.mark.parametrize("manner", LARGE)
def test_a_refused_answer_is_freed_at_once(manner: str) -> None:
    """Whoever holds the error holds nothing of what was read."""
    with backend(LARGE[manner]) as url, pytest.raises(LimitExceeded) as refused:
        PrometheusSource(PrometheusSettings(url)).range(
            Request("Prometheus", "up", Window(0, 60, 15)), Deadline.after(20)
        )
    held = [
        value
        for frame, _ in traceback.walk_tb(refused.value.__traceback__)
        for value in frame.f_locals.values()
        if isinstance(value, bytes | bytearray)
    ]
    assert refused.value.__context__ is None
    assert sum(map(len, held)) < 2**20
