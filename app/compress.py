"""Compression of what Dash serves: its scripts once each, documents and small JSON as they come.

Dash's own option compresses every answer anew (a large script: tens of milliseconds each time); its scripts carry
their version in their name, so one compressed copy a process is enough.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import brotli
from flask import Flask, Response, request

SCRIPTS = "/_dash-component-suites/"
SMALLEST = 600  # bytes; below this a header outweighs what is saved
TYPES = ("text/html", "application/json", "application/javascript", "text/javascript", "text/css")


@dataclass
class _Kept:
    """Compressed scripts by path."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, path: str, plain: bytes) -> bytes:
        """The compressed script; the first to ask makes it."""
        with self.lock:
            if path not in self.bodies:
                self.bodies[path] = brotli.compress(plain, quality=11 if len(plain) < 150_000 else 9)
            return self.bodies[path]


def compress(server: Flask) -> None:
    """Compress answers for clients that accept brotli."""
    kept = _Kept()

    @server.after_request
    def packed(answer: Response) -> Response:
        if not _worth_it(answer):
            return answer
        answer.direct_passthrough = False
        plain = answer.get_data()
        if len(plain) < SMALLEST:
            return answer
        is_script = request.path.startswith(SCRIPTS) and answer.status_code == 200
        answer.set_data(kept.get(request.full_path, plain) if is_script else brotli.compress(plain, quality=4))
        answer.headers["Content-Encoding"] = "br"
        answer.headers.add("Vary", "Accept-Encoding")
        return answer


def _worth_it(answer: Response) -> bool:
    return (
        answer.status_code == 200
        and answer.mimetype in TYPES
        and "Content-Encoding" not in answer.headers
        and not request.path.startswith(("/api/", "/static/"))
        and "br" in request.headers.get("Accept-Encoding", "")
    )
