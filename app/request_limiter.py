"""Concurrency limit for requests to logs and traces, so that threads remain available for boards."""

from __future__ import annotations

import threading

from flask import Blueprint, Response, g, request

from app.json_responses import store_error_response
from queries.core.errors import Busy

MAX_WAITING = 10  # of the 16 threads of a worker
TIMEOUT_SECONDS = 0.5


class RequestLimiter:
    """Limits how many data requests run at once; one instance is shared by several blueprints."""

    def __init__(self, most: int = MAX_WAITING, timeout: float = TIMEOUT_SECONDS) -> None:
        self._slots, self._timeout = threading.BoundedSemaphore(most), timeout

    def limit(self, routes: Blueprint) -> Blueprint:
        """Limit the data endpoints of a blueprint: without a free slot in time, they respond that the app is busy."""
        routes.before_request(self._acquire)
        routes.teardown_request(self._release)
        return routes

    def _acquire(self) -> Response | None:
        if not request.path.startswith("/api/"):
            return None  # a document waits for its data only briefly
        g.has_slot = self._slots.acquire(timeout=self._timeout)
        if g.has_slot:
            return None
        return store_error_response(
            Busy("explore", "Too many requests for logs and traces are waiting.", 1.0), parts={}
        )

    def _release(self, _: BaseException | None) -> None:
        if g.pop("has_slot", False):
            self._slots.release()
