"""One client's connection: what was received and is not served yet, what is to be sent, and until when it may take."""

from __future__ import annotations

import socket
import time
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Final

from app.serving.head import Head
from app.serving.limits import Limits

if TYPE_CHECKING:
    from app.serving.exchange import Exchange

_CHUNK: Final = 64 * 1024
_PIECES: Final = 64  # of a gathered write; the system takes 1,024


class Phase(Enum):
    """What a connection waits for."""

    READING = "a whole request"
    WORKING = "a thread"
    WRITING = "its reader"
    CLOSING = "the client's end"


class Output:
    """The socket as gunicorn's Response sees it: what is sent is kept and leaves when the client takes it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._pieces: deque[memoryview] = deque()
        self.size = 0
        self.sent = 0

    def sendall(self, data: bytes) -> None:
        """Keep the bytes for `flush`."""
        if data:
            self._pieces.append(memoryview(data))
            self.size += len(data)

    def send(self, data: bytes) -> int:
        """As `sendall`, but for an interim answer: those were sent before the body was read."""
        if not data.startswith(b"HTTP/1.1 1"):
            self.sendall(data)
        return len(data)

    def gettimeout(self) -> float:
        """gunicorn asks before it writes an error: nothing here waits."""
        return 0.0

    def flush(self) -> bool:
        """Send what the client takes now; whether nothing is left. Raises OSError when the client is gone."""
        while self._pieces:
            try:
                count = self._sock.sendmsg([self._pieces[n] for n in range(min(_PIECES, len(self._pieces)))])
            except (BlockingIOError, InterruptedError):
                return False
            self._drop(count)
        return True

    def _drop(self, count: int) -> None:
        self.size -= count
        self.sent += count
        while count:
            first = self._pieces[0]
            if count < len(first):
                self._pieces[0] = first[count:]
                return
            count -= len(first)
            self._pieces.popleft()


class Connection:
    """The state of one connection. A thread owns it while its phase is WORKING, the event loop otherwise."""

    def __init__(self, sock: socket.socket, client: object, server: object, limits: Limits) -> None:
        self.sock, self.client, self.server, self.limits = sock, client, server, limits
        self.phase = Phase.READING
        self.output = Output(sock)
        self.data = bytearray()
        self.head: Head | None = None
        self.exchange: Exchange | None = None
        self.events = 0  # what the event loop watches it for
        self.deadline = time.monotonic() + limits.first_byte
        self.held = 0  # bytes that count against a limit over all connections
        self._write_ends = 0.0
        self._sent_before = 0

    def receive(self) -> bool:
        """Take what the client has sent; False at its end. Raises OSError when it is gone."""
        try:
            received = self.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return True
        if not self.data:
            self.deadline = time.monotonic() + self.limits.whole_head
        self.data += received
        return bool(received)

    def begin_body(self, head: Head) -> None:
        """The head is complete: the time-out of the body begins, and a client that expects 100 Continue gets it."""
        self.head = head
        self.deadline = time.monotonic() + self.limits.whole_body
        if head.expects and len(self.data) < head.size:
            self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def take_request(self, head: Head) -> bytes:
        """The bytes of the first request, taken off; what follows belongs to the next."""
        request = bytes(memoryview(self.data)[: head.size])
        del self.data[: head.size]
        self.head = None
        return request

    def begin_answer(self) -> None:
        """An answer is about to be made."""
        self._write_ends = time.monotonic() + self.limits.longest
        self._sent_before = self.output.sent

    def await_reader(self) -> None:
        """The client has `stalled` seconds to take something, but `longest` for the whole answer."""
        self._sent_before = self.output.sent
        self.deadline = min(time.monotonic() + self.limits.stalled, self._write_ends)

    def note_progress(self) -> None:
        """Who takes something may take its time with the rest."""
        if self.output.sent != self._sent_before:
            self.await_reader()
