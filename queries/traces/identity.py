"""Identity and parents of spans whose ids are not unique.

A client and its server may share one span id (Zipkin: shared spans). The server's span is then a child of the
client's, and the parent of a span that refers to the shared id is the one in its own service.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

from queries.traces.types import Span

CALLING: Final = ("client", "producer")
SERVING: Final = ("server", "consumer")


class Linked(Protocol):
    """The fields of a span that linking needs. Instants and durations are nanoseconds."""

    @property
    def trace_id(self) -> str: ...
    @property
    def span_id(self) -> str: ...
    @property
    def parent_id(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def start_ns(self) -> int: ...
    @property
    def duration_ns(self) -> int: ...


L = TypeVar("L", bound=Linked)
_Places = Mapping[tuple[str, str], Sequence[int]]


def distinct(spans: Sequence[Span]) -> list[Span]:
    """The spans without duplicates, by start: a retry of an exporter may write a span twice."""
    unique: dict[tuple[object, ...], Span] = {}
    for span in spans:
        unique.setdefault(_place(span), span)
    return [unique[place] for place in sorted(unique)]


def _place(span: Span) -> tuple[int, str, str, str, str, int]:
    return (span.start_ns, span.span_id, span.kind, span.service, span.name, span.duration_ns)


def keys(spans: Sequence[Span]) -> list[str]:
    """A key for each of these distinct spans: its id; of spans that share one, the later ones have `.1`, `.2`, … ."""
    counts: Counter[str] = Counter()
    named: list[str] = []
    for span in spans:
        number = counts[span.span_id]
        named.append(f"{span.span_id}.{number}" if number else span.span_id)
        counts[span.span_id] += 1
    return named


def span_id_of(key: str) -> str:
    """The id in a key."""
    return key.partition(".")[0]


def span_of(spans: Sequence[Span], key: str) -> Span | None:
    """The span that a key names, out of all that share its id."""
    ordered = distinct(spans)
    named = dict(zip(keys(ordered), ordered, strict=True))
    return named.get(key) or (ordered[0] if ordered else None)


def parents(spans: Sequence[L]) -> list[int]:
    """The index of each span's parent, -1 if it is not among the spans. Cycles are not removed."""
    by_id: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, span in enumerate(spans):
        by_id[span.trace_id, span.span_id].append(index)
    return [_parent(spans, by_id, index) for index in range(len(spans))]


def _parent(spans: Sequence[L], by_id: _Places, index: int) -> int:
    span = spans[index]
    twins = by_id[span.trace_id, span.span_id]
    if len(twins) > 1 and span.kind in SERVING:
        callers = [twin for twin in twins if spans[twin].kind in CALLING]
        if callers:
            return max(callers, key=lambda twin: _holds(spans[twin], span))
    named = by_id.get((span.trace_id, span.parent_id), ()) if span.parent_id else ()
    if not named:
        return -1
    return max(named, key=lambda other: _closeness(spans[other], span))


def _closeness(parent: Linked, child: Linked) -> tuple[bool, bool, bool, bool]:
    """Sort key of spans that share an id; the likeliest parent has the largest."""
    return (
        parent is not child,
        parent.service == child.service,
        parent.kind in SERVING,
        _holds(parent, child),
    )


def _holds(parent: Linked, child: Linked) -> bool:
    return parent.start_ns <= child.start_ns <= parent.start_ns + max(0, parent.duration_ns)


def are_ambiguous(spans: Sequence[Span]) -> bool:
    """Whether distinct spans share an id and are not one caller with its servers or consumers."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for span in spans:
        kinds[span.span_id].append(span.kind)
    return any(len(shared) > 1 and not _is_call(shared) for shared in kinds.values())


def _is_call(kinds: Sequence[str]) -> bool:
    callers = sum(kind in CALLING for kind in kinds)
    return callers == 1 and sum(kind in SERVING for kind in kinds) == len(kinds) - 1
