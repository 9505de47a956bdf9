"""PromQL as a tree: which series an expression selects, and whether its answers can be put together from parts.

The tree comes from promql-parser, a port of Prometheus' own parser. Text that it does not know (a newer syntax,
MetricsQL) is not an error here: it is accepted, and its answers are cached as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

import promql_parser as promql

# What Prometheus evaluates at each instant for itself, from samples at that instant or before it. `limitk` is not
# among them (which series it takes depends on the blocks that are read), nor `info` (experimental), nor anything of
# MetricsQL such as `now`, `rand`, `running_sum` or `start`.
_FUNCTIONS: Final = """
    abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max clamp_min
    cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv
    double_exponential_smoothing exp first_over_time floor histogram_avg histogram_count histogram_fraction
    histogram_quantile histogram_stddev histogram_stdvar histogram_sum hour idelta increase irate label_join
    label_replace last_over_time ln log10 log2 mad_over_time max_over_time min_over_time minute month pi predict_linear
    present_over_time quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_by_label
    sort_by_label_desc sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp vector
    year
"""
_AGGREGATIONS: Final = "avg bottomk count count_values group max min quantile stddev stdvar sum topk"
EXTENDABLE: Final = frozenset(_FUNCTIONS.split())
EXTENDABLE_AGGREGATIONS: Final = frozenset(_AGGREGATIONS.split())
# The parser's time grows with the square of the depth, and its stack with the depth: 0.1 s at most within these.
_MOST_CHARACTERS: Final = 20_000
_MOST_BRANCHES: Final = 300
_BRANCH: Final = re.compile(
    r"""(?P<skip>\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|[-+*/%^(<>]|[!=]=|\b(?:and|or|unless|atan2)\b""",
    re.VERBOSE | re.IGNORECASE,
)
# Lexers disagree about other control characters: one ends a comment where another goes on.
_UNCLEAR: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Matcher:
    """A condition on a label: `=`, `!=`, `=~` or `!~`."""

    label: str
    operator: str
    value: str

    @property
    def text(self) -> str:
        """As it is written in PromQL."""
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.operator}"{value}"'


@dataclass(frozen=True)
class Selector:
    """Series of one metric; `seconds` is the range that a function looks at, 0 for an instant."""

    metric: str
    matchers: tuple[Matcher, ...] = ()
    seconds: int = 0

    @property
    def text(self) -> str:
        """The selector without its range."""
        return f"{self.metric}{{{','.join(matcher.text for matcher in self.matchers)}}}"


@dataclass(frozen=True)
class Syntax:
    """What is known of an expression.

    `metrics` are the names that it selects, sorted; `selectors` those of one metric each, in the order of the text;
    `reach` is how many seconds a range in it looks back, offsets included.
    """

    is_extendable: bool
    metrics: tuple[str, ...]
    selectors: tuple[Selector, ...] = ()
    reach: int = 0


UNKNOWN: Final = Syntax(False, ())
_OPERATORS: Final = (
    (promql.MatchOp.Equal, "="),
    (promql.MatchOp.NotEqual, "!="),
    (promql.MatchOp.Re, "=~"),
    (promql.MatchOp.NotRe, "!~"),
)


@lru_cache(maxsize=4_096)
def analysed(expr: str) -> Syntax:
    """What is known of an expression: nothing when it cannot be parsed, or is too large to try."""
    text = expr.replace("\r\n", "\n")
    if not _is_moderate(text):
        return UNKNOWN
    try:
        nodes = list(_nodes(promql.parse(text)))
    except ValueError:
        return UNKNOWN
    selectors = tuple(dict.fromkeys(_selectors(nodes)))
    names = {selector.metric for selector in selectors}
    return Syntax(all(map(_is_known_to_extend, nodes)), tuple(sorted(names)), selectors, max(map(_reach, nodes)))


def _is_moderate(text: str) -> bool:
    if len(text) > _MOST_CHARACTERS or _UNCLEAR.search(text):
        return False
    return sum(match["skip"] is None for match in _BRANCH.finditer(text)) <= _MOST_BRANCHES


def _nodes(root: Any) -> Iterator[Any]:
    """Every node of the tree."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(_children(node))


def _children(node: Any) -> list[Any]:
    match node:
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return [node.expr]
        case promql.AggregateExpr():
            return [node.expr] if node.param is None else [node.expr, node.param]
        case promql.BinaryExpr():
            return [node.lhs, node.rhs]
        case promql.Call():
            return list(node.args)
        case promql.MatrixSelector():
            return [node.vector_selector]
    return []


def _selectors(nodes: list[Any]) -> Iterator[Selector]:
    previous = None
    for node in nodes:
        if isinstance(node, promql.VectorSelector) and (name := _name(node)):
            # A range comes directly before the selector that it belongs to.
            matrix = previous if isinstance(previous, promql.MatrixSelector) else None
            yield Selector(name, _matchers(node), int(matrix.range.total_seconds()) if matrix else 0)
        previous = node


def _matchers(selector: Any) -> tuple[Matcher, ...]:
    named = (matcher for matcher in selector.matchers.matchers if not _is_name(matcher))
    return tuple(Matcher(matcher.name, _operator(matcher.op), matcher.value) for matcher in named)


def _operator(operator: Any) -> str:
    return next(text for known, text in _OPERATORS if operator == known)


def _reach(node: Any) -> int:
    match node:
        case promql.MatrixSelector():
            return _seconds(node.range, node.vector_selector.offset)
        case promql.SubqueryExpr():
            return _seconds(node.range, node.offset)
        case promql.VectorSelector():
            return _seconds(node.offset)
    return 0


def _seconds(*spans: timedelta | None) -> int:
    return int(sum((span or timedelta() for span in spans), timedelta()).total_seconds())


def _is_known_to_extend(node: Any) -> bool:
    """Whether the node's value at an instant depends on that instant alone, as far as its children's values do."""
    match node:
        case promql.VectorSelector() | promql.SubqueryExpr():
            return node.at is None and (node.offset is None or node.offset >= timedelta())
        case promql.Call():
            return node.func.name in EXTENDABLE
        case promql.AggregateExpr():
            # Prometheus before 3.5 takes a parameter that varies from the first instant of the range for all of it.
            return str(node.op) in EXTENDABLE_AGGREGATIONS and _is_constant(node.param)
        case promql.BinaryExpr():
            return node.modifier is None or _fills_nothing(node.modifier)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.MatrixSelector():
            return True
        case promql.NumberLiteral() | promql.StringLiteral():
            return True
    return False


def _is_constant(node: Any) -> bool:
    while isinstance(node, (promql.ParenExpr, promql.UnaryExpr)):
        node = node.expr
    return node is None or isinstance(node, (promql.NumberLiteral, promql.StringLiteral))


def _fills_nothing(modifier: Any) -> bool:
    return modifier.fill_values.lhs is None and modifier.fill_values.rhs is None


def _name(selector: Any) -> str:
    """The metric's name, also where it is written as a label; empty for a selector of several."""
    if selector.name:
        return str(selector.name)
    names = [matcher.value for matcher in selector.matchers.matchers if _is_name(matcher)]
    return names[0] if len(names) == 1 else ""


def _is_name(matcher: Any) -> bool:
    return bool(matcher.name == "__name__" and matcher.op == promql.MatchOp.Equal)
