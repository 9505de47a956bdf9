"""Shares of the duration of requests: self time by the service, provider or database it was spent on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from queries.traces.arrange import Arranged
from queries.traces.service_map import peer_of
from queries.traces.types import Span

OWN: Final = "its own work"


@dataclass(frozen=True)
class TimeShare:
    """Time spent on a service, a provider or a database: `share` of all time, and per request the mean `mean_ns`."""

    name: str
    share: float
    mean_ns: float
    calls: float
    errors: int


def time_shares(traces: Sequence[Arranged]) -> tuple[TimeShare, ...]:
    """Self time by destination: a call to another service counts for that service, with all spans below it."""
    times: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(traces))
    calls: dict[str, int] = defaultdict(int)
    errors: dict[str, int] = defaultdict(int)
    for trace_index, trace in enumerate(traces):
        owners = _owners(trace)
        for index, owner in enumerate(owners):
            times[owner][trace_index] += trace.self_ns[index]
            parent = trace.parent[index]
            if owner != OWN and (parent < 0 or owners[parent] != owner):
                calls[owner] += 1
                errors[owner] += trace.spans[index].is_error
    total = sum(sum(self_times) for self_times in times.values()) or 1.0
    shares = [
        TimeShare(name, sum(self_times) / total, sum(self_times) / len(traces), calls[name] / len(traces), errors[name])
        for name, self_times in times.items()
    ]
    return tuple(sorted(shares, key=lambda part: -part.share))


def _owners(trace: Arranged) -> list[str]:
    """For each span, the destination its time counts for."""
    home = trace.spans[0].service
    owners: list[str] = []
    for index, span in enumerate(trace.spans):
        parent_owner = owners[trace.parent[index]] if trace.parent[index] >= 0 else OWN
        owners.append(parent_owner if parent_owner != OWN else _owner(span, home))
    return owners


def _owner(span: Span, home: str) -> str:
    if span.service != home:
        return span.service
    return (peer_of(span.attributes) or OWN) if span.kind in ("client", "producer") else OWN
