"""The first spans of traces that have no root: their caller lies outside, or its span was lost.

A search cannot see whether another document holds a span's parent. Traces without a root in the range are counted out,
then their spans are read; both have a bound, and a note says when it applies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.core.ttl_cache import TTLCache
from queries.search.results import NANO, Range
from queries.stores.elastic.aggs import buckets
from queries.stores.elastic.client import Answer, Cluster
from queries.stores.elastic.dsl import every, some
from queries.stores.elastic.schema import Schema
from queries.stores.elastic.trace_fields import TopSpans, TraceFields, parts_of, whole_trace
from queries.stores.elastic.trace_layout import TraceLayout
from queries.stores.elastic.trace_reading import read_spans
from queries.traces.identity import parents
from queries.traces.types import Span

COUNTED: Final = 20_000  # traces of a range that are looked at
READ: Final = 1_000  # traces without a root whose spans are read
_SPANS: Final = 20_000
_AROUND: Final = 86_400 * NANO  # a root may lie so far outside of the range
_LIFE: Final = 10.0  # seconds
_REMEMBERED: Final = 32


class TopFinder:
    """Finds and remembers them for seconds: a page asks for the same range several times. Safe for threads."""

    def __init__(self, cluster: Cluster, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._known: TTLCache[tuple[str, Range], TopSpans] = TTLCache(_REMEMBERED, clock)

    def find(self, schema: Schema[TraceLayout], range_: Range, deadline: Deadline) -> TopSpans:
        """First spans of the traces without a root that have a span in the range. Raises QueryError."""
        key = (schema.index, range_)
        if (known := self._known.get(key)) is not None:
            return known
        tops = self._look(schema, range_, deadline)
        self._known.put(key, tops, _LIFE)
        return tops

    def _look(self, schema: Schema[TraceLayout], range_: Range, deadline: Deadline) -> TopSpans:
        parts = parts_of(schema.layout, schema.caps)
        if not parts[0].fields_for("trace_id"):
            return TopSpans()
        answer = self._cluster.search(schema.index, _body(parts, range_), deadline)
        notes: list[str] = []
        traces = int(answer.aggregations.get("count", {}).get("value", 0))
        if traces > COUNTED:
            range_ = _newest(range_, COUNTED / traces)
            answer = self._cluster.search(schema.index, _body(parts, range_), deadline)
            notes.append(f"Traces without a root are listed from the newest {range_.seconds / 60:,.0f} minutes only.")
        rootless = _rootless(answer)
        if len(rootless) > READ:
            notes.append(f"Of {len(rootless):,} traces without a root the newest {READ:,} are listed.")
        return self._tops(schema, parts, rootless[:READ], range_, notes, deadline)

    def _tops(
        self,
        schema: Schema[TraceLayout],
        parts: Sequence[TraceFields],
        traces: list[str],
        range_: Range,
        notes: list[str],
        deadline: Deadline,
    ) -> TopSpans:
        if not traces:
            return TopSpans(notes=tuple(notes))
        wide = Range(range_.start_ns - _AROUND, range_.end_ns + _AROUND)
        where = every([whole_trace(parts[0], traces), parts[0].within(wide)])
        source = list(schema.layout.brief)
        spans, total, _ = read_spans(self._cluster, schema.index, parts[0], where, _SPANS, source, True, deadline)
        if total.value > len(spans):
            notes.append("Traces without a root are not all listed: they have too many spans.")
        first = tops_of(spans)
        return TopSpans(
            tuple(dict.fromkeys(span.trace_id for span in first)),
            tuple(dict.fromkeys(span.span_id for span in first)),
            tuple(notes),
        )


def _body(parts: Sequence[TraceFields], range_: Range) -> dict[str, Any]:
    layout, field = parts[0].layout, parts[0].fields_for("trace_id")[0].whole
    inner = {"roots": {"filter": layout.root}, "newest": {"max": {"field": layout.time}}}
    # Those without a root first: as far as every shard tells of all its traces, none is missed.
    counted = {"field": field, "size": READ + 1, "shard_size": COUNTED, "order": [{"roots": "asc"}, {"newest": "desc"}]}
    return {
        "query": every([some(part.part.only for part in parts), parts[0].within(range_)]),
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            "traces": {"terms": counted, "aggs": inner},
            "count": {"cardinality": {"field": field, "precision_threshold": COUNTED}},
        },
    }


def _rootless(answer: Answer) -> list[str]:
    traces = buckets(answer.aggregations.get("traces", {}))
    return [trace_id for trace_id, bucket in traces if not bucket["roots"]["doc_count"]]


def _newest(range_: Range, share: float) -> Range:
    return Range(range_.end_ns - int((range_.end_ns - range_.start_ns) * share), range_.end_ns)


def tops_of(spans: Sequence[Span]) -> list[Span]:
    """Of each trace its roots; of one without a root the spans whose parent is not there."""
    above = parents(spans)
    without = [span for span, parent in zip(spans, above, strict=True) if parent < 0]
    rooted = {span.trace_id for span in without if not span.parent_id}
    return [span for span in without if not span.parent_id or span.trace_id not in rooted]
