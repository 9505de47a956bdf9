"""Clock skew correction, only where the recorded times are impossible for a synchronous call.

Each service has a clock, per host or instance if the spans name them. A clock is correct if one of its calls fits into
its caller. Otherwise its spans are moved together: to the middle of the caller if they are not longer than it (half of
the network time on either side), else to the caller's start, and never by more than `MOST_NS`. A call that may be
asynchronous may begin after its caller ended, but not before it began. A consumer may run at any time after a producer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from queries.search.results import text_of
from queries.traces.identity import CALLING, SERVING
from queries.traces.types import Span

NOISE_NS: Final = 1_000_000  # clocks of one machine differ by less; smaller differences are not relevant
MOST_NS: Final = 10_000_000_000  # a larger difference is probably a call that was made later, not clock skew
_LATER: Final = ("consumer", "producer")
_INSTANCES: Final = ("host.name", "host.id", "service.instance.id", "k8s.pod.name")
Clock = tuple[str, ...]


@dataclass(frozen=True)
class _Call:
    """A span and its caller on another clock."""

    child: Span
    parent: Span

    @property
    def is_synchronous(self) -> bool:
        """Whether the caller waited, according to the span kinds."""
        called = not self.parent.kind or self.parent.kind in CALLING
        return called and (not self.child.kind or self.child.kind in SERVING)

    def fits(self, start_ns: int) -> bool:
        """Whether the child lies within the parent if the parent starts at `start_ns`."""
        own = self.child.start_ns
        end = start_ns + max(0, self.parent.duration_ns)
        return own >= start_ns - NOISE_NS and own + max(0, self.child.duration_ns) <= end + NOISE_NS

    def skew(self, start_ns: int) -> int:
        """Nanoseconds by which to move the child so that it fits a parent that starts at `start_ns`; 0 if it fits."""
        own, duration = max(0, self.child.duration_ns), max(0, self.parent.duration_ns)
        before = start_ns - self.child.start_ns
        after = self.child.start_ns - start_ns - duration + (own if own <= duration else 0)
        if before <= NOISE_NS and (after <= NOISE_NS or not self.is_synchronous):
            return 0
        if own > duration and before <= NOISE_NS:
            return 0  # it outlives its parent anyway
        return before + ((duration - own) // 2 if own <= duration else 0)


def correct_skew(spans: Sequence[Span], above: Sequence[int]) -> tuple[list[Span], tuple[str, ...]]:
    """The spans with corrected times, and notes that tell the user what was corrected.

    `above` is the index of each span's parent, -1 for none, without cycles.
    """
    clocks = [_clock(span) for span in spans]
    calls: dict[Clock, list[tuple[Clock, _Call]]] = defaultdict(list)
    for index, parent in enumerate(above):
        if parent >= 0 and clocks[index] != clocks[parent] and not _is_later(spans[index], spans[parent]):
            calls[clocks[index]].append((clocks[parent], _Call(spans[index], spans[parent])))
    moved: dict[Clock, int] = {}
    notes: list[str] = []
    for index in _from_above(above):
        clock = clocks[index]
        if clock not in moved:
            moved[clock], note = _offset(calls[clock], moved) if above[index] >= 0 else (0, "")
            notes += [note] if note else []
    shifted = [
        replace(span, start_ns=span.start_ns + moved[clock]) if moved[clock] else span
        for span, clock in zip(spans, clocks, strict=True)
    ]
    return shifted, tuple(dict.fromkeys(notes))


def _clock(span: Span) -> Clock:
    return (span.service, *(text_of(span.resource[name]) for name in _INSTANCES if name in span.resource))


def _is_later(child: Span, parent: Span) -> bool:
    return child.kind in _LATER or parent.kind in _LATER


def _offset(calls: Sequence[tuple[Clock, _Call]], moved: Mapping[Clock, int]) -> tuple[int, str]:
    """The skew of a clock against its callers' clocks in nanoseconds, and the note for the user."""
    known = [(call, call.parent.start_ns + moved[parent]) for parent, call in calls if parent in moved]
    if any(call.fits(start) for call, start in known):
        return 0, ""
    skews = [(skew, call) for call, start in known if (skew := call.skew(start))]
    if not skews:
        return 0, ""
    by, call = min(skews, key=lambda entry: abs(entry[0]))
    if abs(by) <= MOST_NS:
        return by, _difference_note(call, by)
    return 0, _uncorrected_note(call, by) if by > 0 else ""


def _from_above(above: Sequence[int]) -> list[int]:
    """Every span after its parent."""
    children: dict[int, list[int]] = defaultdict(list)
    for index, parent in enumerate(above):
        children[parent].append(index)
    order: list[int] = []
    waiting = list(children[-1])
    while waiting:
        index = waiting.pop()
        order.append(index)
        waiting += children[index]
    return order


def _difference_note(call: _Call, by: int) -> str:
    child, way = call.child.service, "later" if by > 0 else "earlier"
    by_text = _duration_text(by)
    return f"The clocks of {child} and {call.parent.service} differ: spans of {child} are shown {by_text} {way}."


def _uncorrected_note(call: _Call, by: int) -> str:
    return (
        f"A span of {call.child.service} begins {_duration_text(by)} before its caller in {call.parent.service}: "
        "too much to correct, so times are shown as recorded."
    )


def _duration_text(by: int) -> str:
    size = abs(by) / 1e6
    return f"{size:,.0f} ms" if size < 10_000 else f"{size / 1_000:,.0f} s"
