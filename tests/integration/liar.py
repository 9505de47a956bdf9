"""An HTTP server that stands before a Prometheus and misbehaves on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from queries.core.transport import MAX_BYTES


class Liar(ThreadingHTTPServer):
    """Forwards to `upstream` unless `mood` says otherwise; `asked` lists the paths of queries."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.mood = ""
        self.mood_of_status = ""
        self.seconds = 0.0
        self.requests: list[str] = []
        self.queries = 0
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Liar
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests.append(self.path)
            is_query = "/query" in self.path
            self.server.queries += is_query
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            if is_query and self.server.seconds:
                time.sleep(self.server.seconds)
            self._answer(self.server.mood if is_query else self.server.mood_of_status)
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def _answer(self, mood: str) -> None:
        if mood == "thanos":
            self._send(400, b'{"status": "error", "error": "1:25: parse error: in function "scalar", got scalar"}')
        elif mood == "404":
            self._send(404, b"no such page")
        elif mood in ("429", "503"):
            self._send(int(mood), b"busy", [("Retry-After", "0")])
        elif mood == "huge":
            self._send(200, b" " * (MAX_BYTES + 1))
        elif mood == "not json":
            self._send(200, b"<html>It works</html>")
        elif mood == "wrong json":
            self._send(200, b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":7}]}}')
        elif mood == "wrong samples":
            self._send(
                200,
                b'{"status":"success","data":{"resultType":"matrix","result":'
                b'[{"metric":{},"values":[[1,"2"],[3,"x"]]}]}}',
            )
        else:
            answer = requests.get(self.server.upstream + self.path, timeout=30)
            body = answer.content
            if mood == "partial":
                body = body.replace(b'{"status":"success",', b'{"status":"success","isPartial":true,')
            if mood == "warned":
                body = body.replace(b'{"status":"success",', b'{"status":"success","warnings":["one store is away"],')
            self._send(answer.status_code, body, half=mood == "half", drip=mood == "drip")

    def _send(
        self,
        code: int,
        body: bytes,
        headers: list[tuple[str, str]] | None = None,
        half: bool = False,
        drip: bool = False,
    ) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers or []:
            self.send_header(name, value)
        self.end_headers()
        if half:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif drip:
            for index in range(len(body)):
                self.wfile.write(body[index : index + 1])
                time.sleep(0.2)
        else:
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@contextmanager
def lying(upstream: str) -> Iterator[Liar]:
    """A liar before the upstream for the block."""
    server = Liar(upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
