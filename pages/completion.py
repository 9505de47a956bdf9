"""What may follow in the search box: names of fields, and after a colon their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from queries.search.grammar import quote, quote_field
from queries.search.results import Facet, FieldInfo

MOST: Final = 12
LONGEST: Final = 200  # characters of a value that is offered
_ENDS: Final = frozenset(' \t\r\n()\u3000\u00a0"')


@dataclass(frozen=True)
class Suggestion:
    """`text` takes the place of what stands between `start` and the cursor; `label` is what is shown."""

    text: str
    label: str
    count: int = 0


@dataclass(frozen=True)
class Suggestions:
    """What is offered for the characters from `start` to the cursor."""

    start: int
    items: tuple[Suggestion, ...] = ()


@dataclass(frozen=True)
class _Place:
    """Where the cursor is: in a name that begins with `prefix`, or (with a `field`) in its value."""

    start: int
    prefix: str
    field: str = ""


def suggest(
    text: str, cursor: int, fields: Callable[[], Iterable[FieldInfo]], values: Callable[[str, str], Facet]
) -> Suggestions:
    """Suggestions for the cursor at character `at`; `fields` and `values` ask the store."""
    place = _place(text[: max(0, cursor)])
    if place is None:
        return Suggestions(cursor)
    if place.field:
        facet_values = values(place.field, place.prefix).values
        items = [
            Suggestion(quote(value.value) + " ", value.value, value.count)
            for value in facet_values
            if len(value.value) <= LONGEST
        ]
    else:
        named = [field for field in fields() if place.prefix.lower() in field.name.lower()]
        named.sort(key=lambda field: not field.name.lower().startswith(place.prefix.lower()))
        items = [Suggestion(quote_field(field.name) + ":", field.name, field.count) for field in named]
    return Suggestions(place.start, tuple(items[:MOST]))


def _place(text: str) -> _Place | None:
    """The last term of what was typed; None within the words of a phrase."""
    start, colon, quoted, quote_index, index = 0, -1, False, -1, 0
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 2
            continue
        if char == '"':
            quoted, quote_index = not quoted, index
            if quoted and colon < 0:
                start = index
        elif not quoted and char in _ENDS:
            start, colon = index + 1, -1
        elif not quoted and char == ":" and colon < 0:
            colon = index
        index += 1
    if colon < 0:
        if quoted:
            return None
        start += text[start : start + 1] == "-"
        return _Place(start, _unescape(text[start:]))
    field = _unescape(text[start:colon].removeprefix("-"))
    value_index = quote_index if quoted else colon + 1
    value = text[value_index + 1 :] if quoted else text[value_index:]
    if not field or value[:1] in ("[", "{", "<", ">") or (quote_index > colon and not quoted):
        return None
    return _Place(value_index, _unescape(value), field)


def _unescape(text: str) -> str:
    characters, index = [], 0
    while index < len(text):
        index += text[index] == "\\"
        characters.append(text[index : index + 1])
        index += 1
    return "".join(characters)
