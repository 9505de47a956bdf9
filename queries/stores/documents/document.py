"""Reading a document: names with dots may be levels or parts of a key, whichever way it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from queries.search.results import text_of
from queries.stores.values import nanoseconds

_DEEP: Final = 20  # levels that are unfolded


@dataclass(frozen=True)
class Place:
    """A document path that may hold a field; `where` narrows the nested object that it lies in."""

    path: str
    where: tuple[tuple[str, str | int], ...] = ()


class Document(NamedTuple):
    """Where a document lies, and what it holds."""

    place: str
    id: str
    source: Mapping[str, Any]


def document(hit: Mapping[str, Any]) -> Document:
    """From a hit."""
    source = hit.get("_source")
    return Document(str(hit["_index"]), str(hit["_id"]), source if isinstance(source, dict) else {})


def dig(source: Any, path: str) -> Any:
    """The value at a path; None where there is none. The first of a list of objects is looked into."""
    if isinstance(source, list):
        source = source[0] if source else None
    if not isinstance(source, Mapping):
        return None
    if path in source:
        return source[path]
    dot = path.find(".")
    while dot > 0:
        head = path[:dot]
        if head in source and (value := dig(source[head], path[dot + 1 :])) is not None:
            return value
        dot = path.find(".", dot + 1)
    return None


def texts(value: Any) -> str:
    """A value as text, nothing as an empty one."""
    return "" if value is None else text_of(value)


def child(source: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The object at a path, empty where there is none."""
    value = dig(source, path)
    return value if isinstance(value, Mapping) else {}


def flat(source: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every value with its dotted path; lists stay whole."""
    if not isinstance(source, Mapping) or depth > _DEEP or (prefix and not source):
        yield prefix, source
        return
    for key, value in source.items():
        yield from flat(value, f"{prefix}.{key}" if prefix else str(key), depth + 1)


def moment(value: Any) -> int | None:
    """Epoch nanoseconds of a time as documents hold it: ISO, or epoch milliseconds, also as text with a fraction."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        at_ns = nanoseconds(value)
        return at_ns if at_ns is not None else _millis(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * 1_000) * 1_000 if isinstance(value, float) else value * 1_000_000


def _millis(text: str) -> int | None:
    """Milliseconds with up to six decimals, the collector's way to keep nanoseconds."""
    whole, _, fraction = text.partition(".")
    if not whole.removeprefix("-").isdecimal() or (fraction and not fraction.isdecimal()) or len(whole) > 15:
        return None
    return int(whole) * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))
