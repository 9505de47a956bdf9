"""Comparison of two traces by self time per operation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from queries.traces.arrange import Arranged


@dataclass(frozen=True)
class Spent:
    """Total time and self time of the calls of one operation in one trace, in nanoseconds."""

    calls: int = 0
    total_ns: int = 0
    self_ns: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Difference:
    """One operation of a service in both traces."""

    service: str
    name: str
    first: Spent
    second: Spent

    @property
    def more_ns(self) -> int:
        """Self time of the first trace minus that of the second, in nanoseconds."""
        return self.first.self_ns - self.second.self_ns


@dataclass(frozen=True)
class Comparison:
    """Operations of either trace, the largest difference in self time first."""

    first: Arranged
    second: Arranged
    differences: tuple[Difference, ...]


def compare(first: Arranged, second: Arranged) -> Comparison:
    """The differences of the first trace (a slow one) against the second (a typical one)."""
    spent = [_spent(first), _spent(second)]
    keys = list(dict.fromkeys([*spent[0], *spent[1]]))
    differences = [Difference(*key, spent[0].get(key, Spent()), spent[1].get(key, Spent())) for key in keys]
    return Comparison(first, second, tuple(sorted(differences, key=_by_size)))


def _by_size(difference: Difference) -> tuple[int, str, str]:
    """The sort key: the largest difference first."""
    return (-abs(difference.more_ns), difference.service, difference.name)


def _spent(trace: Arranged) -> dict[tuple[str, str], Spent]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for span, self_ns in zip(trace.spans, trace.self_ns, strict=True):
        totals = sums[span.service, span.name]
        for place, value in enumerate((1, max(0, span.duration_ns), self_ns, int(span.is_error))):
            totals[place] += value
    return {key: Spent(*totals) for key, totals in sums.items()}
