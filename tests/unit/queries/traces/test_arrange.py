"""A trace in tree order: self time, critical path, what is missing or wrong; two compared; clocks set right."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.traces.arrange import Arranged, arrange
from queries.traces.compare import compare
from queries.traces.types import Kind, Span, Trace

MS = 1_000_000


def span(number: int, parent: int = 0, start: float = 0, ms: float = 10, *, service: str = "A", name: str = "") -> Span:
    """A span; ids are numbers, times milliseconds."""
    above = str(parent) if parent else ""
    return Span("t", str(number), above, name or f"n{number}", service, int((1_000 + start) * MS), int(ms * MS))


def arranged(*spans: Span, **how: bool) -> Arranged:
    return arrange(Trace("t", spans), **how)


def names(result: Arranged) -> list[str]:
    return [span_.span_id for span_ in result.spans]


def test_the_root_comes_before_orphans_that_began_earlier() -> None:
    result = arranged(span(2, 9, start=-5), span(1, ms=50))
    assert names(result) == ["1", "2"]
    assert result.critical == (True, False)


def test_children_follow_their_parent_by_start() -> None:
    result = arranged(span(4, 1, 5), span(3, 2, 2), span(1, ms=20), span(2, 1, 1))
    assert names(result) == ["1", "2", "3", "4"]
    assert result.depth == (0, 1, 2, 1)
    assert result.parent == (-1, 0, 1, 0)


def test_self_time_is_what_no_child_covers() -> None:
    result = arranged(span(1, ms=100), span(2, 1, 10, 30), span(3, 1, 20, 30), span(4, 1, 90, 50))
    assert result.self_ns[0] == (10 + 40 + 0) * MS  # 0–10, 50–90; the last child covers the rest


def test_shares_of_services_are_shares_of_self_time() -> None:
    result = arranged(span(1, ms=100), span(2, 1, 10, 75, service="B"))
    assert result.services == (("B", 0.75), ("A", 0.25))


def test_the_critical_path_goes_back_through_who_ended_last() -> None:
    # 2 and 3 run side by side, 3 ends later; 4 comes after both; 5 is inside 2, which nobody waited for.
    result = arranged(span(1, ms=100), span(2, 1, 10, 20), span(5, 2, 12, 5), span(3, 1, 10, 40), span(4, 1, 60, 30))
    marked = {span_.span_id for span_, on in zip(result.spans, result.critical, strict=True) if on}
    assert marked == {"1", "3", "4"}


def test_a_child_that_outlives_its_parent_is_still_on_the_path() -> None:
    result = arranged(span(1, ms=50), span(2, 1, 10, 60))
    assert result.critical == (True, True)


def test_a_missing_root_is_said_and_its_children_are_shown() -> None:
    result = arranged(span(2, 1), span(3, 1, 5))
    assert result.adopted == (True, True)
    assert any("root span is missing" in note for note in result.notes)


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([span(1, 2), span(2, 1)], "cycle"),
        ([span(1, 1)], "cycle"),
        ([span(1), span(1, name="again")], "same id"),
        ([span(1), span(2, 1), span(2, 1)], "1 span was written more than once"),
        ([span(1, ms=-5)], "end before they begin"),
        ([span(1), span(2, 9)], "parent that is missing"),
    ],
)
def test_what_is_wrong_is_said(spans: list[Span], message: str) -> None:
    assert any(message in note for note in arranged(*spans).notes)


def test_a_trace_without_spans_is_no_trace() -> None:
    with pytest.raises(ValueError, match="without spans"):
        arranged()


def test_a_chain_of_fifty_thousand_needs_no_recursion() -> None:
    result = arranged(*(span(n, n - 1, n / 100, 1_000) for n in range(1, 50_001)))
    assert result.depth[-1] == 49_999


@st.composite
def any_spans(draw: st.DrawFn) -> list[Span]:
    """Spans with whatever parents: missing ones, cycles, themselves."""
    count = draw(st.integers(1, 25))
    return [
        span(
            n,
            draw(st.integers(0, count + 2)),
            draw(st.integers(0, 50)),
            draw(st.integers(-5, 50)),
            service=draw(st.sampled_from("ABC")),
        )
        for n in range(1, count + 1)
    ]


@given(any_spans())
def test_every_span_appears_once_below_its_parent(spans: list[Span]) -> None:
    result = arranged(*spans)
    assert sorted(names(result)) == sorted(span_.span_id for span_ in spans)
    assert arranged(*spans, *spans).spans == result.spans  # written twice, shown once
    for instant, parent in enumerate(result.parent):
        assert parent < instant
        assert result.depth[instant] == (result.depth[parent] + 1 if parent >= 0 else 0)
    assert all(own >= 0 for own in result.self_ns)
    assert sum(share for _, share in result.services) == pytest.approx(1) or not any(result.self_ns)


@given(any_spans())
def test_the_times_of_the_critical_path_fill_the_root_once(spans: list[Span]) -> None:
    """Of spans that lie within their parents: whatever time it is, somebody is to blame for it."""
    whole = span(99, ms=200)
    inside = [replace(span_, parent_id="99", duration_ns=abs(span_.duration_ns)) for span_ in spans]
    result = arranged(whole, *inside)
    times = sorted(instant for path in result.path for instant in path)

    assert times[0][0] == whole.start_ns
    assert times[-1][1] == whole.start_ns + whole.duration_ns
    assert all(before[1] == after[0] for before, after in itertools.pairwise(times))
    assert all(on or not path for on, path in zip(result.critical, result.path, strict=True))


@given(st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_self_times_of_a_sequence_make_up_the_whole(sizes: list[int]) -> None:
    spans, instant = [span(1, ms=sum(sizes) + 10)], 5
    for number, ms in enumerate(sizes, 2):
        spans.append(span(number, 1, instant, ms))
        instant += ms
    assert sum(arranged(*spans).self_ns) == spans[0].duration_ns


def test_another_services_clock_is_set_right_and_said() -> None:
    result = arranged(span(1, ms=100), span(2, 1, -500, 60, service="B"), span(3, 2, -490, 20, service="B"))
    starts = {span_.span_id: span_.start_ns / MS - 1_000 for span_ in result.spans}
    assert starts == {"1": 0, "2": 20, "3": 30}  # in the middle of its caller, its child with it
    assert any("clocks of B and A differ" in note and "520 ms later" in note for note in result.notes)


def test_a_clock_behind_a_skewed_one_is_judged_by_its_own() -> None:
    result = arranged(
        span(1, ms=100),
        span(2, 1, 1_000, 60, service="B"),
        span(3, 2, 30, 20, service="A", name="back"),
    )
    starts = {span_.span_id: span_.start_ns / MS - 1_000 for span_ in result.spans}
    assert starts == {"1": 0, "2": 20, "3": 30}


@pytest.mark.parametrize(
    "child",
    [
        span(2, 1, 0.5, 99.4, service="B"),  # fits
        span(2, 1, -0.4, 50, service="B"),  # noise
        span(2, 1, 50, 400, service="B"),  # outlives its parent, as a stream does
        replace(span(2, 1, 900, 10, service="B"), kind="consumer"),  # consumed later
        span(2, 1, 90, 60),  # the same service has one clock
    ],
)
def test_what_a_clock_does_not_explain_is_left_alone(child: Span) -> None:
    result = arranged(span(1, ms=100), child)
    assert result.spans[1].start_ns == child.start_ns
    assert not any("clocks" in note for note in result.notes)


def starts(result: Arranged) -> dict[str, float]:
    """Milliseconds after the first root's start, by id."""
    return {span_.span_id: span_.start_ns / MS - 1_000 for span_ in result.spans}


