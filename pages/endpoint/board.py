"""One endpoint: its rate, errors and duration; the page behind a click on an endpoint."""

from __future__ import annotations

from pages.api_performance import NO_TRAFFIC, latency_distribution, status_codes
from pages.expressions import quantile, quantiles, share, total_rate
from pages.overview import DURATION, ERROR_THRESHOLDS, P95_THRESHOLDS, REQUESTS
from panels.spec import Dashboard, Lines, Panel, Query, Thresholds, Tile, Unit

BOARD = Dashboard(
    "endpoint",
    "Endpoint",
    "How does this endpoint do?",
    (
        Panel(
            "rate", "Request rate", Unit.REQUESTS_PER_SECOND, Tile(), (Query(total_rate(REQUESTS)),),
            "Requests per second answered by this endpoint.", NO_TRAFFIC, span=3, rows=2,
        ),
        Panel(
            "errors", "Error rate", Unit.PERCENT, Tile(ERROR_THRESHOLDS, rising_is_bad=True, gauge=(0, 10)),
            (Query(share(REQUESTS, 'status=~"5.."')),),
            "Share of its requests answered with a 5xx status.", NO_TRAFFIC, span=3, rows=2,
        ),
        Panel(
            "p95", "Response time p95", Unit.MILLISECONDS, Tile(P95_THRESHOLDS, rising_is_bad=True),
            (Query(quantile(0.95, DURATION)),),
            "95 of 100 of its requests were answered within this time.", NO_TRAFFIC, span=3, rows=2,
        ),
        Panel(
            "refused", "Refused", Unit.PERCENT, Tile(Thresholds(warning=5, critical=25), rising_is_bad=True),
            (Query(share(REQUESTS, 'status=~"4.."')),),
            "Share of its requests answered with a 4xx status: bad requests, no permission, limits.",
            NO_TRAFFIC, span=3, rows=2,
        ),
        Panel(
            "duration", "Response time", Unit.MILLISECONDS, Lines(), quantiles(DURATION),
            "p50, p95 and p99 of this endpoint, from histogram buckets.", NO_TRAFFIC,
        ),
        Panel(
            "error-course", "Error rate", Unit.PERCENT, Lines(thresholds=ERROR_THRESHOLDS),
            (Query(share(REQUESTS, 'status=~"5.."'), "5xx", colour="--status-5xx"),),
            "Share of its requests answered with a 5xx status, with the 1 % and 5 % lines.", NO_TRAFFIC,
        ),
        latency_distribution(
            "Latency distribution", "How many of its requests per second fell into each latency bucket."
        ),
        status_codes(),
        Panel(
            "request-size", "Request size", Unit.BYTES, Lines(log=True), quantiles("codeagent_request_size_bytes"),
            "Size of its request bodies.", NO_TRAFFIC,
        ),
        Panel(
            "response-size", "Response size", Unit.BYTES, Lines(log=True), quantiles("codeagent_response_size_bytes"),
            "Size of its response bodies.", NO_TRAFFIC,
        ),
    ),
    filters=("environment", "endpoint", "instance"),
)  # fmt: skip
