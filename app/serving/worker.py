"""A gunicorn worker whose threads serve whole requests and whole answers; clients, however slow, cost none.

    selector (one thread)  accept → read head and body within limits and time ─┐   ┌─ write what the client takes
    thread pool                                                                └→ WSGI application

gunicorn parses, logs, forks and restarts; this class decides when a thread is given to a connection.
"""

from __future__ import annotations

import errno
import os
import resource
import selectors
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

from app.serving.connection import Connection, Phase
from app.serving.exchange import Exchange
from app.serving.head import Refusal, read_head
from app.serving.limits import Limits
from app.serving.microcache import Microcache

ACCEPTS_AT_ONCE: Final = 64
# Seconds (Python's default is 0.005): threads that compute hand the interpreter to the event loop sooner.
SWITCH_INTERVAL: Final = 0.001
SPARE_FILES: Final = 256  # for backends, stores and logs
REST: Final = 0.1  # seconds until an application that had nothing is asked again
_BUSY: Final = Refusal(503, "Service Unavailable", "Too many requests are waiting. Try again in a moment.")
_LATE: Final = Refusal(408, "Request Timeout", "The request was not complete in time.")


class Worker(ThreadWorker):  # type: ignore[misc]  # untyped
    """See the module."""

    limits = Limits()

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """TLS ends at the proxy."""
        if cfg.is_ssl:
            sys.stderr.write("codeagent-dashboards: certificates belong to the proxy in front; leave out --certfile.\n")
            sys.exit(2)

    def init_process(self) -> None:
        """In the new process."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.connections: set[Connection] = set()
        # Ordered by how long they have been in that phase: the first is the first to go when there is no room.
        self.readers: dict[Connection, None] = {}
        self.writers: dict[Connection, None] = {}
        self.microcache = Microcache()
        # Connections whose application is asked again at a time (monotonic seconds), the first to come first.
        self.later: deque[tuple[float, Connection]] = deque()
        self.working = 0
        self.held = {Phase.READING: 0, Phase.WRITING: 0}
        self.worker_connections = _most_connections(self.cfg.worker_connections)
        # A probe is answered while every thread waits for a slow backend.
        self.probes = ThreadPoolExecutor(1, "probe")
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop, then finish what has begun."""
        self.record_repeated: Callable[[str, int], None] = getattr(self.wsgi, "record_repeated", lambda *_: None)
        for listener in self.sockets:
            listener.setblocking(False)
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.set_accept_enabled(True)
        while self.alive and self.is_parent_alive():
            self.notify()
            self.wait_for_and_dispatch_events(REST if self.later else 1.0)
            self.resume()
            self.expire()
        self.stop()

    def stop(self) -> None:
        """Take what has connected already, answer what was asked, and close."""
        until = time.monotonic() + self.cfg.graceful_timeout
        self.alive = False
        for listener in self.sockets:
            self.accept(listener)
        self.set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()
        idle_until = time.monotonic() + self.limits.linger
        while self.connections and time.monotonic() < until:
            for connection in self.readers:
                if not connection.data:  # nothing was asked: a moment for what may be on its way
                    connection.deadline = min(connection.deadline, idle_until)
            self.notify()
            self.wait_for_and_dispatch_events(REST)
            self.resume()
            self.expire()
        for connection in list(self.connections):
            self.close(connection)
        self.tpool.shutdown(wait=False, cancel_futures=True)
        self.probes.shutdown(wait=False)

    def accept(self, listener: Any) -> None:
        """Take new connections; when there is no room, the one that has waited longest for its client goes."""
        for _ in range(ACCEPTS_AT_ONCE if self.alive else 4_096):
            if len(self.connections) >= self.worker_connections:
                self.evict()
            try:
                sock, client = listener.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self.evict()
                return
            sock.setblocking(False)
            with suppress(OSError):  # a Unix socket has no such option
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(sock, client, listener.getsockname(), self.limits)
            self.connections.add(connection)
            self.await_request(connection)

    def evict(self) -> None:
        """Make room for one connection."""
        oldest = next(iter(self.readers), None) or next(iter(self.writers), None)
        if oldest is not None:
            self.close(oldest)

    def await_request(self, connection: Connection) -> None:
        """Wait for the client's next request, unless it is here already."""
        connection.phase = Phase.READING
        self.readers[connection] = None
        self.watch(connection, selectors.EVENT_READ)
        if connection.data:
            self.hold(connection, len(connection.data))
            self.method_queue.defer(self.reconsider, connection)  # not at once: a thousand may have come together

    def reconsider(self, connection: Connection) -> None:
        """Serve what had come with the request before."""
        if connection in self.connections and connection.phase is Phase.READING:
            self.guard(connection, self.consider)

    def on_event(self, connection: Connection, _sock: Any) -> None:
        """The client has sent something, or can take something."""
        self.guard(connection, self.react)

    def guard(self, connection: Connection, act: Callable[[Connection], None]) -> None:
        """Do something for a connection: whatever goes wrong with it ends this connection and no other."""
        try:
            act(connection)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close(connection)
        except Exception:
            self.log.exception("A connection failed")
            self.close(connection)

    def react(self, connection: Connection) -> None:
        """Read or write, as the connection waits for. Raises OSError when the client is gone."""
        if connection.phase is Phase.READING:
            before = len(connection.data)
            is_open = connection.receive()
            self.hold(connection, len(connection.data) - before)
            if is_open:
                self.consider(connection)
            else:
                self.close(connection)
        elif connection.phase is Phase.WRITING:
            self.write(connection)
        elif not connection.sock.recv(65_536):
            self.close(connection)

    def consider(self, connection: Connection) -> None:
        """Serve the request when it is whole, refuse it when it never can be."""
        if connection.head is None:
            head = read_head(connection.data, self.limits)
            if isinstance(head, Refusal):
                self.refuse(connection, head)
                return
            if head is None:
                return
            connection.begin_body(head)
        head = connection.head
        if head is not None and len(connection.data) >= head.size:
            self.serve(connection, connection.take_request(head))

    def serve(self, connection: Connection, request: bytes) -> None:
        """Answer a whole request: as a moment ago, or by a thread."""
        self.nr += 1
        self.alive = self.alive and self.nr < self.max_requests
        connection.begin_answer()
        response = self.microcache.find(request) if self.alive else None
        if response is not None and is_local(connection.client):
            self.record_repeated(response.route, int(response.status[:3]))
            connection.output.sendall(response.to_bytes(time.monotonic()))
            self.leave_phase(connection)
            self.send(connection)
        elif self.working >= self.limits.waiting:
            self.refuse(connection, _BUSY)
        else:
            connection.exchange = Exchange(self, connection, request)
            self.work(connection)

    def work(self, connection: Connection) -> None:
        """Give the connection to a thread until its answer is made, or made far enough ahead."""
        exchange = connection.exchange
        assert exchange is not None
        self.leave_phase(connection)
        connection.phase = Phase.WORKING
        self.watch(connection, 0)
        self.working += 1
        pool = self.probes if exchange.is_probe else self.tpool
        pool.submit(exchange.step).add_done_callback(
            lambda future: self.method_queue.defer(self.on_returned, connection, future)
        )

    def on_returned(self, connection: Connection, future: Future[None]) -> None:
        """A thread has given the connection back."""
        self.working -= 1
        if connection not in self.connections or future.cancelled() or future.exception() is not None:
            self.close(connection)
            return
        self.guard(connection, self.send)

    def send(self, connection: Connection) -> None:
        """Begin to send what there is of an answer. Raises OSError."""
        exchange = connection.exchange
        if exchange is not None and exchange.done:
            exchange.teach(self.microcache)
        connection.phase = Phase.WRITING
        self.writers[connection] = None
        connection.await_reader()
        self.hold(connection, connection.output.size)
        self.write(connection)

    def write(self, connection: Connection) -> None:
        """Send what the client takes, then make more, wait for the next request, or end. Raises OSError."""
        is_empty = connection.output.flush()
        connection.note_progress()
        exchange = connection.exchange
        if exchange is not None and exchange.rests:
            self.watch(connection, 0)
            self.later.append((time.monotonic() + REST, connection))
            return
        if exchange is not None and not exchange.done:
            if connection.output.size <= self.limits.ahead // 2:
                self.work(connection)
        elif is_empty:
            self.leave_phase(connection)
            connection.exchange = None
            if exchange is None or exchange.keeps:
                connection.deadline = time.monotonic() + (self.cfg.keepalive if self.alive else self.limits.linger)
                self.await_request(connection)
            else:
                self.end(connection)
        if connection.phase is Phase.WRITING:
            self.watch(connection, selectors.EVENT_WRITE)

    def resume(self) -> None:
        """Ask those applications again that had nothing a moment ago."""
        while self.later and self.later[0][0] <= time.monotonic():
            _, connection = self.later.popleft()
            if connection in self.connections:
                self.guard(connection, self.work)

    def refuse(self, connection: Connection, refusal: Refusal) -> None:
        """Answer without a thread, then end."""
        self.leave_phase(connection)
        connection.data.clear()
        connection.output.sendall(refusal.response())
        with suppress(OSError):
            connection.output.flush()
        self.end(connection)

    def end(self, connection: Connection) -> None:
        """Close after the last answer, but read on for a moment: a reset would take the answer from the client."""
        connection.phase = Phase.CLOSING
        connection.deadline = time.monotonic() + self.limits.linger
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.close(connection)
            return
        self.watch(connection, selectors.EVENT_READ)

    def close(self, connection: Connection) -> None:
        """Forget the connection at once."""
        self.watch(connection, 0)
        self.leave_phase(connection)
        self.connections.discard(connection)
        connection.sock.close()
        exchange, connection.exchange = connection.exchange, None
        if exchange is not None and connection.phase is not Phase.WORKING and not exchange.done:
            with suppress(RuntimeError):  # the pool has ended, and the process does next
                self.tpool.submit(exchange.abandon)

    def expire(self) -> None:
        """Close what has taken too long."""
        now = time.monotonic()
        for connection in [candidate for candidate in self.connections if candidate.deadline < now]:
            if connection.phase is Phase.READING and connection.data:
                self.refuse(connection, _LATE)
            elif connection.phase is not Phase.WORKING:
                self.close(connection)

    def hold(self, connection: Connection, size: int) -> None:
        """Count bytes of a phase; beyond the limit the connection that has held some for longest goes."""
        phase = connection.phase
        connection.held += size
        self.held[phase] += size
        others = self.readers if phase is Phase.READING else self.writers
        limit = self.limits.bodies if phase is Phase.READING else self.limits.answers
        while self.held[phase] > limit:
            oldest = next((other for other in others if other.held and other is not connection), None)
            if oldest is None:
                return
            self.close(oldest)

    def leave_phase(self, connection: Connection) -> None:
        """Nothing of the connection counts any more."""
        if connection.phase in self.held:
            self.held[connection.phase] -= connection.held
        connection.held = 0
        self.readers.pop(connection, None)
        self.writers.pop(connection, None)

    def watch(self, connection: Connection, events: int) -> None:
        """Let the selector look for these events of the connection."""
        if events == connection.events:
            return
        if not connection.events:
            self.poller.register(connection.sock, events, partial(self.on_event, connection))
        elif not events:
            self.poller.unregister(connection.sock)
        else:
            self.poller.modify(connection.sock, events, partial(self.on_event, connection))
        connection.events = events


def is_local(client: Any) -> bool:
    """Whether a peer is on this machine; others are left to the application to judge."""
    return not isinstance(client, tuple) or client[0] in ("127.0.0.1", "::1")


def _most_connections(requested: int) -> int:
    """As many as wanted and as the system gives file descriptors for; its soft limit is raised as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = requested + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return requested if soft == resource.RLIM_INFINITY else max(64, min(requested, soft - SPARE_FILES))


def exit_at_once(worker: Any, close: Callable[[], None], seconds: float = 2.0) -> None:
    """End the process of a worker that has finished; `close` has so many seconds to let go of what is held.

    Python itself joins every thread of a pool at its end, however long that waits for a backend, and aborts when a
    thread writes to a stream meanwhile.
    """
    if not getattr(worker, "booted", False) or worker.pid != os.getpid():
        return
    threading.excepthook = lambda _: None  # what threads still try with what is closed is nobody's trouble
    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(seconds)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
