"""Which traces are sampled at their head: always, a share by trace id, or so many a second; children follow."""

# ruff: noqa: ARG002  (the signature is the SDK's)
from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Lock

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class PerSecond(Sampler):
    """At most `rate` roots a second, with bursts of up to a second's worth."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._tokens, self._refilled = max(rate, 1.0), clock()
        self._lock = Lock()

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Sample while tokens last."""
        with self._lock:
            now = self._clock()
            self._tokens = min(max(self._rate, 1.0), self._tokens + (now - self._refilled) * self._rate)
            self._refilled = now
            if self._tokens >= 1:
                self._tokens -= 1
                return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, trace_state)
        return SamplingResult(Decision.DROP, None, trace_state)

    def get_description(self) -> str:
        """As shown in logs."""
        return f"PerSecond{{{self._rate}}}"


class RecordAll(Sampler):
    """Another sampler, whose dropped spans are recorded all the same, with the attributes they began with.

    The SDK's own `AlwaysRecordSampler` loses those: a sampler that drops answers without attributes.
    """

    def __init__(self, chosen: Sampler) -> None:
        self._chosen = chosen

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Ask the other; DROP becomes RECORD_ONLY."""
        decision = self._chosen.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        if decision.decision is not Decision.DROP:
            return decision
        return SamplingResult(Decision.RECORD_ONLY, attributes, decision.trace_state)

    def get_description(self) -> str:
        """As shown in logs."""
        return f"RecordAll{{{self._chosen.get_description()}}}"


def sampler(name: str, argument: float, record_all: bool = True) -> Sampler:
    """A sampler by OpenTelemetry's name for it, or `rate_limited`; ValueError for another name or a wrong argument.

    With `record_all`, what is not sampled is still recorded, so that failures and slow traces can be kept later.
    """
    chosen = ParentBased(_root(name, argument))
    return RecordAll(chosen) if record_all else chosen


def _root(name: str, argument: float) -> Sampler:
    match name.removeprefix("parentbased_"):
        case "always_on":
            return ALWAYS_ON
        case "always_off":
            return TraceIdRatioBased(0.0)
        case "traceidratio" if 0 <= argument <= 1:
            return TraceIdRatioBased(argument)
        case "rate_limited" if argument > 0:
            return PerSecond(argument)
    raise ValueError(f"No sampler is called {name!r} with the argument {argument}.")
