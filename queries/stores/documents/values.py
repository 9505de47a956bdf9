"""Words and numbers of span documents as ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from queries.traces.types import Kind, Status

KINDS: Final[tuple[Kind, ...]] = ("internal", "server", "client", "producer", "consumer")


def kind_of(value: Any) -> Kind:
    """The kind of a span from its word."""
    word = str(value or "").lower().removeprefix("span_kind_")
    return next((kind for kind in KINDS if kind == word), "")


def status_of(value: Any) -> Status:
    """The status of a span from its word."""
    word = str(value or "").lower().removeprefix("status_code_")
    return "error" if word == "error" else "ok" if word == "ok" else "unset"


def whole(value: Any) -> int:
    """A whole number, 0 for what is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; a single one is a list of one."""
    listed = value if isinstance(value, list) else [value]
    return [entry for entry in listed if isinstance(entry, Mapping)]
