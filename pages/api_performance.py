"""API Performance: which endpoints are slow or failing, since when, and for whom?"""

from __future__ import annotations

from dataclasses import replace

from pages import thresholds
from pages.expressions import RANGE, quantile, quantiles, share, total_rate
from pages.overview import DURATION, REQUESTS
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
    """The histogram of response times over time, for the endpoints selected by the filters."""
    return Panel(
        id="latency-distribution",
        title=title,
        unit=Unit.REQUESTS_PER_SECOND,
        view=BucketHeatmap(),
        queries=(Query(total_rate(DURATION + "_bucket", ("le",))),),
        description=description,
        empty_message=NO_TRAFFIC,
        drill=Drill("/traces", "le"),
    )


def status_codes() -> Panel:
    """Requests per second, stacked by status code."""
    return Panel(
        id="status-codes",
        title="Status codes",
        unit=Unit.REQUESTS_PER_SECOND,
        view=Lines(stacked=True, top=10),
        queries=(Query(total_rate(REQUESTS, ("status",)), "{{status}}"),),
        description=(
            "Requests per second by status code. 429 means that a rate limit rejected the request. 5xx codes count as "
            "errors."
        ),
        empty_message=NO_TRAFFIC,
        drill=TO_CODE,
    )


def body_sizes(of_requests: str, of_responses: str, span: int) -> tuple[Panel, Panel]:
    """Quantiles of the sizes of request and response bodies, with a description of each."""
    request = Panel(
        id="request-size",
        title="Request size",
        unit=Unit.BYTES,
        view=Lines(log=True),
        queries=quantiles("codeagent_request_size_bytes"),
        description=of_requests,
        empty_message=NO_TRAFFIC,
        span=span,
    )
    response = replace(
        request,
        id="response-size",
        title="Response size",
        queries=quantiles("codeagent_response_size_bytes"),
        description=of_responses,
    )
    return request, response


_SLOWEST = Panel(
    id="slowest",
    title="Slowest endpoints",
    unit=Unit.MILLISECONDS,
    view=Table(
        ENDPOINT,
        (
            Column("p95", 1, Unit.MILLISECONDS, thresholds=thresholds.RESPONSE_TIME),
            Column("p50", 0, Unit.MILLISECONDS),
            Column("p99", 2, Unit.MILLISECONDS),
            Column("Rate", 3, Unit.REQUESTS_PER_SECOND),
            Column("Errors", 4, Unit.PERCENT, thresholds=thresholds.ERROR_RATE),
            Column("Share of time", 5, Unit.PERCENT, bar=True, share=True),
            Column("p95 over time", 6, Unit.MILLISECONDS, spark=True),
        ),
    ),
    queries=(
        *(Query(quantile(q, DURATION, ENDPOINT, RANGE), over=Over.INSTANT) for q in (0.5, 0.95, 0.99)),
        Query(total_rate(REQUESTS, ENDPOINT, over=RANGE), over=Over.INSTANT),
        Query(share(REQUESTS, 'status=~"5.."', ENDPOINT, RANGE), over=Over.INSTANT),
        Query(total_rate(DURATION + "_sum", ENDPOINT, over=RANGE), over=Over.INSTANT),
        Query(quantile(0.95, DURATION, ENDPOINT)),
    ),
    description=(
        "Endpoints over the whole range, those with the highest p95 first. Share of time is an endpoint's part of the "
        "total time spent on answers: optimize endpoints with a high share first, not a slow endpoint with few calls."
    ),
    empty_message=NO_TRAFFIC,
    span=12,
    rows=4,
    drill=TO_ENDPOINT,
)

BOARD = Dashboard(
    "api-performance",
    "API Performance",
    "Which endpoints are slow or failing, and since when?",
    (
        Panel(
            id="latency-by-endpoint",
            title="p95 by endpoint",
            unit=Unit.MILLISECONDS,
            view=LabelHeatmap(),
            queries=(Query(quantile(0.95, DURATION, ENDPOINT), "{{method}} {{endpoint}}"),),
            description=(
                "One row per endpoint, one column per step; the colour shows p95 on a logarithmic scale. A dark "
                "stripe across many rows points to a shared cause, a single dark row to that endpoint."
            ),
            empty_message=NO_TRAFFIC,
            span=8,
            drill=TO_ENDPOINT,
        ),
        Panel(
            id="status-share",
            title="Status codes, share",
            unit=Unit.REQUESTS_PER_SECOND,
            view=Bars(share=True),
            queries=(Query(total_rate(REQUESTS, ("status",), over=RANGE), "{{status}}", Over.INSTANT),),
            description="Each status code's share of the requests in the whole range.",
            empty_message=NO_TRAFFIC,
            span=4,
            drill=TO_CODE,
        ),
        _SLOWEST,
        latency_distribution(
            "Latency distribution",
            "Requests per second in each latency bucket. Two bands mean two kinds of request: select a single endpoint "
            "in the filter to separate them.",
        ),
        status_codes(),
        Panel(
            id="requests-by-endpoint",
            title="Requests by endpoint",
            unit=Unit.REQUESTS_PER_SECOND,
            view=Bars(share=True),
            queries=(Query(total_rate(REQUESTS, ENDPOINT, over=RANGE), "{{method}} {{endpoint}}", Over.INSTANT),),
            description=(
                "Mean requests per second of each endpoint over the whole range, and its share of all requests."
            ),
            empty_message=NO_TRAFFIC,
            span=4,
            drill=TO_ENDPOINT,
        ),
        *body_sizes(
            "Size of request bodies. A growing p99 means that prompts or uploads are growing.",
            "Size of response bodies as sent.",
            span=4,
        ),
    ),
    filters=("environment", "job", "endpoint", "instance"),
    short="API",
)
