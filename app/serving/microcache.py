"""Answers that everybody may share, given again for a second without running the application.

What qualifies is decided by HTTP's own rules: a GET answered with `Cache-Control: public, max-age=…`, which varies by
Accept-Encoding at most. A thousand viewers of a board ask the same within a second; the application answers one.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Final

Key = tuple[bytes, ...]
Headers = Sequence[tuple[str, str]]

SECONDS: Final = 1.0
_PUBLIC: Final = re.compile(r"public, max-age=(\d{1,9})(, immutable)?")
# What makes an answer another one; a request with other words of its own is left to the application.
_MATTERS: Final = re.compile(
    rb"^(host|accept-encoding|if-none-match):[ \t]*(.*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_OWN: Final = re.compile(
    rb"^(connection|x-correlation-id|traceparent|range|if-[a-mo-z][a-z-]*|content-length|expect|upgrade|cookie"
    rb"|authorization)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_DROPPED: Final = frozenset(("cache-control", "x-correlation-id", "date", "server", "connection"))


@dataclass(frozen=True)
class MicrocachedResponse:
    """A whole answer; `until` and `fresh_until` are monotonic seconds, `route` names it in measurements."""

    status: str
    headers: bytes
    body: bytes
    until: float
    fresh_until: float
    control: str
    route: str

    def to_bytes(self, now: float) -> bytes:
        """As it is sent; its max-age ends when it did."""
        left = max(0, round(self.fresh_until - now))
        head = (
            f"HTTP/1.1 {self.status}\r\nServer: gunicorn\r\nDate: {formatdate(usegmt=True)}\r\n"
            f"Connection: keep-alive\r\nCache-Control: public, max-age={left}{self.control}\r\n"
        )
        return head.encode("latin-1") + self.headers + b"\r\n" + self.body


@dataclass
class Microcache:
    """A bounded memory of such answers, for one thread: the event loop."""

    most: int = 512
    most_bytes: int = 16 * 2**20
    largest: int = 128 * 1024
    clock: Callable[[], float] = time.monotonic
    _entries: OrderedDict[Key, MicrocachedResponse] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def find(self, head: bytes) -> MicrocachedResponse | None:
        """The answer to a request with that head, if it was given a moment ago.

        When that moment is over but the answer is still fresh, one request goes to the application; until its answer
        is there, at most another second, all others get the former one.
        """
        key, now = key_of(head), self.clock()
        response = self._entries.get(key) if key else None
        if key is None or response is None or response.until > now:
            return response
        if response.fresh_until > now:
            self._entries[key] = replace(response, until=min(now + SECONDS, response.fresh_until))
        return None

    def room_for(self, head: bytes, status: str, headers: Headers) -> bool:
        """Whether an answer with these headers may be kept."""
        named = {name.lower(): value for name, value in headers}
        return (
            status[:3] in ("200", "304")
            and _PUBLIC.fullmatch(named.get("cache-control", "")) is not None
            and named.get("vary", "Accept-Encoding") == "Accept-Encoding"
            and "set-cookie" not in named
            and (status[:3] == "304" or "content-length" in named)
            and key_of(head) is not None
        )

    def keep(self, head: bytes, status: str, headers: Headers, body: bytes, route: str) -> None:
        """Keep an answer for which there was room; called from the event loop only."""
        key, now = key_of(head), self.clock()
        named = {name.lower(): value for name, value in headers}
        control = _PUBLIC.fullmatch(named["cache-control"])
        if key is None or control is None or len(body) > self.largest or int(control[1]) < 1:
            return
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers if name.lower() not in _DROPPED)
        until = now + min(SECONDS, int(control[1]))
        response = MicrocachedResponse(
            status, lines.encode("latin-1"), body, until, now + int(control[1]), control[2] or "", route
        )
        self._drop(key)
        self._entries[key] = response
        self._bytes += len(body)
        while len(self._entries) > self.most or self._bytes > self.most_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        gone = self._entries.pop(key, None)
        self._bytes -= len(gone.body) if gone else 0


def key_of(head: bytes) -> Key | None:
    """What requests that get the same answer have in common; None for a request that may differ in other ways."""
    line, _, headers = head.partition(b"\r\n")
    if not line.startswith(b"GET /") or not line.endswith(b" HTTP/1.1") or _OWN.search(headers):
        return None
    pairs = _MATTERS.findall(headers)
    named = {name.lower(): value for name, value in pairs}
    if len(named) != len(pairs):
        return None
    return (line, named.get(b"host", b""), named.get(b"accept-encoding", b""), named.get(b"if-none-match", b""))
