"""`/metrics` of the app itself: the query layer's counters and this process."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from queries.metrics.stats import Stats


def blueprint(stats: Stats) -> Blueprint:
    """The scrape address; each worker process answers for itself."""
    process = CollectorRegistry()
    ProcessCollector(registry=process)
    PlatformCollector(registry=process)
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(stats.registry) + generate_latest(process), content_type=CONTENT_TYPE_LATEST)

    return routes
