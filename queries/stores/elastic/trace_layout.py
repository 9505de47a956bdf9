"""What a layout of span documents is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from queries.stores.documents.document import Place
from queries.stores.elastic.dsl import NONE, Query
from queries.traces.types import Kind, Span, SpanEvent, Status


@dataclass(frozen=True)
class Part:
    """Documents of one kind: which they are, and where what differs between the kinds lies."""

    only: Query
    duration: str
    name: str
    span_id: str


@dataclass(frozen=True)
class Events:
    """Span events that are documents of their own.

    `span_ids` are the fields that may hold the span's id; `event` gives the span's id (empty for none) and the event.
    """

    index: str
    trace_id: str
    span_ids: tuple[str, ...]
    only: Query
    event: Callable[[Mapping[str, Any]], tuple[str, SpanEvent] | None]


@dataclass(frozen=True)
class TraceLayout:
    """One way to write spans as documents.

    `index` is where they lie by default, `marks` are fields that tell the layout, `unit` is how many nanoseconds a
    step of a duration is, `own` says where an attribute may lie and `prefixes` where attributes are mapped, `brief` is
    what a span without details needs. `kinds` and `statuses` are complete: what is none of them is unset. `root` are
    spans that certainly have no parent; whether others have one only their documents tell. `fine` orders spans that
    `time` holds to be equal.
    """

    name: str
    index: str
    marks: tuple[str, ...]
    time: str
    unit: int
    parts: tuple[Part, ...]
    places: Mapping[str, tuple[Place, ...]]
    own: Callable[[str], tuple[Place, ...]]
    prefixes: tuple[str, ...]
    brief: tuple[str, ...]
    root: Query
    kinds: Mapping[Kind, Query]
    statuses: Mapping[Status, Query]
    span: Callable[[Mapping[str, Any]], Span | None]
    events: Events | None = None
    valued: tuple[str, ...] = ()  # more fields, and prefixes that end in a dot, that hold values of attributes
    fine: str = ""
    lists_are_text: bool = False  # lists are kept as JSON in a text
    entries: Query = field(default_factory=lambda: NONE)  # more spans that answer a call, whatever their kind
