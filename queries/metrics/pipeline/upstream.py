"""The end of the way: ask the source."""

from __future__ import annotations

from queries.core.errors import LimitExceeded, QueryError
from queries.metrics.pipeline.base import Call, Handler, Parts, Reply


def upstream(parts: Parts) -> Handler:
    """The frame of the call's window as the source answers it."""

    def handle(call: Call) -> Reply:
        name = call.request.source
        outcome = "answered"
        try:
            fetched = parts.sources[name].range(call.request, call.deadline)
        except QueryError as error:
            outcome = type(error).__name__
            raise
        finally:
            parts.stats.upstream.labels(name, outcome).inc()
        parts.stats.upstream_bytes.labels(name).inc(fetched.bytes)
        parts.stats.samples.labels("upstream").inc(fetched.frame.samples)
        series, most = len(fetched.frame.labels), parts.settings.max_series
        if series > most:
            raise LimitExceeded(
                f"The query answers with {series:,} series; the limit is {most:,}.",
                "Aggregate with sum by (…), or filter.",
            )
        return Reply(fetched.frame, as_of=fetched.as_of, warned=fetched.warned)

    return handle
