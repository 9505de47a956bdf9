"""What an alert's expression compares: the value and its limit, so that both can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import promql_parser as promql

_INVERTED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_MOST_CHARACTERS: Final = 20_000


@dataclass(frozen=True)
class Comparison:
    """`expr` compared with a number, as in `rate(x[5m]) > 5`."""

    expr: str
    operator: str
    limit: float


@lru_cache(maxsize=1_024)
def comparison_of(expr: str) -> Comparison | None:
    """The comparison that decides: the first operand of `and` and `unless`. None if there is no such number."""
    if len(expr) > _MOST_CHARACTERS:
        return None
    try:
        node: Any = promql.parse(expr)
    except ValueError:
        return None
    while isinstance(node, promql.ParenExpr) or _is_set_operation(node):
        node = node.expr if isinstance(node, promql.ParenExpr) else node.lhs
    return _comparison(node)


def _is_set_operation(node: Any) -> bool:
    return isinstance(node, promql.BinaryExpr) and str(node.op) in ("and", "unless", "or")


def _comparison(node: Any) -> Comparison | None:
    if not isinstance(node, promql.BinaryExpr) or str(node.op) not in _INVERTED:
        return None
    operator = str(node.op)
    if isinstance(node.rhs, promql.NumberLiteral):
        return Comparison(node.lhs.prettify(), operator, float(node.rhs.val))
    if isinstance(node.lhs, promql.NumberLiteral):
        return Comparison(node.rhs.prettify(), _INVERTED[operator], float(node.lhs.val))
    return None
