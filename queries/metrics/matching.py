"""Matchers of canonical labels, evaluated or rewritten for the labels and values of a deployment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from queries.metrics.expression_parts import Term
from queries.metrics.promql import label_value, literal

if TYPE_CHECKING:
    from queries.metrics.profile import LabelSource


def applies(term: Term, value: str) -> bool:
    """Whether a label with that value satisfies the matcher; True where the matcher's value is a placeholder."""
    if "$" in term.value and term.operator in ("=", "=~") and re.search(r"\$\{?\w", term.value):
        return True
    match term.operator:
        case "=":
            return value == term.value
        case "!=":
            return value != term.value
        case "=~":
            return _fits(term.value, value)
    return not _fits(term.value, value)


def renamed(term: Term, label: str, values: Mapping[str, tuple[str, ...]]) -> str:
    """The matcher on a deployed label; `values` are deployed values by canonical value."""
    is_regex = term.operator in ("=~", "!~")
    if is_regex:
        known = [value for canonical, deployed in values.items() if _fits(term.value, canonical) for value in deployed]
        alternatives = [*(literal(value) for value in known), term.value]
        return _text(label, term.operator, "|".join(alternatives)) if known else _text(label, term.operator, term.value)
    deployed = values.get(term.value, (term.value,))
    if len(deployed) == 1:
        return _text(label, term.operator, deployed[0])
    operator = "=~" if term.operator == "=" else "!~"
    return _text(label, operator, "|".join(literal(value) for value in deployed))


def _text(label: str, operator: str, value: str) -> str:
    return f'{label}{operator}"{label_value(value)}"'


def _fits(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    except re.error:
        return False


def absent(sources: Iterable[LabelSource], unset: str = "") -> list[str]:
    """Matchers of the series that lack these labels: a source counts where those before it are absent or `unset`."""
    return [
        _text(source, "=~", f"|{literal(unset)}") if unset else f'{source}=""'
        for source in sources
        if isinstance(source, str)
    ]


def has_value(source: str, unset: str = "") -> str:
    """The matcher of the series on which a label has a value; `unset` is none."""
    return _text(source, "!~", f"|{literal(unset)}") if unset else f'{source}!=""'


def without_value(label: str) -> str:
    """What a canonical label holds where none of its sources has a value."""
    return f"(no {label})"


def other_than(text: str) -> str:
    """A regular expression for everything but nothing and this text, for engines without negative look-ahead."""
    shorter = [literal(text[:length]) for length in range(1, len(text))]
    different = [f"{literal(text[:index])}[^{_in_class(text[index])}].*" for index in range(len(text))]
    return f"({'|'.join([*shorter, *different, f'{literal(text)}.+'])})"


def _in_class(character: str) -> str:
    return f"\\{character}" if character in "\\]^-" else character
