"""A trace as a tree: depth, self time, critical path (as Jaeger computes it), missing spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from queries.traces.identity import are_ambiguous, distinct, keys, parents
from queries.traces.skew import correct_skew
from queries.traces.types import Span, Trace


@dataclass(frozen=True)
class Arranged:
    """Spans depth first, children by start; every other sequence has an entry a span.

    `critical` says whether a span is on the critical path, `path` in which times (from, to, nanoseconds) nobody below
    it is: those times together are the path. `parent` is an index or -1; `adopted` marks spans whose parent is not
    there. `services` are shares of self time, largest first. `notes` say in plain words what was mended or is missing.
    `keys` name the spans: their ids, made different where spans share one. `is_corrected` says whether clocks differ so
    that times were corrected, or would have been.
    """

    trace_id: str
    spans: tuple[Span, ...]
    depth: tuple[int, ...]
    parent: tuple[int, ...]
    self_ns: tuple[int, ...]
    critical: tuple[bool, ...]
    path: tuple[tuple[tuple[int, int], ...], ...]
    adopted: tuple[bool, ...]
    start_ns: int
    duration_ns: int
    services: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    keys: tuple[str, ...]
    is_corrected: bool


def arrange(trace: Trace, *, as_recorded: bool = False) -> Arranged:
    """Arrange a trace as a tree; `as_recorded` disables the correction of clock skew.

    Raises ValueError for a trace without spans.
    """
    if not trace.spans:
        raise ValueError("A trace without spans cannot be arranged.")
    written = distinct(trace.spans)
    twice = len(trace.spans) - len(written)
    above, adopted, cycles = _parents(written)
    spans, skewed = correct_skew(written, above)
    is_corrected = spans != written
    if as_recorded and is_corrected:
        spans, skewed = written, ("Times are shown as recorded.",)
    order, parent, depth = _depth_first(spans, above)
    placed = [spans[index] for index in order]
    start = min(span.start_ns for span in placed)
    end = max(_end(span) for span in placed)
    own = _self_times(placed, parent)
    named = keys(written)
    path = _critical_path(placed, parent)
    return Arranged(
        trace.trace_id,
        tuple(placed),
        tuple(depth),
        tuple(parent),
        tuple(own),
        tuple(times is not None for times in path),
        tuple(tuple(times or ()) for times in path),
        tuple(adopted[index] for index in order),
        start,
        end - start,
        _shares(placed, own),
        (*_notes(trace, placed, sum(adopted), cycles, twice), *skewed),
        tuple(named[index] for index in order),
        is_corrected,
    )


def _end(span: Span) -> int:
    return span.start_ns + max(0, span.duration_ns)


def _parents(spans: Sequence[Span]) -> tuple[list[int], list[bool], int]:
    """Indices of parents (-1: none), which spans have a missing parent, and how many cycles were cut."""
    above = parents(spans)
    adopted = [bool(span.parent_id) and above[index] < 0 for index, span in enumerate(spans)]
    return above, adopted, _cut_cycles(above)


def _cut_cycles(above: list[int]) -> int:
    """Make the first span of every cycle a root, in place; returns the number of cycles."""
    state = [0] * len(above)  # 0 unknown, 1 on the way, 2 known to end at a root
    cut = 0
    for first in range(len(above)):
        way = []
        index = first
        while index >= 0 and state[index] == 0:
            state[index] = 1
            way.append(index)
            index = above[index]
        if index >= 0 and state[index] == 1:
            above[min(way[way.index(index) :])] = -1
            cut += 1
        for visited in way:
            state[visited] = 2
    return cut


def _depth_first(spans: Sequence[Span], above: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """The order, and for each place in it the place of the parent and the depth."""
    children: dict[int, list[int]] = defaultdict(list)
    # In reverse, because the stack returns them by start.
    for index in sorted(range(len(spans)), key=lambda index: (-spans[index].start_ns, index)):
        children[above[index]].append(index)
    children[-1].sort(key=lambda index: not spans[index].parent_id)  # the root before orphans that began earlier
    order: list[int] = []
    parent: list[int] = []
    depth: list[int] = []
    waiting = [(index, -1, 0) for index in children[-1]]
    while waiting:
        index, parent_place, level = waiting.pop()
        place = len(order)
        order.append(index)
        parent.append(parent_place)
        depth.append(level)
        waiting += [(child, place, level + 1) for child in children[index]]
    return order, parent, depth


def _children(parent: Sequence[int]) -> dict[int, list[int]]:
    children: dict[int, list[int]] = defaultdict(list)
    for index, above in enumerate(parent):
        children[above].append(index)
    return children


def _self_times(spans: Sequence[Span], parent: Sequence[int]) -> list[int]:
    """Duration without the time in which at least one child ran, in nanoseconds."""
    covered = [0] * len(spans)
    reached = [span.start_ns for span in spans]
    for index, above in enumerate(parent):  # children of one parent come by start
        if above < 0:
            continue
        start = max(spans[index].start_ns, reached[above])
        end = min(_end(spans[index]), _end(spans[above]))
        if end > start:
            covered[above] += end - start
            reached[above] = end
    return [max(0, span.duration_ns) - covered[index] for index, span in enumerate(spans)]


def _critical_path(spans: Sequence[Span], parent: Sequence[int]) -> list[list[tuple[int, int]] | None]:
    """The times in which each span itself is on the critical path; None for spans that are not on it.

    Back from the end, always through the child that ended last before, as Jaeger has it; a child that outlives its
    parent is cut off at the parent's end.
    """
    children = _children(parent)
    path: list[list[tuple[int, int]] | None] = [None] * len(spans)
    waiting = [(0, _end(spans[0]))]
    while waiting:
        index, until = waiting.pop()
        own: list[tuple[int, int]] = []
        ends = {child: min(_end(spans[child]), until) for child in children[index]}
        for child in sorted(ends, key=lambda position: (-ends[position], -spans[position].start_ns)):
            if ends[child] <= until and spans[child].start_ns < ends[child]:
                if ends[child] < until:
                    own.append((ends[child], until))
                waiting.append((child, ends[child]))
                until = spans[child].start_ns
        if spans[index].start_ns < until:
            own.append((spans[index].start_ns, until))
        path[index] = own[::-1]
    return path


def _shares(spans: Sequence[Span], own: Sequence[int]) -> tuple[tuple[str, float], ...]:
    sums: dict[str, int] = defaultdict(int)
    for span, self_ns in zip(spans, own, strict=True):
        sums[span.service] += self_ns
    whole = sum(sums.values()) or 1
    return tuple(sorted(((name, value / whole) for name, value in sums.items()), key=lambda pair: (-pair[1], pair[0])))


def _notes(trace: Trace, spans: Sequence[Span], adopted: int, cycles: int, twice: int) -> list[str]:
    notes = list(trace.quality.notes)
    if all(span.parent_id for span in spans):
        notes.append("The root span is missing: its caller may lie outside, or its span was lost.")
    if adopted:
        words = "span has a parent that is" if adopted == 1 else "spans have parents that are"
        notes.append(f"{adopted:,} {words} missing.")
    if cycles:
        notes.append("The parent references of some spans form a cycle, which was cut.")
    if twice:
        words = "span was" if twice == 1 else "spans were"
        notes.append(f"{twice:,} {words} written more than once; each is shown once.")
    if are_ambiguous(spans):
        notes.append("Some spans have the same id.")
    if any(span.duration_ns < 0 for span in spans):
        notes.append("Some spans end before they begin; they are shown without a duration.")
    return notes
