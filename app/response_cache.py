"""Answers that many viewers share: made once, encoded and compressed once, kept until their next step."""

from __future__ import annotations

import gzip
import hashlib
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import brotli
from flask import Request, Response

from queries.core.errors import QueryError

log = logging.getLogger(__name__)

# Threads that render in the background. Most of a rendering is waiting for the backend; each further thread competes
# with the event loop for the interpreter's lock.
RENDER_THREADS: Final = 2
# Seconds for which an expired response may be shared while the next one is rendered: without them, every viewer of that
# moment would be answered by the application, which competes with the rendering.
STALE_SECONDS: Final = 1.0


@dataclass(frozen=True)
class CachedResponse:
    """JSON bytes, what they are called, and until when (monotonic seconds) they are the answer.

    With another `status` than 200 they are a refusal, which browsers do not keep.
    """

    plain: bytes
    compressed: bytes
    etag: str
    expires: float
    status: int = 200

    @cached_property
    def gzip(self) -> bytes:
        """For the few clients without brotli: made at the first of them."""
        return gzip.compress(self.plain, 1, mtime=0)

    @property
    def size(self) -> int:
        """Memory that it takes, in every form."""
        return len(self.plain) + 2 * len(self.compressed) + 500


def encode(plain: bytes, seconds: float, clock: Callable[[], float] = time.monotonic) -> CachedResponse:
    """A body good for `seconds`. Brotli at quality 1 is faster than gzip and smaller."""
    tag = hashlib.blake2b(plain, digest_size=12).hexdigest()
    return CachedResponse(plain, brotli.compress(plain, quality=1), tag, clock() + seconds)


@dataclass
class ResponseCache:
    """Cached responses, bounded in number and bytes; concurrent requests for the same key wait for the first.

    Stale-while-revalidate (RFC 5861): for `grace` seconds after it expired, a response is still served while the
    `executor` renders the next one, each time good for `STALE_SECONDS` more. At the start of a step, a thousand viewers
    then wait for nothing.
    """

    most: int = 512
    most_bytes: int = 64 * 2**20
    grace: float = 0.0
    clock: Callable[[], float] = time.monotonic
    executor: Executor = field(default_factory=lambda: ThreadPoolExecutor(RENDER_THREADS, "render"))
    _entries: OrderedDict[str, CachedResponse] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _making: dict[str, threading.Lock] = field(default_factory=dict)
    _queued: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        """What is kept now."""
        return self._bytes

    def get(self, key: str, make: Callable[[], CachedResponse]) -> CachedResponse:
        """The body of a key, made by one thread when there is none or its time is over."""
        response = self._fresh(key)
        if response is not None:
            return response
        with self._lock:
            old = self._entries.get(key)
        if old is not None and self.clock() < old.expires + self.grace:
            self._revalidate(key, make)
            return replace(old, expires=self.clock() + STALE_SECONDS)
        return self._render(key, make)

    def forget(self, prefix: str) -> None:
        """Drop the responses whose keys begin with `prefix`: what they show has just been changed."""
        with self._lock:
            for key in [key for key in self._entries if key.startswith(prefix)]:
                self._bytes -= self._entries.pop(key).size

    def _render(self, key: str, make: Callable[[], CachedResponse]) -> CachedResponse:
        with self._lock:
            gate = self._making.setdefault(key, threading.Lock())
        try:
            with gate:
                response = self._fresh(key)
                if response is None:
                    response = make()
                    self._keep(key, response)
            return response
        finally:
            with self._lock:
                if self._making.get(key) is gate:
                    del self._making[key]

    def _revalidate(self, key: str, make: Callable[[], CachedResponse]) -> None:
        """Render in the background, once for each key."""
        with self._lock:
            if key in self._queued:
                return
            self._queued.add(key)

        def render() -> None:
            try:
                with suppress(QueryError):  # requests after the grace get the error
                    self._render(key, make)
            except Exception:
                log.exception("render_failed", extra={"key": key})
            finally:
                with self._lock:
                    self._queued.discard(key)

        self.executor.submit(render)

    def _fresh(self, key: str) -> CachedResponse | None:
        with self._lock:
            body = self._entries.get(key)
            if body is None or body.expires <= self.clock():
                return None
            self._entries.move_to_end(key)
            return body

    def _keep(self, key: str, body: CachedResponse) -> None:
        with self._lock:
            old = self._entries.pop(key, None)
            self._bytes += body.size - (old.size if old else 0)
            self._entries[key] = body
            while len(self._entries) > self.most or self._bytes > self.most_bytes:
                _, gone = self._entries.popitem(last=False)
                self._bytes -= gone.size


def respond(request: Request, body: CachedResponse, now: float) -> Response:
    """The body with ETag, 304 when the client has it, and a max-age that ends when the body does."""
    left = max(0, round(body.expires - now)) if body.status == 200 else 0
    answer = Response(mimetype="application/json", status=body.status)
    answer.headers["Cache-Control"] = f"public, max-age={left}" if left else "no-cache"
    answer.headers["Vary"] = "Accept-Encoding"
    encoding = encoding_of(request, ("br", "gzip"))
    if body.status == 200 and is_known(request, answer, body.etag, encoding):
        return answer
    forms = {"br": lambda: body.compressed, "gzip": lambda: body.gzip}
    return compressed(request, answer, forms, body.plain)


def compressed(request: Request, answer: Response, forms: Mapping[str, Callable[[], bytes]], plain: bytes) -> Response:
    """The answer in the best encoding that the client accepts, in the order of `forms`."""
    encoding = encoding_of(request, forms)
    if encoding:
        answer.headers["Content-Encoding"] = encoding
        answer.set_data(forms[encoding]())
    else:
        answer.set_data(plain)
    return answer


def encoding_of(request: Request, known: Iterable[str]) -> str:
    """The first of the known encodings that the client accepts, empty for none."""
    accepted = request.headers.get("Accept-Encoding", "").lower()
    for encoding in known:
        # A word of its own: “x-br” is not “br”.
        if re.search(rf"(?<![\w-]){encoding}(?![\w-])(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", accepted):
            return encoding
    return ""


def is_known(request: Request, answer: Response, tag: str, encoding: str) -> bool:
    """Name the answer by its content and its encoding; 304 when the client has these very bytes."""
    name = f"{tag}-{encoding}" if encoding else tag
    answer.headers["ETag"] = f'"{name}"'
    if not request.if_none_match.contains(name):
        return False
    answer.status_code = 304
    answer.set_data(b"")
    return True
