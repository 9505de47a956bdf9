"""A trace in tree order, with what a reader asks of it: depth, self time, the critical path, what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from queries.traces.identity import are_ambiguous, distinct, keys, parents
from queries.traces.skew import corrected
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
    """Put a trace in order; `as_recorded` leaves times as they are where clocks differ.

    Raises ValueError for a trace without spans.
    """
    if not trace.spans:
        raise ValueError("A trace without spans cannot be arranged.")
    written = distinct(trace.spans)
    twice = len(trace.spans) - len(written)
    above, adopted, circles = _parents(written)
    spans, skewed = corrected(written, above)
    is_corrected = spans != written
    if as_recorded and is_corrected:
        spans, skewed = written, ("Times are shown as recorded.",)
    order, parent, depth = _depth_first(spans, above)
    placed = [spans[at] for at in order]
    start = min(span.start_ns for span in placed)
    end = max(_end(span) for span in placed)
    own = _self_times(placed, parent)
    named = keys(written)
    path = _critical_path(placed, parent)
    return Arranged(
        trace.trace_id, tuple(placed), tuple(depth), tuple(parent), tuple(own),
        tuple(each is not None for each in path), tuple(tuple(each or ()) for each in path),
        tuple(adopted[at] for at in order), start, end - start, _shares(placed, own),
        (*_notes(trace, placed, sum(adopted), circles, twice), *skewed), tuple(named[at] for at in order), is_corrected,
    )  # fmt: skip


def _end(span: Span) -> int:
    return span.start_ns + max(0, span.duration_ns)


def _parents(spans: Sequence[Span]) -> tuple[list[int], list[bool], int]:
    """Indices of parents (-1: none), who has a parent that is not there, and how many circles were cut."""
    above = parents(spans)
    adopted = [bool(span.parent_id) and above[at] < 0 for at, span in enumerate(spans)]
    return above, adopted, _cut_circles(above)


def _cut_circles(above: list[int]) -> int:
    """Make a root of the first span of every circle; in place."""
    state = [0] * len(above)  # 0 unknown, 1 on the way, 2 known to end at a root
    cut = 0
    for first in range(len(above)):
        way = []
        at = first
        while at >= 0 and state[at] == 0:
            state[at] = 1
            way.append(at)
            at = above[at]
        if at >= 0 and state[at] == 1:
            above[min(way[way.index(at) :])] = -1
            cut += 1
        for each in way:
            state[each] = 2
    return cut


def _depth_first(spans: Sequence[Span], above: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """The order, and for each place in it the place of the parent and the depth."""
    children: dict[int, list[int]] = defaultdict(list)
    # The last first: a stack gives them back by start.
    for at in sorted(range(len(spans)), key=lambda at: (-spans[at].start_ns, at)):
        children[above[at]].append(at)
    children[-1].sort(key=lambda at: not spans[at].parent_id)  # the root before orphans that began earlier
    order: list[int] = []
    parent: list[int] = []
    depth: list[int] = []
    waiting = [(at, -1, 0) for at in children[-1]]
    while waiting:
        at, up, deep = waiting.pop()
        place = len(order)
        order.append(at)
        parent.append(up)
        depth.append(deep)
        waiting += [(child, place, deep + 1) for child in children[at]]
    return order, parent, depth


def _children(parent: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for at, up in enumerate(parent):
        found[up].append(at)
    return found


def _self_times(spans: Sequence[Span], parent: Sequence[int]) -> list[int]:
    """Duration without the time in which some child ran."""
    covered = [0] * len(spans)
    reached = [span.start_ns for span in spans]
    for at, up in enumerate(parent):  # children of one parent come by start
        if up < 0:
            continue
        start = max(spans[at].start_ns, reached[up])
        end = min(_end(spans[at]), _end(spans[up]))
        if end > start:
            covered[up] += end - start
            reached[up] = end
    return [max(0, span.duration_ns) - covered[at] for at, span in enumerate(spans)]


def _critical_path(spans: Sequence[Span], parent: Sequence[int]) -> list[list[tuple[int, int]] | None]:
    """The times in which each span itself is on the critical path; None for spans that are not on it.

    Back from the end, always through the child that ended last before, as Jaeger has it; a child that outlives its
    parent is cut off at the parent's end.
    """
    children = _children(parent)
    found: list[list[tuple[int, int]] | None] = [None] * len(spans)
    waiting = [(0, _end(spans[0]))]
    while waiting:
        at, until = waiting.pop()
        own: list[tuple[int, int]] = []
        ends = {child: min(_end(spans[child]), until) for child in children[at]}
        for child in sorted(ends, key=lambda each: (-ends[each], -spans[each].start_ns)):
            if ends[child] <= until and spans[child].start_ns < ends[child]:
                if ends[child] < until:
                    own.append((ends[child], until))
                waiting.append((child, ends[child]))
                until = spans[child].start_ns
        if spans[at].start_ns < until:
            own.append((spans[at].start_ns, until))
        found[at] = own[::-1]
    return found


def _shares(spans: Sequence[Span], own: Sequence[int]) -> tuple[tuple[str, float], ...]:
    sums: dict[str, int] = defaultdict(int)
    for span, self_ns in zip(spans, own, strict=True):
        sums[span.service] += self_ns
    whole = sum(sums.values()) or 1
    return tuple(sorted(((name, each / whole) for name, each in sums.items()), key=lambda pair: (-pair[1], pair[0])))


def _notes(trace: Trace, spans: Sequence[Span], adopted: int, circles: int, twice: int) -> list[str]:
    notes = list(trace.quality.notes)
    if all(span.parent_id for span in spans):
        notes.append("The root span is missing: its caller may lie outside, or its span was lost.")
    if adopted:
        words = "span has a parent that is" if adopted == 1 else "spans have parents that are"
        notes.append(f"{adopted:,} {words} not there.")
    if circles:
        notes.append("Spans named each other as parents; the circle was cut.")
    if twice:
        words = "span was" if twice == 1 else "spans were"
        notes.append(f"{twice:,} {words} written more than once; each is shown once.")
    if are_ambiguous(spans):
        notes.append("Some spans have the same id.")
    if any(span.duration_ns < 0 for span in spans):
        notes.append("Some spans end before they begin; they are shown without a duration.")
    return notes
