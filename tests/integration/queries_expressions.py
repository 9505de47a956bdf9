"""Expressions as people and programs write them: any nesting, any case of keywords, comments in any place."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.integration.queries_compare import END

Tokens = list[str]

METRICS = ("load", "requests_total", "latency_count", 'load{host="one"}', "requests_total{endpoint!='/b'}")
COMMENTS = (
    "# don't\n",
    '# say "no\n',
    "# `\n",
    "# @ end()\n",
    "# offset -5m\n",
    "#\n",
    "# ' \" `\r\n",
    "# ) or (\n",
)
SPACES = (" ", " ", " ", " ", "  ", "\n", "\t", "\r\n")
MODIFIERS: tuple[Tokens, ...] = (
    [],
    [],
    [],
    ["offset", "10m"],
    ["offset", "-7m"],
    ["offset", "-40m"],
    ["@", "end", "(", ")"],
    ["@", "start", "(", ")"],
    ["@", str(END - 3_600)],
    ["offset", "-5m", "@", "end", "(", ")"],
    ["offset", "1h", "@", "start", "(", ")"],
)
WINDOWS = ("1m", "5m", "90s", "2m30s")
ROLLUPS = (
    "rate",
    "increase",
    "avg_over_time",
    "max_over_time",
    "last_over_time",
    "changes",
    "deriv",
    "present_over_time",
)
FUNCTIONS = ("abs", "ceil", "timestamp", "absent", "scalar", "sgn")
OPERATORS = ("+", "-", "*", "/", "and", "or", "unless", "> bool", "== bool", "^")
AGGREGATIONS = ("sum", "max", "count", "avg", "stddev")


@st.composite
def vectors(draw: st.DrawFn, depth: int = 3) -> Tokens:
    """The tokens of an expression that gives an instant vector or a scalar."""
    shape = draw(st.sampled_from(("metric", "rollup", "subquery", "call", "sum", "binary", "quantile", "time")))
    if depth == 0 or shape == "metric":
        return [draw(st.sampled_from(METRICS)), *draw(st.sampled_from(MODIFIERS))]
    if shape == "rollup":
        metric, window = draw(st.sampled_from(METRICS)), draw(st.sampled_from(WINDOWS))
        return [draw(st.sampled_from(ROLLUPS)), "(", f"{metric}[{window}]", *draw(st.sampled_from(MODIFIERS)), ")"]
    if shape == "subquery":
        inner = draw(vectors(depth - 1))
        return ["max_over_time", "(", "(", *inner, ")", "[10m:1m]", *draw(st.sampled_from(MODIFIERS)), ")"]
    if shape == "call":
        function = draw(st.sampled_from(FUNCTIONS))
        inner = ["vector", "(", "scalar", "(", *draw(vectors(depth - 1)), ")", ")"]
        return [function, "(", *inner, ")"]
    if shape == "sum":
        by = draw(st.sampled_from((["by", "(", "endpoint", ")"], ["without", "(", "version", ")"], [])))
        return [draw(st.sampled_from(AGGREGATIONS)), *by, "(", *_vector(draw(vectors(depth - 1))), ")"]
    if shape == "quantile":
        share = draw(st.sampled_from((["0.5"], ["scalar", "(", "load{host='one'}", "/", "100", ")"])))
        return ["quantile", "(", *share, ",", *_vector(draw(vectors(depth - 1))), ")"]
    if shape == "time":
        return ["time", "(", ")"]
    left, right = (["sum", "(", *_vector(draw(vectors(depth - 1))), ")"] for _ in range(2))
    return ["(", *left, draw(st.sampled_from(OPERATORS)), *right, ")"]


def _vector(tokens: Tokens) -> Tokens:
    """The same as an instant vector, whatever it is."""
    return ["vector", "(", *tokens, ")"] if tokens[0] in ("scalar", "time") else tokens


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """An expression in one of its many spellings; some are refused by every backend."""
    text = ""
    for token in draw(vectors()):
        spelled = (
            draw(st.sampled_from((token, token, token.upper(), token.capitalize()))) if _is_keyword(token) else token
        )
        text += spelled + draw(st.sampled_from(SPACES)) + draw(st.sampled_from(("", "", "", *COMMENTS)))
    return text


def _is_keyword(token: str) -> bool:
    return token in ("offset", "by", "without", "and", "or", "unless", *AGGREGATIONS, "start", "end")
