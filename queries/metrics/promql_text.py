"""Calls in PromQL, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from queries.metrics.promql import label_value

_MARK: Final = "part"  # tells series of several expressions apart until they are aggregated


def label_replace(text: str, label: str, value: str, source: str, regex: str) -> str:
    """A call of `label_replace`; `$1` in the value stands for the regex's first group."""
    return f'label_replace({text}, "{label}", "{label_value(value)}", "{source}", "{label_value(regex)}")'


def marked(texts: Sequence[str]) -> list[str]:
    """Series of several expressions, told apart by a label."""
    return [label_replace(text, _MARK, str(number), "", "") for number, text in enumerate(texts, 1)]


def aggregation(operator: str, labels: Sequence[str]) -> str:
    """The head of an aggregation by labels, without its parentheses."""
    return f"{operator} by ({', '.join(labels)})" if labels else operator
