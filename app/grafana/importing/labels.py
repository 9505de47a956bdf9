"""What can be said of an expression's result from its text: the labels of its series, and whether there is only one."""

from __future__ import annotations

from typing import Any, Final

import promql_parser as promql

from queries.core.time_range import Window
from queries.metrics.profile import CODEAGENT
from queries.metrics.promql import canonical

_WINDOW: Final = Window(0, 3_600, 60)
_SINGLE: Final = ("scalar", "vector", "time", "absent")


def labels_of(template: str) -> tuple[str, ...] | None:
    """The labels of the series; () for a single one, None where only the backend knows them."""
    try:
        return _labels(promql.parse(canonical(template, _WINDOW, {}, CODEAGENT)))
    except ValueError:
        return None


def matched_labels(template: str) -> tuple[str, ...]:
    """The labels that the expression selects series by, in their order."""
    try:
        tree = promql.parse(canonical(template.replace("$filter(", "filter_label("), _WINDOW, {}, CODEAGENT))
    except ValueError:
        return ()
    return tuple(dict.fromkeys(matcher.name for node in selectors(tree) for matcher in node.matchers.matchers))


def _labels(node: Any) -> tuple[str, ...] | None:
    match node:
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return _labels(node.expr)
        case promql.AggregateExpr():
            return _aggregated(node)
        case promql.BinaryExpr():
            left, right = _labels(node.lhs), _labels(node.rhs)
            return right if isinstance(node.lhs, promql.NumberLiteral) or (left == () and right) else left
        case promql.NumberLiteral():
            return ()
        case promql.Call():
            if node.func.name in _SINGLE:
                return ()
            if node.func.name in ("label_replace", "label_join"):
                return _relabelled(node.args)
            inner = [_labels(argument) for argument in node.args if not isinstance(argument, promql.StringLiteral)]
            result = inner[-1] if inner else ()
            is_quantile = node.func.name == "histogram_quantile" and result is not None
            return tuple(label for label in result or () if label != "le") if is_quantile else result
    return None


def _relabelled(arguments: Any) -> tuple[str, ...] | None:
    """The labels of a vector, and the label that is written."""
    vector, label, *_ = arguments
    known = _labels(vector)
    return None if known is None else tuple(dict.fromkeys((*known, label.val)))


def _aggregated(node: Any) -> tuple[str, ...] | None:
    if str(node.op) in ("topk", "bottomk", "limitk", "limit_ratio"):
        return _labels(node.expr)
    if node.modifier is None:
        return ()
    return tuple(node.modifier.labels) if node.modifier.type == promql.AggModifierType.By else None


def selectors(node: Any) -> list[Any]:
    """The vector selectors below a node."""
    match node:
        case promql.VectorSelector():
            return [node]
        case promql.MatrixSelector():
            return [node.vector_selector]
        case promql.BinaryExpr():
            return selectors(node.lhs) + selectors(node.rhs)
        case promql.Call():
            return [inner for argument in node.args for inner in selectors(argument)]
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr() | promql.AggregateExpr():
            return selectors(node.expr)
    return []