def call(
    number: int, start: float, ms: float, *, parent: int = 1, service: str = "B", kind: Kind = "server", host: str = ""
) -> Span:
    resource = {"host.name": host} if host else {}
    return replace(span(number, parent, start, ms, service=service), kind=kind, resource=resource)


MINUTE, HOUR = 60_000, 3_600_000
CLIENT = replace(span(1, ms=100), kind="client")
SERVER = replace(span(1, ms=100), kind="server")


@pytest.mark.parametrize(
    ("parent", "children"),
    [
        (SERVER, [call(2, 10, 30), call(3, MINUTE, 50)]),  # another call fits: the clock is right
        (SERVER, [call(3, MINUTE, 50)]),
        (SERVER, [call(3, 500, 50)]),  # below a span that is no client's, a call may be asynchronous
        (CLIENT, [call(3, MINUTE, 50)]),  # more than a clock is ever wrong by
        (CLIENT, [call(3, HOUR, 50)]),
        (CLIENT, [call(2, 10, 30), call(3, 3_000, 50)]),
        (CLIENT, [call(2, 10, 30), call(3, -200, 50)]),  # one clock cannot explain both
        (CLIENT, [call(2, 40, 500)]),  # the caller gave up
        (CLIENT, [call(2, 30, 5, kind="consumer")]),
    ],
)
def test_what_is_possible_or_too_far_is_shown_as_recorded(parent: Span, children: list[Span]) -> None:
    result = arranged(parent, *children)
    assert starts(result) == {"1": 0, **{child.span_id: child.start_ns / MS - 1_000 for child in children}}
    assert not any("clocks" in note for note in result.notes)
    assert not result.is_corrected


def test_a_call_long_before_its_caller_is_left_and_said() -> None:
    result = arranged(CLIENT, call(2, -HOUR, 50))
    assert starts(result)["2"] == -HOUR
    assert any("3,600 s before its caller" in note and "as recorded" in note for note in result.notes)


def test_spans_of_one_clock_move_together() -> None:
    """The one that begins before its caller tells of the clock; the others only follow it."""
    result = arranged(CLIENT, call(2, -200, 60), call(3, -190, 20, parent=2), call(4, -130, 10))
    moved = {
        name: instant - before
        for (name, instant), before in zip(sorted(starts(result).items()), (0, -200, -190, -130), strict=True)
    }
    assert moved == {"1": 0, "2": 175, "3": 175, "4": 175}


def test_each_host_has_a_clock_of_its_own() -> None:
    result = arranged(CLIENT, call(2, 10, 20, host="x"), call(3, -500, 60, host="y"))
    assert starts(result) == {"1": 0, "2": 10, "3": 20}


def test_times_can_be_seen_as_recorded() -> None:
    spans = (CLIENT, call(2, -200, 60))
    recorded, moved = arranged(*spans, as_recorded=True), arranged(*spans)
    assert (starts(recorded)["2"], starts(moved)["2"]) == (-200, 20)
    assert recorded.is_corrected
    assert moved.is_corrected
    assert any("as recorded" in note for note in recorded.notes)


def test_two_traces_are_compared_by_what_they_spent() -> None:
    slow = arranged(span(1, ms=100, name="root"), span(2, 1, 0, 80, name="query"), span(3, 1, 80, 10, name="only here"))
    fast = arranged(span(1, ms=30, name="root"), span(2, 1, 0, 20, name="query"))
    result = compare(slow, fast).differences

    assert [(match.name, match.more_ns // MS) for match in result] == [("query", 60), ("only here", 10), ("root", 0)]
    assert result[1].second.calls == 0
