"""API Performance: which endpoint got slow or fails, since when, and for whom?"""

from __future__ import annotations

from pages.expressions import RANGE, quantile, quantiles, share, total_rate
from pages.overview import DURATION, ERROR_THRESHOLDS, P95_THRESHOLDS, REQUESTS
from panels.spec import (
    Bars,
    BucketHeatmap,
    Column,
    Dashboard,
    Drill,
    LabelHeatmap,
    Lines,
    Over,
    Panel,
    Query,
    Table,
    Unit,
)

ENDPOINT = ("endpoint", "method")
TO_ENDPOINT = Drill("/endpoint", "endpoint")
TO_CODE = Drill("/traces", "status", "code")
NO_TRAFFIC = "No request was answered in this range."


def latency_distribution(title: str, description: str) -> Panel:
    """The histogram of response times over time, of the endpoints that the filters choose."""
    return Panel(
        "latency-distribution", title, Unit.REQUESTS_PER_SECOND, BucketHeatmap(),
        (Query(total_rate(DURATION + "_bucket", ("le",))),), description, NO_TRAFFIC, drill=Drill("/traces", "le"),
    )  # fmt: skip


def status_codes() -> Panel:
    """Requests per second, stacked by status code."""
    return Panel(
        "status-codes", "Status codes", Unit.REQUESTS_PER_SECOND, Lines(stacked=True, top=10),
        (Query(total_rate(REQUESTS, ("status",)), "{{status}}"),),
        "Requests per second by status code. 429 means that a limit refused the request; 5xx count as errors.",
        NO_TRAFFIC, drill=TO_CODE,
    )  # fmt: skip


_SLOWEST = Panel(
    "slowest", "Slowest endpoints", Unit.MILLISECONDS,
    Table(ENDPOINT, (
        Column("p95", 1, Unit.MILLISECONDS, thresholds=P95_THRESHOLDS),
        Column("p50", 0, Unit.MILLISECONDS),
        Column("p99", 2, Unit.MILLISECONDS),
        Column("Rate", 3, Unit.REQUESTS_PER_SECOND),
        Column("Errors", 4, Unit.PERCENT, thresholds=ERROR_THRESHOLDS),
        Column("Share of time", 5, Unit.PERCENT, bar=True, share=True),
        Column("p95 over time", 6, Unit.MILLISECONDS, spark=True),
    )),
    (
        *(Query(quantile(q, DURATION, ENDPOINT, RANGE), over=Over.INSTANT) for q in (0.5, 0.95, 0.99)),
        Query(total_rate(REQUESTS, ENDPOINT, over=RANGE), over=Over.INSTANT),
        Query(share(REQUESTS, 'status=~"5.."', ENDPOINT, RANGE), over=Over.INSTANT),
        Query(total_rate(DURATION + "_sum", ENDPOINT, over=RANGE), over=Over.INSTANT),
        Query(quantile(0.95, DURATION, ENDPOINT)),
    ),
    "The ten endpoints with the highest p95 over the whole range. Share of time is an endpoint's part of all the "
    "time spent answering: work on what is high there, not on a slow endpoint that nobody calls.",
    NO_TRAFFIC, span=12, rows=4, drill=TO_ENDPOINT,
)  # fmt: skip

BOARD = Dashboard(
    "api-performance",
    "API Performance",
    "Which endpoint got slow or fails, and since when?",
    (
        Panel(
            "latency-by-endpoint", "p95 by endpoint", Unit.MILLISECONDS, LabelHeatmap(),
            (Query(quantile(0.95, DURATION, ENDPOINT), "{{method}} {{endpoint}}"),),
            "One row an endpoint, one column a step, colour by p95 on a logarithmic scale. A dark stripe down many "
            "rows is a shared cause; one dark row is that endpoint's own.",
            NO_TRAFFIC, span=8, drill=TO_ENDPOINT,
        ),
        Panel(
            "status-share", "Status codes, share", Unit.REQUESTS_PER_SECOND, Bars(share=True),
            (Query(total_rate(REQUESTS, ("status",), over=RANGE), "{{status}}", Over.INSTANT),),
            "Each status code's share of the requests in the whole range.", NO_TRAFFIC, span=4,
            drill=TO_CODE,
        ),
        _SLOWEST,
        latency_distribution(
            "Latency distribution",
            "How many requests per second fell into each latency bucket. Two bands are two kinds of request: "
            "choose one endpoint in the filter to see it alone.",
        ),
        status_codes(),
        Panel(
            "requests-by-endpoint", "Requests by endpoint", Unit.REQUESTS_PER_SECOND, Bars(share=True),
            (Query(total_rate(REQUESTS, ENDPOINT, over=RANGE), "{{method}} {{endpoint}}", Over.INSTANT),),
            "Mean requests per second of each endpoint over the whole range, and its share.", NO_TRAFFIC,
            span=4, drill=TO_ENDPOINT,
        ),
        Panel(
            "request-size", "Request size", Unit.BYTES, Lines(log=True), quantiles("codeagent_request_size_bytes"),
            "Size of request bodies. A growing p99 is a prompt or an upload that grew.", NO_TRAFFIC, span=4,
        ),
        Panel(
            "response-size", "Response size", Unit.BYTES, Lines(log=True), quantiles("codeagent_response_size_bytes"),
            "Size of response bodies, as sent.", NO_TRAFFIC, span=4,
        ),
    ),
    filters=("environment", "endpoint", "instance"),
    short="API",
)  # fmt: skip
