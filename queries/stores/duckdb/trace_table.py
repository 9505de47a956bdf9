"""The table of spans: its shape, how blocks of files get in, how rows come out as spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import orjson

from queries.stores.duckdb.database import Database
from queries.stores.duckdb.follow import Block
from queries.stores.duckdb.otlp import SpanRow, rows
from queries.traces.service_map import PEERS, peer_of
from queries.traces.types import Span, SpanEvent, SpanLink

TABLE: Final = "spans"
TOPS: Final = "tops"  # first spans of traces without a root
_KINDS: Final[Mapping[str, type]] = {"start_ns": np.int64, "duration_ns": np.int64}
_COLUMNS: Final = (*SpanRow._fields, "peer", "file")
BRIEF: Final = (
    "trace_id",
    "span_id",
    "parent_id",
    "name",
    "service",
    "start_ns",
    "duration_ns",
    "kind",
    "status",
    "status_message",
    "scope",
)
DETAILS: Final = ("attributes", "resource", "events", "links")


def create(database: Database) -> None:
    """Make the empty tables."""
    database.write(f"CREATE TABLE {TOPS} (trace_id VARCHAR, span_id VARCHAR)")
    columns = ", ".join(f"{name} {'BIGINT' if name in _KINDS else 'VARCHAR'}" for name in _COLUMNS)
    database.write(f"CREATE TABLE {TABLE} ({columns})")


def insert(database: Database, block: Block) -> tuple[int, int]:
    """Write a block's spans; how many, and how many pieces were broken."""
    spans: list[SpanRow] = []
    broken = 0
    for line in block.lines:
        good, bad = rows(line)
        spans += good
        broken += bad
    if spans:
        columns: dict[str, Any] = dict(zip(SpanRow._fields, zip(*spans, strict=True), strict=True))
        columns["peer"] = [_peer(span) for span in spans]
        columns["file"] = [block.file] * len(spans)
        database.insert(TABLE, columns, ", ".join(_COLUMNS), _KINDS)
    return len(spans), broken


def _peer(span: SpanRow) -> str:
    is_call = span.kind in ("client", "producer") and any(name in span.attributes for name in PEERS)
    return peer_of(orjson.loads(span.attributes)) if is_call else ""


def select(details: bool) -> str:
    """The columns of a span."""
    return ", ".join([*BRIEF, *(DETAILS if details else ())])


def span(values: tuple[Any, ...]) -> Span:
    """A row as a span, with details if they were selected."""
    brief = dict(zip(BRIEF, values, strict=False))
    if len(values) == len(BRIEF):
        return Span(**brief, has_details=False)
    attributes, resource, events, links = (orjson.loads(text) for text in values[len(BRIEF) :])
    return Span(
        **brief,
        attributes=attributes,
        resource=resource,
        events=tuple(SpanEvent(*event) for event in events),
        links=tuple(SpanLink(*link) for link in links),
    )
