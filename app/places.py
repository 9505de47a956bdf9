"""A limit on requests that may wait for logs and traces at a time, so that boards always find a thread."""

from __future__ import annotations

import threading

from flask import Blueprint, Response, g, request

from app.answers import trouble
from queries.core.errors import Busy

PLACES = 10  # of the 16 threads of a worker
PATIENCE_SECONDS = 0.5


class Places:
    """Places for waiting requests, shared by several blueprints."""

    def __init__(self, most: int = PLACES, patience: float = PATIENCE_SECONDS) -> None:
        self._places, self._patience = threading.BoundedSemaphore(most), patience

    def limit(self, routes: Blueprint) -> Blueprint:
        """Let the data addresses of a blueprint answer that they are busy when no place comes free in time."""
        routes.before_request(self._take)
        routes.teardown_request(self._give_back)
        return routes

    def _take(self) -> Response | None:
        if not request.path.startswith("/api/"):
            return None  # a document waits for its data only a moment
        g.has_place = self._places.acquire(timeout=self._patience)
        if g.has_place:
            return None
        return trouble(Busy("explore", "Too many requests for logs and traces are waiting.", 1.0), parts={})

    def _give_back(self, _: BaseException | None) -> None:
        if g.pop("has_place", False):
            self._places.release()
