"""The end of the way: ask the source."""

from __future__ import annotations

from collections.abc import Mapping

from queries.core.errors import LimitExceeded, QueryError
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.source import Source
from queries.metrics.stats import Stats


def upstream(sources: Mapping[str, Source], max_series: int, stats: Stats) -> Handler:
    """The frame of the call's window as the source answers it."""

    def handle(call: Call) -> Reply:
        name = call.request.source
        outcome = "answered"
        try:
            fetched = sources[name].range(call.request, call.deadline)
        except QueryError as error:
            outcome = type(error).__name__
            raise
        finally:
            stats.upstream.labels(name, outcome).inc()
        stats.upstream_bytes.labels(name).inc(fetched.bytes)
        stats.samples.labels("upstream").inc(fetched.frame.samples)
        series = len(fetched.frame.labels)
        if series > max_series:
            raise LimitExceeded(
                f"The query returns {series:,} series; the limit is {max_series:,}.",
                "Aggregate with sum by (…), or filter.",
            )
        return Reply(fetched.frame, as_of=fetched.as_of, warned=fetched.warned)

    return handle
