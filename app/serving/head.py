"""Where the first request in received bytes ends; everything else about it is judged by gunicorn's parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.serving.limits import Limits

END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"^content-length[ \t]*:[ \t]*(.*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CODING: Final = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_EXPECT: Final = re.compile(rb"^expect[ \t]*:[ \t]*100-continue[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Head:
    """A whole head: the bytes of the request with its body, and whether the client waits before it sends that."""

    size: int
    expects: bool = False


@dataclass(frozen=True)
class Refusal:
    """A request that is answered without reading the rest of it."""

    status: int
    reason: str
    sentence: str

    def response(self) -> bytes:
        """The whole answer; it ends the connection."""
        body = f"{self.sentence}\n".encode()
        later = "Retry-After: 1\r\n" if self.status == 503 else ""
        head = (
            f"HTTP/1.1 {self.status} {self.reason}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\n{later}\r\n"
        )
        return head.encode() + body


def read_head(data: bytes | bytearray, limits: Limits) -> Head | Refusal | None:
    """The head at the beginning of `data`, why the request is refused, or None while the head is not whole."""
    end = data.find(END, 0, limits.head + len(END))
    if end < 0:
        if len(data) <= limits.head:
            return None
        return Refusal(431, "Request Header Fields Too Large", f"The headers are longer than {limits.head:,} bytes.")
    head, start = bytes(data[: end + 2]), end + len(END)
    if _CODING.search(head):
        return Refusal(411, "Length Required", "Send the body with a Content-Length; other codings are not taken.")
    lengths = set(_LENGTH.findall(head))
    length = lengths.pop() if len(lengths) == 1 else b"0"
    if not re.fullmatch(rb"\d{1,18}", length):
        return Head(start)  # gunicorn's parser says what is wrong with it
    if int(length) > limits.body:
        return Refusal(413, "Content Too Large", f"The body is longer than {limits.body:,} bytes.")
    return Head(start + int(length), _EXPECT.search(head) is not None)
