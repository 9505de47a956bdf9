"""SQL with its values apart: every text that somebody typed is a bound parameter, never part of a statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from queries.found import Filter
from queries.grammar import Bounds, Exists, Joined, Match, Node, Not, Text


@dataclass(frozen=True)
class Sql:
    """A piece of a statement written by us, with the values of its question marks in order."""

    text: str
    values: tuple[Any, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(f"{self.text} {other.text}", self.values + other.values)


TRUE = Sql("TRUE")


class Fields(Protocol):
    """How a table answers to the fields of the grammar."""

    def text(self, name: str) -> Sql:
        """The field as text, NULL where it is absent."""
        ...

    def number(self, name: str) -> Sql:
        """The field as a number, NULL where it is none."""
        ...

    def matched(self, match: Match) -> Sql | None:
        """A condition for fields that compare in their own way; None for usual ones."""
        ...

    def bounded(self, bounds: Bounds) -> Sql | None:
        """The same for ranges."""
        ...

    def anywhere(self, text: Text) -> Sql:
        """A word or phrase without a field."""
        ...


def joined(parts: Iterable[Sql], word: Literal["AND", "OR", ","]) -> Sql:
    """The parts with a word between them, in parentheses."""
    found = list(parts)
    if not found:
        return TRUE
    glue = ", " if word == "," else f" {word} "
    text = glue.join(part.text for part in found)
    return Sql(text if word == "," else f"({text})", tuple(value for part in found for value in part.values))


def compiled(node: Node | None, fields: Fields) -> Sql:
    """The condition of a search; never NULL, so that NOT means the opposite."""
    if node is None:
        return TRUE
    if isinstance(node, Joined):
        return joined((compiled(one, fields) for one in node.nodes), node.word)
    if isinstance(node, Not):
        inner = compiled(node.node, fields)
        return Sql(f"(NOT {inner.text})", inner.values)
    inner = _leaf(node, fields)
    return Sql(f"coalesce({inner.text}, FALSE)", inner.values)


def _leaf(node: Text | Match | Exists | Bounds, fields: Fields) -> Sql:
    if isinstance(node, Text):
        return fields.anywhere(node)
    if isinstance(node, Exists):
        text = fields.text(node.field)
        return Sql(f"({text.text}) <> ''", text.values)
    if isinstance(node, Match):
        return fields.matched(node) or _match(node, fields)
    return fields.bounded(node) or _bounds(node, fields)


def _match(node: Match, fields: Fields) -> Sql:
    text = fields.text(node.field)
    if node.prefix:
        return Sql(f"starts_with(lower({text.text}), lower(?))", (*text.values, node.value))
    if node.exact:
        return Sql(f"({text.text}) = ?", (*text.values, node.value))
    return Sql(f"lower({text.text}) = lower(?)", (*text.values, node.value))


def _bounds(node: Bounds, fields: Fields) -> Sql:
    sides = [side for side in (node.low, node.high) if side is not None]
    numeric = bool(sides) and all(number_of(side) is not None for side in sides)
    low, high = (number_of(node.low), number_of(node.high)) if numeric else (node.low, node.high)
    if not numeric:
        return between(fields.text(node.field), node, low, high)
    number = fields.number(node.field)  # texts such as NaN and Infinity become numbers too
    return joined([between(number, node, low, high), Sql(f"isfinite({number.text})", number.values)], "AND")


def between(value: Sql, node: Bounds, low: Any, high: Any) -> Sql:
    """The value within the bounds, whose sides are given in the value's own type (None: open)."""
    parts = [Sql(f"({value.text}) IS NOT NULL", value.values)]
    if low is not None:
        parts.append(Sql(f"({value.text}) {'>=' if node.low_included else '>'} ?", (*value.values, low)))
    if high is not None:
        parts.append(Sql(f"({value.text}) {'<=' if node.high_included else '<'} ?", (*value.values, high)))
    return joined(parts, "AND")


def number_of(text: str | None) -> float | None:
    """A finite number as people write it, None for anything else."""
    if text is None or not re.fullmatch(r"[+-]?(\d{1,300}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", text):
        return None
    value = float(text)
    return value if abs(value) < 1e300 else None


def filtered(filters: Sequence[Filter], fields: Fields) -> Sql:
    """All filters; each is any of its values, or that the field is present."""
    return joined((_filter(one, fields) for one in filters), "AND")


def _filter(one: Filter, fields: Fields) -> Sql:
    nodes: list[Node] = [Match(one.field, value, exact=True) for value in one.values] or [Exists(one.field)]
    return compiled(Not(Joined("OR", tuple(nodes))) if one.negated else Joined("OR", tuple(nodes)), fields)


def words(column: str, value: str, prefix: bool = False) -> Sql:
    """The words of a text, in a row and whole (the last may be a beginning), in a text column; case does not matter."""
    tokens = re.findall(r"\w+", value)
    contained = Sql(f"contains(lower({column}), lower(?))", (tokens[0] if tokens else value.strip(),))
    if not tokens or not value.isascii():
        return Sql(contained.text, (value.strip(),))
    gap = r"[^\pL\pN_]"
    pattern = rf"(?i)(?:^|{gap})" + f"{gap}+".join(tokens) + ("" if prefix else rf"(?:{gap}|$)")
    return joined([contained, Sql(f"regexp_matches({column}, ?)", (pattern,))], "AND")


def pointer(name: str) -> str:
    """A JSON pointer to a member of that name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def nested_pointer(name: str) -> str:
    """A JSON pointer that takes dots for levels."""
    return "".join(pointer(part) for part in name.split("."))


def member(column: str, name: str) -> Sql:
    """A member of a JSON column as text, whether its dots are part of its name or levels."""
    flat = Sql(f"json_extract_string({column}, ?)", (pointer(name),))
    if "." not in name:
        return flat
    return Sql(f"coalesce({flat.text}, json_extract_string({column}, ?))", (*flat.values, nested_pointer(name)))
