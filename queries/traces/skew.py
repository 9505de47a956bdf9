"""Clocks of services that differ, corrected only where the recorded times are impossible for a synchronous call.

A clock is a service's, on each of its hosts or instances where the spans name them. It is taken as right when one of
its calls fits into its caller. If none does, its spans are moved together: into the middle of the caller where they are
no longer than it (half of the network's time on either side), else to the caller's start, and never by more than
`MOST_NS`. A call that may be asynchronous may begin after its caller ended, but not before it began. What a producer
sent may be consumed at any time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from queries.search.results import text_of
from queries.traces.identity import CALLING, SERVING
from queries.traces.types import Span

NOISE_NS: Final = 1_000_000  # clocks of one machine differ by less, and no reader cares
MOST_NS: Final = 10_000_000_000  # what differs by more is no clock that somebody sets, but a call made later
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
        """Whether the caller waited, as far as the kinds tell."""
        called = not self.parent.kind or self.parent.kind in CALLING
        return called and (not self.child.kind or self.child.kind in SERVING)

    def fits(self, start_ns: int) -> bool:
        """Whether the child lies within the parent that starts then."""
        own = self.child.start_ns
        end = start_ns + max(0, self.parent.duration_ns)
        return own >= start_ns - NOISE_NS and own + max(0, self.child.duration_ns) <= end + NOISE_NS

    def skew(self, start_ns: int) -> int:
        """Nanoseconds to move the child by so that it is possible below the parent that starts then; 0 where it is."""
        own, duration = max(0, self.child.duration_ns), max(0, self.parent.duration_ns)
        before = start_ns - self.child.start_ns
        after = self.child.start_ns - start_ns - duration + (own if own <= duration else 0)
        if before <= NOISE_NS and (after <= NOISE_NS or not self.is_synchronous):
            return 0
        if own > duration and before <= NOISE_NS:
            return 0  # it outlives its parent anyway
        return before + ((duration - own) // 2 if own <= duration else 0)


def corrected(spans: Sequence[Span], above: Sequence[int]) -> tuple[list[Span], tuple[str, ...]]:
    """The spans with their own clock's skew taken off, and what was done in words.

    `above` holds each span's parent as an index, -1 for none, without circles.
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
            moved[clock], said = _offset(calls[clock], moved) if above[index] >= 0 else (0, "")
            notes += [said] if said else []
    found = [
        replace(span, start_ns=span.start_ns + moved[clock]) if moved[clock] else span
        for span, clock in zip(spans, clocks, strict=True)
    ]
    return found, tuple(dict.fromkeys(notes))


def _clock(span: Span) -> Clock:
    return (span.service, *(text_of(span.resource[name]) for name in _INSTANCES if name in span.resource))


def _is_later(child: Span, parent: Span) -> bool:
    return child.kind in _LATER or parent.kind in _LATER


def _offset(calls: Sequence[tuple[Clock, _Call]], moved: Mapping[Clock, int]) -> tuple[int, str]:
    """Nanoseconds by which a clock is wrong against those of its callers, and what to say about it."""
    known = [(call, call.parent.start_ns + moved[parent]) for parent, call in calls if parent in moved]
    if any(call.fits(start) for call, start in known):
        return 0, ""
    skews = [(skew, call) for call, start in known if (skew := call.skew(start))]
    if not skews:
        return 0, ""
    by, call = min(skews, key=lambda one: abs(one[0]))
    if abs(by) <= MOST_NS:
        return by, _said(call, by)
    return 0, _far(call, by) if by > 0 else ""


def _from_above(above: Sequence[int]) -> list[int]:
    """Every span after its parent."""
    children: dict[int, list[int]] = defaultdict(list)
    for at, parent in enumerate(above):
        children[parent].append(at)
    order: list[int] = []
    waiting = list(children[-1])
    while waiting:
        at = waiting.pop()
        order.append(at)
        waiting += children[at]
    return order


def _said(call: _Call, by: int) -> str:
    child, way = call.child.service, "later" if by > 0 else "earlier"
    return f"The clocks of {child} and {call.parent.service} differ: spans of {child} are shown {_size(by)} {way}."


def _far(call: _Call, by: int) -> str:
    return (
        f"A span of {call.child.service} begins {_size(by)} before its caller in {call.parent.service}: "
        "too much to correct, so times are shown as recorded."
    )


def _size(by: int) -> str:
    size = abs(by) / 1e6
    return f"{size:,.0f} ms" if size < 10_000 else f"{size / 1_000:,.0f} s"
