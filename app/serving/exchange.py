"""One request and its answer, made in steps: a thread is given back while the client has not read what there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gunicorn import http
from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData

from app.serving.connection import Connection
from app.serving.microcache import Microcache

if TYPE_CHECKING:
    from app.serving.worker import Worker

PROBE: Final = (b"GET /health/live ", b"HEAD /health/live ")


class Exchange:
    """Runs the WSGI application for one whole request; `step` is called in a thread, again and again until `done`."""

    def __init__(self, worker: Worker, connection: Connection, request: bytes) -> None:
        self._worker, self._connection = worker, connection
        self._source = iter((request,))
        self._head = request
        self.is_probe = request.startswith(PROBE)
        # Steps may run in different threads; what the application keeps in context variables goes with them.
        self._context = copy_context()
        self._request: Any = None
        self._response: Any = None
        self._environ: dict[str, Any] = {}
        self._pieces: Iterator[bytes] | None = None
        self._body: Any = None
        self._began = datetime.now(UTC)
        self.done = False
        self.keeps = False  # whether the connection may be used again
        self._copy: list[bytes] | None = None  # of an answer that may be given again
        self.rests = False  # the application has nothing yet (an empty piece): it is asked again in a moment

    def step(self) -> None:
        """Go on until the answer is whole, or enough of it waits to be sent. Never raises."""
        self._context.run(self._step)

    def teach(self, microcache: Microcache) -> None:
        """Let the answer be given again, when it may be."""
        if self.keeps and self._copy is not None:
            response, route = self._response, str(self._environ.get("telemetry.route", "other"))
            microcache.keep(self._head, response.status, response.headers, b"".join(self._copy), route)

    def abandon(self) -> None:
        """The client has gone: let the application close what it holds."""
        if not self.done:
            self._context.run(self._end)

    def _step(self) -> None:
        output = self._connection.output
        try:
            if self._pieces is None and not self._start():
                return
            assert self._pieces is not None
            self.rests = False
            for piece in self._pieces:
                self._response.write(piece)
                if self._copy is not None:
                    self._copy.append(piece)
                if not piece:
                    self.rests = True
                    output.flush()
                    return
                if output.size > self._connection.limits.ahead and not output.flush():
                    return
            self._response.close()
            self.keeps = not self._response.should_close()
            output.flush()
        except OSError:
            pass  # the client has gone
        except (Exception, SystemExit) as error:
            self._failed(error)
        self._end()

    def _start(self) -> bool:
        """Parse the request and call the application; False for what is no request."""
        worker, connection = self._worker, self._connection
        try:
            self._request = next(http.get_parser(worker.cfg, self._source, connection.client))
        except (NoMoreData, StopIteration):
            self._end()
            return False
        self._response, self._environ = wsgi.create(
            self._request, connection.output, connection.client, connection.server, worker.cfg
        )
        self._environ["wsgi.multithread"] = True
        if not worker.alive or not worker.cfg.keepalive:
            self._response.force_close()
        self._body = worker.wsgi(self._environ, self._response.start_response)
        self._pieces = iter(self._body)
        if worker.microcache.room_for(self._head, self._response.status or "", self._response.headers):
            self._copy = []
        return True

    def _failed(self, error: BaseException) -> None:
        """Before the first byte the client gets an error response; afterwards the connection is closed."""
        if self._response is not None and self._response.headers_sent:
            self._worker.log.exception("Error handling request")
            return
        self._worker.handle_error(self._request, self._connection.output, self._connection.client, error)

    def _end(self) -> None:
        if self.done:
            return
        self.done = True
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except Exception:
            self._worker.log.exception("Error closing an answer")
        if self._response is not None:
            self._worker.log.access(self._response, self._request, self._environ, datetime.now(UTC) - self._began)
