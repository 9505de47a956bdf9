"""HTTP responses with a total time-out, and with a size limit before and after decompression.

A socket's time-out restarts with each byte, so a backend that sends one byte every half second never times out. Here
the read time-out of a connection covers the whole response, including status line and headers. Both requests
(Prometheus, Alertmanager) and the Elasticsearch client are based on urllib3, so both use these connections.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.retry import Retry

from queries.core.deadline import Deadline

MAX_BYTES: Final = 32 * 2**20  # 2,000 series of 600 points are 26 MiB; a larger response is a mistake in the query
CONNECT_SECONDS: Final = 5.0
_CHUNK: Final = 65_536
_PIECE: Final = 262_144  # bytes inflated at a time
_LEAST: Final = 0.05  # seconds
_GZIP_OR_ZLIB: Final = 47  # zlib's window bits that recognise either header


class AnswerTooLarge(requests.RequestException):
    """The body is larger than `most` bytes, compressed or decompressed."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The answer is larger than the limit of {most // 2**20} MiB.")
        self.most = most


class UnknownEncoding(requests.RequestException):
    """The body has a content encoding that the request does not accept."""


class _TimedSocket(io.RawIOBase):
    """Reads from a socket until `until` (monotonic clock); raises TimeoutError afterwards."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float, timeout: float) -> None:
        self._raw, self._sock, self._until, self._timeout = raw, sock, until, timeout

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read bytes into the buffer; returns their number, 0 at the end."""
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("The answer took longer than the time-out.")
        self._sock.settimeout(remaining)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Restore the socket's time-out, because the connection may be reused."""
        with suppress(OSError):
            self._sock.settimeout(self._timeout)
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """A response whose socket time-out covers the whole response."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        timeout = sock.gettimeout()
        if timeout is not None:
            raw: Any = self.fp.detach()
            self.fp = io.BufferedReader(_TimedSocket(raw, sock, time.monotonic() + timeout, timeout))


class TimedHTTPConnection(HTTPConnection):
    """A connection whose read time-out covers the whole response."""

    response_class = _TimedResponse


class TimedHTTPSConnection(HTTPSConnection):
    """A TLS connection whose read time-out covers the whole response."""

    response_class = _TimedResponse


class _TimedHTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = TimedHTTPConnection


class _TimedHTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = TimedHTTPSConnection


class _TimedAdapter(HTTPAdapter):
    """A requests adapter whose connections have a total time-out. It never retries: callers decide that."""

    def __init__(self, connections: int) -> None:
        super().__init__(
            pool_connections=2, pool_maxsize=connections, max_retries=Retry(total=0, read=False), pool_block=False
        )

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Create the pool manager with these connection classes."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _TimedHTTPPool, "https": _TimedHTTPSPool}


class BoundedSession(requests.Session):
    """A session that reads every response completely, within its time-out and `max_bytes`. It follows no redirects.

    A redirect usually leads to a login page, and would send credentials to another host.
    """

    def __init__(self, connections: int = 16, max_bytes: int = MAX_BYTES) -> None:
        super().__init__()
        self.trust_env = False  # no proxy from the environment: requests go to the address in the settings
        self._max_bytes = max_bytes
        adapter = _TimedAdapter(connections)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        """The response with its content read. Raises AnswerTooLarge, and what requests raises.

        `timeout` is in seconds, for everything after the connection is established, or a Deadline for the whole call.
        """
        options["timeout"] = _timeout(options.get("timeout"))
        response = super().request(*arguments, **{**options, "allow_redirects": False, "stream": True})
        with response:
            try:
                content = read_body(response.raw, self._max_bytes)
            except urllib3.exceptions.ReadTimeoutError as error:
                raise requests.ReadTimeout(str(error)) from None
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if isinstance(error, requests.RequestException):
                    raise
                raise requests.exceptions.ChunkedEncodingError(str(error)) from None
        response._content, response._content_consumed = content, True  # type: ignore[attr-defined]
        return response


def read_body(response: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """The decompressed body. Raises AnswerTooLarge if it has more than `most` bytes, compressed or decompressed."""
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > most:
        raise AnswerTooLarge(most)
    inflate = _inflater(response.headers.get("Content-Encoding", ""))
    body, received = bytearray(), 0
    # read1 returns the bytes that are available; read would wait for a full chunk.
    while chunk := response.read1(_CHUNK, decode_content=False):
        received += len(chunk)
        for piece in inflate(chunk):
            body += piece
            if max(received, len(body)) > most:
                raise AnswerTooLarge(most)
    return bytes(body)


def _inflater(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """A function that decompresses received bytes in small pieces."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda chunk: iter((chunk,))
        case "gzip" | "x-gzip" | "deflate":
            return _decompressor()
        case _:
            raise UnknownEncoding(f"The answer has the content encoding “{encoding[:20]}”, which is not accepted.")


def _decompressor() -> Callable[[bytes], Iterator[bytes]]:
    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)

    def inflate(chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk and not decompressor.eof:
                yield decompressor.decompress(chunk, _PIECE)
                chunk = decompressor.unconsumed_tail
        except zlib.error as error:
            raise requests.exceptions.ContentDecodingError(f"The compressed answer is damaged: {error}") from None

    return inflate


def _timeout(timeout: Any) -> urllib3.Timeout:
    seconds = timeout.remaining if isinstance(timeout, Deadline) else float(timeout or CONNECT_SECONDS)
    seconds = max(seconds, _LEAST)
    return urllib3.Timeout(total=seconds, connect=min(seconds, CONNECT_SECONDS), read=seconds)
