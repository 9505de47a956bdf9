"""Values of JSON from outside: each function gives a value of its type, whatever stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text(value: Any, longest: int = 20_000) -> str:
    """A text, cut; empty for anything else."""
    return value[:longest] if isinstance(value, str) else ""


def table(value: Any) -> Mapping[str, Any]:
    """An object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def whole(value: Any, default: int, most: int = 10_000) -> int:
    """A whole number from 0 to `most`."""
    return min(max(int(value), 0), most) if type(value) in (int, float) and value == value else default


def number(value: Any) -> float | None:
    """A finite number; of a text too, as old dashboards have it."""
    try:
        result = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None
    return result if result is not None and abs(result) < 1e300 else None


def texts(value: Any) -> tuple[str, ...]:
    """A text or a list of texts."""
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, str) and item)
