"""SQL with its values apart: every text that somebody typed is a bound parameter, never part of a statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from queries.search.grammar import BooleanGroup, Bounds, Exists, Match, Node, Not, Text
from queries.search.results import Filter
from queries.stores.values import UNSPACED, number_of, whole_number


@dataclass(frozen=True)
class Sql:
    """A piece of a statement written by us, with the values of its question marks in order."""

    text: str
    values: tuple[Any, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(f"{self.text} {other.text}", self.values + other.values)


TRUE = Sql("TRUE")
_DEEPEST: Final = 4  # levels of a name that may lead through a list


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
    conditions = list(parts)
    if not conditions:
        return TRUE
    glue = ", " if word == "," else f" {word} "
    text = glue.join(part.text for part in conditions)
    return Sql(text if word == "," else f"({text})", tuple(value for part in conditions for value in part.values))


def compiled(node: Node | None, fields: Fields) -> Sql:
    """The condition of a search; never NULL, so that NOT means the opposite."""
    if node is None:
        return TRUE
    if isinstance(node, BooleanGroup):
        return joined((compiled(child, fields) for child in node.nodes), node.word)
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
        return Sql(f"({text.text}) NOT IN ('', '{{}}', '[]')", text.values)
    if isinstance(node, Match):
        return fields.matched(node) or any_of(fields.text(node.field), lambda text: _equal(node, text))
    return fields.bounded(node) or _bounds(node, fields)


def any_of(text: Sql, condition: Callable[[Sql], Sql]) -> Sql:
    """The condition on a text, or on any element of it where it is a list in JSON."""
    own, element = condition(text), condition(Sql("element"))
    listed = Sql(f"json_extract_string({text.text}, '$[*]')", text.values)
    in_list = Sql(
        f"CASE WHEN {_is_list(text).text} THEN len(list_filter({listed.text}, lambda element: "
        f"coalesce({element.text}, FALSE))) > 0 ELSE FALSE END",
        (*_is_list(text).values, *listed.values, *element.values),
    )
    return joined([Sql(f"coalesce({own.text}, FALSE)", own.values), in_list], "OR")


def elements(text: Sql) -> Sql:
    """The elements of a text that is a list in JSON; else a list of the text itself."""
    is_list = _is_list(text)
    return Sql(
        f"CASE WHEN {is_list.text} THEN json_extract_string({text.text}, '$[*]') ELSE [{text.text}] END",
        (*is_list.values, *text.values, *text.values),
    )


def _is_list(text: Sql) -> Sql:
    return Sql(f"(starts_with({text.text}, '[') AND json_valid({text.text}))", text.values * 2)


def _equal(node: Match, text: Sql) -> Sql:
    if node.pattern:
        expression = "(?is)^" + ".*".join(re.escape(part) for part in node.pattern) + "$"
        return Sql(f"regexp_matches({text.text}, ?)", (*text.values, expression))
    if node.prefix:
        return Sql(f"starts_with(lower({text.text}), lower(?))", (*text.values, node.value))
    if node.exact:
        return Sql(f"({text.text}) = ?", (*text.values, node.value))
    return Sql(f"lower({text.text}) = lower(?)", (*text.values, node.value))


def _bounds(node: Bounds, fields: Fields) -> Sql:
    sides = [side for side in (node.low, node.high) if side is not None]
    numeric = bool(sides) and all(number_of(side) is not None for side in sides)
    text = fields.text(node.field)
    if not numeric:
        return any_of(text, lambda element: between(element, node, node.low, node.high))
    if any(_is_long(side) for side in sides):
        first, last = (None if side is None else _whole(side) for side in (node.low, node.high))
        return any_of(
            text,
            lambda element: between(Sql(f"TRY_CAST({element.text} AS HUGEINT)", element.values), node, first, last),
        )
    low, high = number_of(node.low), number_of(node.high)
    own = _finite(fields.number(node.field), node, low, high)
    return any_of(text, lambda element: own if element is text else _finite(_double(element), node, low, high))


def _double(text: Sql) -> Sql:
    return Sql(f"TRY_CAST({text.text} AS DOUBLE)", text.values)


def _finite(number: Sql, node: Bounds, low: Any, high: Any) -> Sql:
    """Within the bounds; texts such as NaN and Infinity become numbers too, and are none here."""
    return joined([between(number, node, low, high), Sql(f"isfinite({number.text})", number.values)], "AND")


def _is_long(side: str) -> bool:
    """A whole number that a double cannot tell from its neighbours."""
    return abs(whole_number(side) or 0) > 2**53


def _whole(side: str) -> int:
    whole = whole_number(side)
    return whole if whole is not None else int(max(-1e37, min(number_of(side) or 0, 1e37)))


def between(value: Sql, node: Bounds, low: Any, high: Any) -> Sql:
    """The value within the bounds, whose sides are given in the value's own type (None: open)."""
    parts = [Sql(f"({value.text}) IS NOT NULL", value.values)]
    if low is not None:
        parts.append(Sql(f"({value.text}) {'>=' if node.low_included else '>'} ?", (*value.values, low)))
    if high is not None:
        parts.append(Sql(f"({value.text}) {'<=' if node.high_included else '<'} ?", (*value.values, high)))
    return joined(parts, "AND")


