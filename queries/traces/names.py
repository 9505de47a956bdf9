"""Aliases of the canonical span fields, such as OpenTelemetry and ECS names."""

from __future__ import annotations

from typing import Final

CANONICAL: Final = (
    "name",
    "service",
    "status",
    "kind",
    "duration",
    "trace_id",
    "span_id",
    "parent_id",
    "scope",
    "status_message",
)
_ALIASES: Final = {
    "operation": "name", "span.name": "name", "service.name": "service", "span.kind": "kind",
    "status.code": "status", "trace.id": "trace_id", "traceid": "trace_id", "span.id": "span_id", "spanid": "span_id",
    "parent_span_id": "parent_id", "parent.id": "parent_id", "status.message": "status_message", "scope.name": "scope",
    "timestamp": "time", "@timestamp": "time", "start": "time",
}  # fmt: skip


def canonical_name(name: str) -> str:
    """The canonical name of a field; empty for an attribute."""
    lowered = name.lower()
    return lowered if lowered in (*CANONICAL, "time") else _ALIASES.get(lowered, "")
