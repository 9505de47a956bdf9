"""Liveness (the process answers) and readiness (its sources answer too)."""

from __future__ import annotations

import time

from flask import Blueprint, Response, jsonify

from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.metrics.metadata import Metadata

SECONDS = 2.0


def blueprint(source: Metadata) -> Blueprint:
    """`/health/live` and `/health/ready`."""
    routes = Blueprint("health", __name__, url_prefix="/health")

    @routes.get("/live")
    def live() -> Response:
        return jsonify(status="live")

    @routes.get("/ready")
    def ready() -> tuple[Response, int]:
        try:
            source.started_at(Deadline.after(SECONDS))
            source.label_values("__name__", "up", _last_minutes(), Deadline.after(SECONDS))
        except QueryError as error:
            return jsonify(status="not ready", reason=error.sentence), 503
        return jsonify(status="ready"), 200

    return routes


def _last_minutes() -> Window:
    now = int(time.time())
    return Window(now - 600, now, 15)
