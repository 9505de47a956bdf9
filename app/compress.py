"""Compression of what Dash serves: its scripts once each, documents and small JSON as they come.

Dash's own option compresses every answer anew (a large script: tens of milliseconds each time); a script stays the same
for as long as a process lives, so one compressed copy is enough.
"""

from __future__ import annotations

import brotli
from flask import Flask, Response, request

from app.bytes_cache import BytesCache
from app.response_cache import encoding_of, is_known

SCRIPTS = "/_dash-component-suites/"
SMALLEST = 600  # bytes; below this a header outweighs what is saved
TYPES = ("text/html", "application/json", "application/javascript", "text/javascript", "text/css")


def compress(server: Flask, scripts: BytesCache | None = None) -> None:
    """Compress answers for clients that accept brotli; `scripts` keeps what is compressed once."""
    cache = scripts or BytesCache()

    @server.after_request
    def compress_response(answer: Response) -> Response:
        if not _worth_it(answer):
            return answer
        answer.direct_passthrough = False
        plain = answer.get_data()
        if len(plain) < SMALLEST:
            return answer
        answer.headers.add("Vary", "Accept-Encoding")
        if not encoding_of(request, ("br",)):
            return answer
        tag, _ = answer.get_etag()
        if tag and is_known(request, answer, tag, "br"):
            return answer
        answer.set_data(_small(cache, plain))
        answer.headers["Content-Encoding"] = "br"
        return answer


def _small(cache: BytesCache, plain: bytes) -> bytes:
    """A script at a high level and once, by its path: what stands behind a question mark does not change it."""
    if not request.path.startswith(SCRIPTS):
        small: bytes = brotli.compress(plain, quality=4)
        return small
    return cache.get(request.path, lambda: brotli.compress(plain, quality=11 if len(plain) < 150_000 else 9))


def _worth_it(answer: Response) -> bool:
    return (
        answer.status_code == 200
        and answer.mimetype in TYPES
        and "Content-Encoding" not in answer.headers
        and not request.path.startswith(("/api/", "/static/"))
    )
