"""Regular expressions of Lucene's for words, beginnings and numbers.

Their grammar: https://www.elastic.co/guide/en/elasticsearch/reference/current/regexp-syntax.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import floor
from typing import Final

from queries.search.grammar import Bounds

_INNER: Final = ".,:;'"  # characters that do not end a word when letters or digits stand on both sides
_GAP: Final = "[^a-zA-Z0-9_]"
LONGEST_WORD: Final = 100
_STAR: Final = "[a-zA-Z0-9_.,:;'\\-]*"  # what an asterisk stands for within a text
_COLOUR: Final = "[0-9;]*m"  # what is left of an ANSI code, before the word that it colours
_MOST_DIGITS: Final = 2**31 - 1  # of an interval in a regular expression


def folded(text: str) -> str:
    """A regular expression for the text in any case."""
    return "".join(_either(char) for char in text)


def beginning(prefix: str) -> str:
    """A regular expression of Lucene's for values that begin so, in any case; every character stands for itself."""
    return "".join(_either(char) for char in prefix) + ".*"


def words_of_a_value(tokens: Sequence[str], prefix: bool) -> str:
    """Whole words in a row anywhere in a value; with `prefix` the last one is a beginning."""
    return _within_a_value(f"{_GAP}+".join(folded(token) for token in tokens), prefix)


def pattern_of_a_value(parts: Sequence[str], prefix: bool) -> str:
    """Whole words anywhere in a value, with what an asterisk stands for between the parts."""
    return _within_a_value(_STAR.join(folded(part) for part in parts), prefix)


def _within_a_value(inner: str, prefix: bool) -> str:
    return f"(.*{_GAP})?{inner}" + (".*" if prefix else f"({_GAP}.*)?")


def pattern_of_a_word(parts: Sequence[str]) -> str:
    """These parts with anything between them, within one word of an analyzed text."""
    inner = ".*".join(folded(part) for part in parts)
    return f"(.*[{_INNER}]|{_COLOUR})?{inner}([{_INNER}].*)?"


def part_of_a_word(value: str, prefix: bool) -> str:
    """An expression for System.TimeoutException where Timeout* is asked: the standard analyzer keeps it as one word.

    It keeps the end of an ANSI code with the word too.
    """
    value = re.sub(r"^\W+|\W+$", "", value)
    if len(value) > LONGEST_WORD or not re.fullmatch(rf"\w+([{_INNER}]\w+)*", value):
        return ""
    literal = "".join(char if char.isalnum() else f"\\{char}" for char in value.lower())
    return f"(.*[{_INNER}]|{_COLOUR})?{literal}" + (".*" if prefix else f"([{_INNER}].*)?")


def digits(node: Bounds, low: float | None, high: float | None) -> str:
    """Numbers kept as texts, whole steps only: Lucene's interval over the digits before the point."""
    first = 0 if low is None else max(0, floor(low) + (0 if low % 1 == 0 and node.low_included else 1))
    last = _MOST_DIGITS if high is None else min(_MOST_DIGITS, floor(high)) - (1 if high % 1 == 0 else 0)
    parts = [f"<{first}-{last}>(\\.[0-9]+)?"] if first <= last else []
    if high is not None and high % 1 == 0 and high >= first and node.high_included:
        parts.append(f"{int(high)}(\\.0+)?")
    return "|".join(parts) or "[a&&b]"


def _either(char: str) -> str:
    forms = dict.fromkeys(form for form in (char, char.lower(), char.upper()) if len(form) == 1)
    return "(" + "|".join(form if form.isalnum() else f"\\{form}" for form in forms) + ")"
