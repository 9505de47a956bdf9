"""What a client may send and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts; see docs/scaling.md for the reason of each."""

    head: int = 32 * 1024  # request line and headers
    body: int = 1024 * 1024  # the longest body that the app takes is a tail's cursor of some kilobytes
    bodies: int = 64 * 1024 * 1024  # half-received requests of all connections together
    answers: int = 256 * 1024 * 1024  # answers that wait for their readers, of all connections together
    first_byte: float = 15.0  # a new connection that says nothing
    whole_head: float = 10.0  # from its first byte
    whole_body: float = 20.0  # from the end of the head
    stalled: float = 60.0  # an answer of which nothing more is taken
    longest: float = 900.0  # an answer as a whole: 10,000 lines over a telephone take less
    linger: float = 2.0  # unread input after the last answer, and idle connections when the worker stops
    ahead: int = 256 * 1024  # bytes that an answer is made ahead of its reader
    waiting: int = 1_000  # whole requests that wait for a thread
