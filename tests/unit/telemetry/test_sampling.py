"""Sampling: the share that was asked for, whole traces, and every failure and every slow request besides."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from telemetry.sampling import PerSecond, sampler
from telemetry.tail import MAX_SPANS, MAX_TRACES, TailProcessor


class Kept:
    """A tracer and the spans that its tail kept."""

    def __init__(self, name: str = "parentbased_traceidratio", argument: float = 0.1, slow_ms: float = 1e9) -> None:
        self.spans: list[ReadableSpan] = []
        self.tail = TailProcessor([self.spans.append], slow_ms)
        self._provider = TracerProvider(sampler(name, argument))
        self._provider.add_span_processor(self.tail)
        self.tracer: Tracer = self._provider.get_tracer("test")

    def traces(self) -> set[int]:
        return {span.get_span_context().trace_id for span in self.spans if span.get_span_context()}


def test_the_kept_share_is_the_ratio_within_its_statistical_bounds() -> None:
    count, ratio = 4_000, 0.1
    remaining = Kept(argument=ratio)
    for _ in range(count):
        with remaining.tracer.start_as_current_span("request"):
            pass
    bound = 4 * math.sqrt(ratio * (1 - ratio) / count)  # four standard deviations: wrong once in 16,000 runs
    assert abs(len(remaining.traces()) / count - ratio) < bound


@pytest.mark.parametrize("ratio", [0.0, 0.01, 0.5])
def test_no_failed_trace_is_lost_whatever_the_ratio(ratio: float) -> None:
    remaining = Kept(argument=ratio)
    failed = set()
    for number in range(500):
        with (
            remaining.tracer.start_as_current_span("request") as root,
            remaining.tracer.start_as_current_span("query") as child,
        ):
            if number % 10 == 0:
                child.set_status(Status(StatusCode.ERROR))
                failed.add(root.get_span_context().trace_id)
    assert failed <= remaining.traces()
    names = [span.name for span in remaining.spans if span.get_span_context().trace_id in failed]  # type: ignore[union-attr]
    assert sorted(names) == ["query"] * 50 + ["request"] * 50


@pytest.mark.parametrize("side_by_side", [True, False])
def test_a_second_call_within_a_trace_that_fails_is_kept_whole(side_by_side: bool) -> None:
    """A caller may try again, or ask twice: each call is a local root of its own."""
    remaining = Kept(argument=0.0)
    above = set_span_in_context(NonRecordingSpan(SpanContext(1, 7, True, TraceFlags(TraceFlags.DEFAULT))))
    first = remaining.tracer.start_span("first", above)
    if not side_by_side:
        first.end()
    with remaining.tracer.start_as_current_span("second", above) as second:
        remaining.tracer.start_span("query").end()
        second.set_status(Status(StatusCode.ERROR))
    if side_by_side:
        first.end()

    assert {span.name for span in remaining.spans} == {"query", "second"}
    assert not remaining.tail._root_of


def test_what_is_kept_at_its_end_has_the_attributes_it_began_with() -> None:
    remaining = Kept(argument=0.0)
    with remaining.tracer.start_as_current_span("request", attributes={"http.request.method": "GET"}) as span:
        span.set_attribute("late", 1)
        span.set_status(Status(StatusCode.ERROR))
    assert dict(remaining.spans[0].attributes or {}) == {"http.request.method": "GET", "late": 1}


def test_slow_requests_are_kept_whatever_the_ratio() -> None:
    remaining = Kept(argument=0.0, slow_ms=100)
    for milliseconds in (99, 100, 2_000):
        remaining.tracer.start_span(f"{milliseconds}", start_time=10**18).end(10**18 + milliseconds * 10**6)
    assert [span.name for span in remaining.spans] == ["100", "2000"]


def test_what_the_caller_sampled_is_kept_and_what_he_did_not_is_not() -> None:
    remaining = Kept("parentbased_always_on")
    for trace_id, flags in ((1, TraceFlags.SAMPLED), (2, TraceFlags.DEFAULT)):
        parent = SpanContext(trace_id, 7, True, TraceFlags(flags))
        remaining.tracer.start_span("served", set_span_in_context(NonRecordingSpan(parent))).end()
    assert remaining.traces() == {1}


def test_always_on_keeps_everything_and_always_off_nothing() -> None:
    for name, expected in (("always_on", 20), ("always_off", 0)):
        remaining = Kept(name)
        for _ in range(20):
            remaining.tracer.start_span("request").end()
        assert len(remaining.spans) == expected


def test_so_many_a_second_with_a_burst_of_a_second() -> None:
    now = [0.0]
    limited = PerSecond(5, lambda: now[0])

    def sampled(count: int) -> int:
        return sum(limited.should_sample(None, 1, "x").decision.is_sampled() for _ in range(count))

    assert sampled(100) == 5
    now[0] = 0.4
    assert sampled(100) == 2
    now[0] = 60
    assert sampled(100) == 5


@pytest.mark.parametrize(("name", "argument"), [("sometimes", 1), ("traceidratio", 1.5), ("rate_limited", 0)])
def test_a_sampler_that_makes_no_sense_is_refused(name: str, argument: float) -> None:
    with pytest.raises(ValueError, match=name):
        sampler(name, argument)


def test_spans_that_end_after_their_root_follow_its_decision() -> None:
    remaining = Kept("always_on")
    with remaining.tracer.start_as_current_span("request"):
        late = remaining.tracer.start_span("background")
    late.end()
    assert [span.name for span in remaining.spans] == ["request", "background"]


def test_memory_is_bounded_when_roots_never_end() -> None:
    remaining = Kept("always_on")
    open_spans = [remaining.tracer.start_span("root") for _ in range(MAX_TRACES + 10)]
    for root in open_spans[:10]:
        remaining.tracer.start_span("child", set_span_in_context(root)).end()
    assert len(remaining.tail._open) == MAX_TRACES


def test_one_huge_trace_is_cut_and_counted() -> None:
    remaining = Kept("always_on")
    with remaining.tracer.start_as_current_span("root"):
        _many(remaining.tracer, MAX_SPANS + 5)
    assert len(remaining.spans) == MAX_SPANS
    assert remaining.tail.dropped == 6


def _many(tracer: Tracer, count: int) -> Sequence[None]:
    return [tracer.start_span("step").end() for _ in range(count)]
