"""Clocks of services that differ, corrected as Jaeger's clock skew adjuster does.

A span of another service that begins before its parent or ends after it is moved: into the middle of the parent where
it is no longer than that (half of the network's time on either side), else to the parent's start. Its subtree moves
with it. What a producer sent may be consumed later, so these are left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from queries.traces.types import Span

NOISE_NS: Final = 1_000_000  # clocks of one machine differ by less, and no reader cares
_LATER: Final = ("consumer", "producer")


def corrected(spans: Sequence[Span], above: Sequence[int]) -> tuple[list[Span], tuple[str, ...]]:
    """The spans with their own service's skew taken off, and what was done in words.

    `above` holds each span's parent as an index, -1 for none, without circles.
    """
    moved = [0] * len(spans)
    largest: dict[tuple[str, str], int] = defaultdict(int)
    for at in _from_above(above):
        parent = above[at]
        if parent < 0:
            continue
        moved[at] = moved[parent]
        if spans[at].service == spans[parent].service or spans[at].kind in _LATER or spans[parent].kind in _LATER:
            continue
        # A child was stamped by its own clock: what its parent was moved by does not concern it.
        skew = _skew(spans[at], spans[parent].start_ns + moved[parent], max(0, spans[parent].duration_ns))
        moved[at] = skew
        pair = (spans[at].service, spans[parent].service)
        if abs(skew) > abs(largest[pair]):
            largest[pair] = skew
    if not any(moved):
        return list(spans), ()
    found = [
        span if not by else replace(span, start_ns=span.start_ns + by) for span, by in zip(spans, moved, strict=True)
    ]
    return found, tuple(_said(*pair, by) for pair, by in largest.items() if by)


def _skew(child: Span, start: int, duration: int) -> int:
    """Nanoseconds to move a child by; 0 where it fits as it is, or nearly."""
    own = max(0, child.duration_ns)
    before, after = start - child.start_ns, child.start_ns + own - (start + duration)
    if own > duration:  # it outlives its parent anyway: only a start before the parent's is wrong
        return before if before > NOISE_NS else 0
    if before <= NOISE_NS and after <= NOISE_NS:
        return 0
    return start + (duration - own) // 2 - child.start_ns


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


def _said(service: str, parent: str, by: int) -> str:
    way = "later" if by > 0 else "earlier"
    size = abs(by) / 1e6
    amount = f"{size:,.0f} ms" if size < 10_000 else f"{size / 1_000:,.0f} s"
    return f"The clocks of {service} and {parent} differ: spans of {service} are shown up to {amount} {way}."