def filtered(filters: Sequence[Filter], fields: Fields) -> Sql:
    """All filters; each is any of its values, or that the field is present."""
    return joined((_filter(filter_, fields) for filter_ in filters), "AND")


def _filter(filter_: Filter, fields: Fields) -> Sql:
    nodes: list[Node] = [Match(filter_.field, value, exact=True) for value in filter_.values] or [Exists(filter_.field)]
    return compiled(
        Not(BooleanGroup("OR", tuple(nodes))) if filter_.negated else BooleanGroup("OR", tuple(nodes)), fields
    )


_STAR: Final = r"[\pL\pN_.,:;'\-]*"  # what an asterisk stands for within a text: letters and what joins them


def words(column: str, value: str, prefix: bool = False, pattern: Sequence[str] = ()) -> Sql:
    """The words of a text, in a row and whole (the last may be a beginning), in a text column; case does not matter.

    `pattern` has the parts of one word between asterisks.
    """
    gap = r"[^\pL\pN_]"
    if pattern:
        literal = max(pattern, key=len)
        expression = rf"(?i)(?:^|{gap}){_STAR.join(re.escape(part) for part in pattern)}(?:{gap}|$)"
    else:
        tokens = re.findall(r"\w+", value)
        if not tokens or UNSPACED.search(value):
            return Sql(f"contains(lower({column}), lower(?))", (value.strip(),))
        literal = tokens[0]
        expression = rf"(?i)(?:^|{gap})" + f"{gap}+".join(tokens) + ("" if prefix else rf"(?:{gap}|$)")
    contained = Sql(f"contains(lower({column}), lower(?))", (literal,))
    return joined([contained, Sql(f"regexp_matches({column}, ?)", (expression,))], "AND")


def pointer(name: str) -> str:
    """A JSON pointer to a member of that name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def nested_pointer(name: str) -> str:
    """A JSON pointer that takes dots for levels."""
    return "".join(pointer(part) for part in name.split("."))


def member(column: str, name: str) -> Sql:
    """A member of a JSON column as text, whether its dots are part of its name or levels.

    Members of the objects of a list are a list.
    """
    flat = Sql(f"json_extract_string({column}, ?)", (pointer(name),))
    if "." not in name:
        return flat
    forms = [flat, Sql(f"json_extract_string({column}, ?)", (nested_pointer(name),))]
    forms += [
        Sql(f"nullif(CAST(to_json(json_extract({column}, ?)) AS VARCHAR), '[]')", (path,)) for path in _list_paths(name)
    ]
    return Sql(
        f"coalesce({', '.join(form.text for form in forms)})", tuple(value for part in forms for value in part.values)
    )


def _list_paths(name: str) -> list[str]:
    """Paths to a member through one list, at whichever level that is."""
    parts = name.split(".")
    if len(parts) > _DEEPEST or '"' in name or not all(parts):
        return []
    return [
        "$" + "".join(f'."{part}"{"[*]" if place == n else ""}' for place, part in enumerate(parts))
        for n in range(len(parts) - 1)
    ]
