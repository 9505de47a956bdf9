"""Where the time of requests goes: self time by the service, provider or database that it was spent for."""

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
class Part:
    """A destination of time: a service, a provider, a database. `share` is of all time, `mean_ns` a mean request's."""

    name: str
    share: float
    mean_ns: float
    calls: float
    errors: int


def parts(found: Sequence[Arranged]) -> tuple[Part, ...]:
    """Self time by who it was spent for: a call to somebody else counts for that one, with all below it."""
    times: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(found))
    calls: dict[str, int] = defaultdict(int)
    errors: dict[str, int] = defaultdict(int)
    for place, trace in enumerate(found):
        owners = _owners(trace)
        for at, owner in enumerate(owners):
            times[owner][place] += trace.self_ns[at]
            above = trace.parent[at]
            if owner != OWN and (above < 0 or owners[above] != owner):
                calls[owner] += 1
                errors[owner] += trace.spans[at].is_error
    whole = sum(sum(each) for each in times.values()) or 1.0
    made = [Part(name, sum(each) / whole, sum(each) / len(found), calls[name] / len(found), errors[name])
            for name, each in times.items()]  # fmt: skip
    return tuple(sorted(made, key=lambda part: -part.share))


def _owners(trace: Arranged) -> list[str]:
    """For each span, who its time is spent for."""
    home = trace.spans[0].service
    owners: list[str] = []
    for at, span in enumerate(trace.spans):
        above = owners[trace.parent[at]] if trace.parent[at] >= 0 else OWN
        owners.append(above if above != OWN else _owner(span, home))
    return owners


def _owner(span: Span, home: str) -> str:
    if span.service != home:
        return span.service
    return (peer_of(span.attributes) or OWN) if span.kind in ("client", "producer") else OWN
