"""The parts of a PromQL text that a translation replaces: selectors, and the calls that they stand in.

Text is scanned instead of parsed so that everything else stays as it is written, placeholders included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_STRING: Final = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'|`[^`]*`"
_BRACES: Final = rf"\{{(?:[^{{}}\"'`]|{_STRING})*\}}"
_TOKEN: Final = re.compile(
    rf"(?P<skip>\#[^\n]*|{_STRING})|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?P<braces>{_BRACES})|(?P<range>\[[^\]]*\])"
    r"|(?P<paren>[()])"
)
_AFTER: Final = re.compile(
    rf"(?P<braces>\s*{_BRACES})?(?P<range>\s*\[[^\]]*\])?(?P<offset>\s+offset\s+-?[\w$]+)?", re.ASCII
)
_AGGREGATION: Final = re.compile(
    r"(?P<op>sum|min|max|avg|count|group|stddev|stdvar|topk|bottomk|quantile|count_values)"
    r"(?:\s+(?P<how>by|without)\s*\((?P<labels>[^()]*)\))?\s*$"
)
_BY_AFTER: Final = re.compile(r"\s*(?P<how>by|without)\s*\((?P<labels>[^()]*)\)")
_FUNCTION: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\s*$")
_LISTS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_MATCHER: Final = re.compile(rf"\s*(?P<label>[a-zA-Z_]\w*)\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>{_STRING})\s*")
_ELEMENT: Final = re.compile(rf"(?:[^,\"'`]|{_STRING})+")


@dataclass(frozen=True)
class Term:
    """A matcher as it is written: `label`, `operator`, unescaped `value`; a placeholder has its text only."""

    text: str
    label: str = ""
    operator: str = ""
    value: str = ""


@dataclass(frozen=True)
class Written:
    """A selector in a text: where it stands, its name, matchers, range with brackets, and offset."""

    start: int
    end: int
    name: str
    terms: tuple[Term, ...] | None  # None without braces
    range: str
    offset: str


@dataclass(frozen=True)
class Call:
    """A function or an aggregation: `open` and `close` are its parentheses.

    `by` is None for functions and for aggregations `without` labels.
    """

    start: int
    open: int
    close: int
    end: int
    name: str
    by: tuple[str, ...] | None = None
    is_aggregation: bool = False


def scan(expr: str) -> tuple[list[Written], list[Call]]:
    """Selectors in the order of the text, and calls, inner ones first."""
    names: list[re.Match[str]] = []
    calls: list[Call] = []
    opened: list[int] = []
    for token in _TOKEN.finditer(expr):
        if token["name"]:
            names.append(token)
        elif token[0] == "(":
            opened.append(token.start())
        elif token[0] == ")" and opened:
            call = _call(expr, opened.pop(), token.start())
            calls += [call] if call else []
    return [_written(expr, token) for token in names], calls


def call_around(written: Written, calls: list[Call]) -> Call | None:
    """The innermost call that a selector stands in."""
    return next((call for call in calls if call.open < written.start < call.close), None)


def aggregation_around(written: Written, calls: list[Call]) -> Call | None:
    """The innermost aggregation that a selector stands in."""
    return next((call for call in calls if call.is_aggregation and call.open < written.start < call.close), None)


def _call(expr: str, opening: int, closing: int) -> Call | None:
    aggregation = _AGGREGATION.search(expr, 0, opening)
    if aggregation and not expr[: aggregation.start()].endswith(("_", ":")) and _is_word_start(expr, aggregation):
        how, labels, end = aggregation["how"], aggregation["labels"], closing + 1
        if how is None and (after := _BY_AFTER.match(expr, closing + 1)):
            how, labels, end = after["how"], after["labels"], after.end()
        by = None if how == "without" else _labels(labels or "")
        return Call(aggregation.start(), opening, closing, end, aggregation["op"], by, is_aggregation=True)
    function = _FUNCTION.search(expr, 0, opening)
    if function is None or function[0].strip() in _LISTS:
        return None
    return Call(function.start(), opening, closing, closing + 1, function[0].strip())


def _is_word_start(expr: str, match: re.Match[str]) -> bool:
    return match.start() == 0 or not (expr[match.start() - 1].isalnum())


def _labels(text: str) -> tuple[str, ...]:
    return tuple(label.strip() for label in text.split(",") if label.strip())


def _written(expr: str, token: re.Match[str]) -> Written:
    after = _AFTER.match(expr, token.end())
    braces, span, offset = (after["braces"], after["range"], after["offset"]) if after else (None, None, None)
    end = after.end() if after else token.end()
    terms = _terms(braces.strip()[1:-1]) if braces else None
    return Written(token.start(), end, token["name"], terms, (span or "").strip(), (offset or "").strip())


def _terms(text: str) -> tuple[Term, ...]:
    return tuple(_term(element[0].strip()) for element in _ELEMENT.finditer(text) if element[0].strip())


def _term(text: str) -> Term:
    match = _MATCHER.fullmatch(text)
    if match is None:
        return Term(text)
    quoted = match["value"]
    value = quoted[1:-1] if quoted[0] == "`" else _unescaped(quoted[1:-1])
    return Term(text, match["label"], match["operator"], value)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), text, flags=re.DOTALL)
