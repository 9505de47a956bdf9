"""Samples that reach a Prometheus late: an exporter with time stamps of its own, and a writer by remote write."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

Sample = tuple[float, float]  # epoch seconds and value


class LateExporter(ThreadingHTTPServer):
    """Exposes samples that are `delay` seconds old; their value is their time."""

    daemon_threads = True

    def __init__(self, series: str, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.series, self.delay = series, delay

    def text(self) -> str:
        """What is exposed now."""
        moment = int(time.time() - self.delay)
        return f"{self.series} {moment} {moment * 1000}\n"


class _Page(BaseHTTPRequestHandler):
    server: LateExporter

    def do_GET(self) -> None:
        body = self.server.text().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@contextmanager
def exporting(series: str, delay: float) -> Iterator[str]:
    """The address of a late exporter for the block."""
    server = LateExporter(series, delay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def writing(url: str, labels: Mapping[str, str], batch: Callable[[], Sequence[Sample]], every: float) -> Iterator[None]:
    """Write a batch each so many seconds, by remote write, for the block."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            write(url, labels, batch())
            stop.wait(every)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def write(url: str, labels: Mapping[str, str], samples: Sequence[Sample]) -> None:
    """Samples of one series in one request of Prometheus' remote write protocol, version 1."""
    pairs = b"".join(_field(1, _field(1, name.encode()) + _field(2, labels[name].encode())) for name in sorted(labels))
    values = b"".join(
        _field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(int(moment * 1000)))
        for moment, value in samples
    )
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    body = _uncompressed(_field(1, pairs + values))
    requests.post(f"{url}/api/v1/write", body, headers=headers, timeout=30).raise_for_status()


def _field(number: int, content: bytes) -> bytes:
    """A field of protobuf with content of that length."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def _uncompressed(content: bytes) -> bytes:
    """A block of snappy that holds the content as it is."""
    chunks = (content[start : start + 60] for start in range(0, len(content), 60))
    return _varint(len(content)) + b"".join(bytes([len(chunk) - 1 << 2]) + chunk for chunk in chunks)
