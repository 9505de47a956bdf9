"""Values in a profile's TOML file, checked: each error names the key and what is allowed there."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import promql_parser

from queries.metrics.profile import Join, LabelSource, Minus
from queries.metrics.promql import without_filters

_SERIES: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_JOIN: Final = ("from", "on", "label")


class Problem(Exception):
    """A value that cannot be used: its key, what is wrong, and what is allowed."""

    def __init__(self, key: str, sentence: str, allowed: str) -> None:
        super().__init__(f"{key} {sentence} {allowed}")
        self.key, self.sentence, self.allowed = key, sentence, allowed


def check_keys(content: Mapping[str, Any], allowed: Collection[str], key: str) -> None:
    """Refuse keys that are not allowed: a misspelt one must not be ignored."""
    unknown = sorted(content.keys() - set(allowed))
    if unknown:
        raise Problem(f"{key}.{unknown[0]}".lstrip("."), "is not known.", f"Allowed: {', '.join(allowed) or 'none'}.")


def table(content: Any, key: str) -> Mapping[str, Any]:
    """A table."""
    if not isinstance(content, dict):
        raise Problem(key, "is not a table.", f"Write [{key}] and its keys below.")
    return content


def text(content: Any, key: str) -> str:
    """Text."""
    if not isinstance(content, str):
        raise Problem(key, "is not text.", "Write it between quotes.")
    return content


def words(content: Any, key: str) -> dict[str, str]:
    """A table of texts."""
    return {name: text(value, f"{key}.{name}") for name, value in table(content, key).items()}


def number(content: Any, key: str) -> float:
    """A number."""
    if isinstance(content, bool) or not isinstance(content, (int, float)):
        raise Problem(key, "is not a number.", "Write a number without quotes.")
    return float(content)


def names(content: Any, key: str) -> tuple[str, ...]:
    """One series name, or a list of alternatives."""
    listed = content if isinstance(content, list) else [content]
    for name in listed:
        if not isinstance(name, str) or not _SERIES.fullmatch(name):
            raise Problem(key, f"has “{name}”, which is no metric name.", "Write a name, or a list of names.")
    return tuple(listed)


def subtracted(content: Any, key: str) -> tuple[Minus, ...]:
    """A list of what is subtracted: a name, a list of alternatives, or a table with `name` or `names`, and `where`."""
    return tuple(_minus(row, key) for row in (content if isinstance(content, list) else [content]))


def _minus(content: Any, key: str) -> Minus:
    if not isinstance(content, dict):
        return Minus(names(content, key))
    check_keys(content, ("name", "names", "where"), key)
    where = promql(text(content.get("where", ""), f"{key}.where"), f"{key}.where", matcher=True)
    return Minus(names(content.get("names", content.get("name", [])), f"{key}.names"), where)


def label_sources(content: Any, key: str) -> tuple[LabelSource, ...]:
    """A deployed label, a list of alternatives, a join with another metric, or `false` for a label that is absent."""
    if content is False or content == "":
        return ()
    return tuple(_source(row, key) for row in (content if isinstance(content, list) else [content]))


def _source(content: Any, key: str) -> LabelSource:
    if isinstance(content, str) and _LABEL.fullmatch(content):
        return content
    if isinstance(content, dict):
        check_keys(content, _JOIN, key)
        if missing := [name for name in ("from", "on") if name not in content]:
            raise Problem(f"{key}.{missing[0]}", "is missing.", "A join needs from (a metric) and on (a label).")
        label = text(content.get("label", key.rpartition(".")[2]), f"{key}.label")
        return Join(names(content["from"], f"{key}.from")[0], text(content["on"], f"{key}.on"), label)
    allowed = "Write a label, a list of labels, {from = …, on = …, label = …}, or false if there is none."
    raise Problem(key, f"is “{content}”, which is no label.", allowed)


def label_values(content: Mapping[str, Any], key: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Deployed values by canonical label and value."""
    return {
        label: {
            value: _values(mapped, f"{key}.{label}.{value}") for value, mapped in table(rows, f"{key}.{label}").items()
        }
        for label, rows in content.items()
    }


def _values(content: Any, key: str) -> tuple[str, ...]:
    listed = content if isinstance(content, list) else [content]
    if not listed or not all(isinstance(value, str) for value in listed):
        raise Problem(key, "is not text.", "Write a value, or a list of values, between quotes.")
    return tuple(listed)


def states(row: Mapping[str, Any], key: str) -> tuple[tuple[float, float], ...]:
    """Canonical numbers by deployed ones; `invert` is short for 0 means 1 and 1 means 0."""
    if row.get("invert") is True:
        return ((0.0, 1.0), (1.0, 0.0))
    if row.get("invert", False) is not False:
        raise Problem(f"{key}.invert", "is neither true nor false.", "Write true, or use states.")
    content = table(row.get("states", {}), f"{key}.states")
    try:
        return tuple((float(state), number(value, f"{key}.states.{state}")) for state, value in content.items())
    except ValueError:
        raise Problem(f"{key}.states", "has a key that is no number.", "Write 0 = 1.0, for instance.") from None


def promql(expr: str, key: str, *, matcher: bool = False) -> str:
    """A PromQL expression, or matchers without braces; `$filters` may stand in the braces of an expression."""
    if not expr:
        return expr
    try:
        promql_parser.parse(f"x{{{expr}}}" if matcher else without_filters(expr))
    except ValueError as error:
        what = "matchers such as job=“x”" if matcher else "a PromQL expression"
        raise Problem(key, f"is not valid: {error}.", f"Write {what}.") from None
    return expr


def joined(matchers: Sequence[str]) -> str:
    """Matchers in one text."""
    return ",".join(matcher for matcher in matchers if matcher)
