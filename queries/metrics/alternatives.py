"""A label that has two names, as after a rename in a convention: series with either of them count.

Each selector of the metric becomes two, joined by `or`, with the function around its range: no series is in both, and
all of them come out under the first name.

    rate(x{a="1"}[5m])  →  (rate(x{a="1"}[5m]) or label_replace(rate(x{a="",b="1"}[5m]), "a", "$1", "b", "(.+)"))
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_STRING: Final = r'"(?:\\.|[^"\\])*"'
_BRACES: Final = rf"\{{(?:[^{{}}\"]|{_STRING})*\}}"
_REST: Final = rf"(?P<braces>\s*{_BRACES})?(?P<range>\s*\[[^\]]*\])?(?P<offset>\s+offset\s+-?\w+)?"
_TOKEN: Final = re.compile(rf"{_STRING}|[()]")
_NAME_BEFORE: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\s*$")


@dataclass(frozen=True)
class _Part:
    """Where an expression of one selector stands: with the call around its range, if it has one."""

    start: int
    end: int
    braces_start: int
    braces_end: int


def with_either(expr: str, metrics: Collection[str], label: str, other: str) -> str:
    """The expression, in which `other` stands for `label` where series of the metrics lack it."""
    for part in reversed(_parts(expr, metrics)):
        first, second = (_variant(expr, part, matchers) for matchers in _matchers(expr, part, label, other))
        both = f'({first} or label_replace({second}, "{label}", "$1", "{other}", "(.+)"))'
        expr = expr[: part.start] + both + expr[part.end :]
    return expr


def _variant(expr: str, part: _Part, matchers: str) -> str:
    return expr[part.start : part.braces_start] + "{" + matchers + "}" + expr[part.braces_end : part.end]


def _matchers(expr: str, part: _Part, label: str, other: str) -> tuple[str, str]:
    """Matchers of series that have the label, and of those that have the other one or neither."""
    written = expr[part.braces_start : part.braces_end].strip()[1:-1].strip().rstrip(",")
    renamed = re.sub(
        rf"{_STRING}|\b{label}\b(?=\s*[=!])", lambda match: match[0] if match[0].startswith('"') else other, written
    )
    return _and(written, f'{label}!=""'), _and(renamed, f'{label}=""')


def _and(matchers: str, added: str) -> str:
    return f"{matchers},{added}" if matchers else added


def _parts(expr: str, metrics: Collection[str]) -> list[_Part]:
    names = "|".join(sorted(metrics, key=len, reverse=True))
    pattern = re.compile(rf"{_STRING}|(?<![\w:.])(?P<name>{names})(?![\w:]){_REST}")
    return [_part(expr, match) for match in pattern.finditer(expr) if match["name"]]


def _part(expr: str, match: re.Match[str]) -> _Part:
    braces = match.span("braces") if match["braces"] else (match.end("name"), match.end("name"))
    start, end = _call_around(expr, match) if match["range"] else match.span()
    return _Part(start, end, *braces)


def _call_around(expr: str, match: re.Match[str]) -> tuple[int, int]:
    """From the function's name to its closing parenthesis."""
    opened: list[int] = []
    for token in _TOKEN.finditer(expr, 0, match.start()):
        if token[0] == "(":
            opened.append(token.start())
        elif token[0] == ")":
            opened.pop()
    name = _NAME_BEFORE.search(expr, 0, opened[-1])
    depth = 1
    for token in _TOKEN.finditer(expr, match.end()):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if not depth:
            return (name.start() if name else opened[-1]), token.end()
    return match.span()
