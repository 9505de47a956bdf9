"""Protect the backend: a slot, a closed circuit, and a memory for refusals."""

from __future__ import annotations

from collections.abc import Mapping

from queries.core.circuit_breaker import ConcurrencyLimiter
from queries.core.errors import LimitExceeded, QueryRejected, SourceUnavailable
from queries.metrics.pipeline.base import Call, Handler, Reply


def guard(inner: Handler, limiters: Mapping[str, ConcurrencyLimiter]) -> Handler:
    """Pass while the source takes requests. A refused query is not sent again for a while."""

    def handle(call: Call) -> Reply:
        limiter = limiters[call.request.source]
        limiter.enter(call.deadline)
        answered, cause = False, ""
        try:
            reply = inner(call)
            answered = True
            return reply
        except (QueryRejected, LimitExceeded):
            answered = True  # it lives, and knows what it wants
            raise
        except SourceUnavailable as error:
            cause = error.sentence
            raise
        finally:
            limiter.leave(answered, cause)

    return handle
