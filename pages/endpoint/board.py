"""One endpoint: its request rate, errors and duration. Clicks on an endpoint open this page."""

from __future__ import annotations

from pages import thresholds
from pages.api_performance import NO_TRAFFIC, body_sizes, latency_distribution, status_codes
from pages.expressions import quantile, quantiles, share, total_rate
from pages.overview import DURATION, REQUESTS
from panels.spec import Dashboard, Lines, Panel, Query, Tile, Unit

BOARD = Dashboard(
    "endpoint",
    "Endpoint",
    "How does this endpoint perform?",
    (
        Panel(
            id="rate",
            title="Request rate",
            unit=Unit.REQUESTS_PER_SECOND,
            view=Tile(),
            queries=(Query(total_rate(REQUESTS)),),
            description="Requests per second answered by this endpoint.",
            empty_message=NO_TRAFFIC,
            span=3,
            rows=2,
        ),
        Panel(
            id="errors",
            title="Error rate",
            unit=Unit.PERCENT,
            view=Tile(thresholds.ERROR_RATE, rising_is_bad=True, gauge=(0, 10)),
            queries=(Query(share(REQUESTS, 'status=~"5.."')),),
            description="Share of its requests answered with a 5xx status.",
            empty_message=NO_TRAFFIC,
            span=3,
            rows=2,
        ),
        Panel(
            id="p95",
            title="Response time p95",
            unit=Unit.MILLISECONDS,
            view=Tile(thresholds.RESPONSE_TIME, rising_is_bad=True),
            queries=(Query(quantile(0.95, DURATION)),),
            description="95 % of its requests were answered within this time.",
            empty_message=NO_TRAFFIC,
            span=3,
            rows=2,
        ),
        Panel(
            id="refused",
            title="Refused",
            unit=Unit.PERCENT,
            view=Tile(thresholds.REJECTED, rising_is_bad=True),
            queries=(Query(share(REQUESTS, 'status=~"4.."')),),
            description=(
                "Share of its requests answered with a 4xx status: invalid requests, missing permissions, rate limits."
            ),
            empty_message=NO_TRAFFIC,
            span=3,
            rows=2,
        ),
        Panel(
            id="duration",
            title="Response time",
            unit=Unit.MILLISECONDS,
            view=Lines(),
            queries=quantiles(DURATION),
            description="p50, p95 and p99 of this endpoint, computed from histogram buckets.",
            empty_message=NO_TRAFFIC,
        ),
        Panel(
            id="error-course",
            title="Error rate",
            unit=Unit.PERCENT,
            view=Lines(thresholds=thresholds.ERROR_RATE),
            queries=(Query(share(REQUESTS, 'status=~"5.."'), "5xx", colour="--status-5xx"),),
            description="Share of its requests answered with a 5xx status, with the thresholds at 1 % and 5 %.",
            empty_message=NO_TRAFFIC,
        ),
        latency_distribution("Latency distribution", "Its requests per second in each latency bucket."),
        status_codes(),
        *body_sizes("Size of its request bodies.", "Size of its response bodies.", span=6),
    ),
    filters=("environment", "job", "endpoint", "instance"),
)
