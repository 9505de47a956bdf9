"""Severity names and numbers of common log libraries, mapped to the six levels of Serilog."""

from __future__ import annotations

from typing import Any, Final

from queries.logs.types import LEVELS, UNKNOWN_LEVEL

_WORDS: Final = {
    "Verbose": ("verbose", "vrb", "trace", "trc", "finest", "trace2", "trace3", "trace4"),
    "Debug": ("debug", "dbg", "fine", "debug2", "debug3", "debug4"),
    "Information": ("information", "info", "inf", "informational", "notice", "info2", "info3", "info4"),
    "Warning": ("warning", "warn", "wrn", "warn2", "warn3", "warn4"),
    "Error": ("error", "err", "eror", "severe", "error2", "error3", "error4"),
    "Fatal": ("fatal", "ftl", "critical", "crit", "panic", "alert", "emergency", "emerg", "fatal2", "fatal3", "fatal4"),
}
_BY_WORD: Final = {word: level for level, words in _WORDS.items() for word in words}


def level_of(raw: Any) -> str:
    """One of LEVELS, or empty. Numbers 0 to 5 are Serilog's LogEventLevel, 10 to 60 the levels of pino and Bunyan.

    Python's level numbers differ (40 is an error); Python services write the name, which takes precedence.
    """
    text = str(raw).strip().lower() if raw is not None else ""
    if text in _BY_WORD:
        return _BY_WORD[text]
    try:
        number = int(float(text))
    except (ValueError, OverflowError):
        return UNKNOWN_LEVEL
    if 0 <= number <= 5:
        return LEVELS[number]
    return LEVELS[number // 10 - 1] if 10 <= number <= 60 else UNKNOWN_LEVEL


def severity_level(number: int) -> str:
    """The level of an OpenTelemetry SeverityNumber, 1 to 24; empty for other numbers."""
    return LEVELS[(number - 1) // 4] if 1 <= number <= 24 else UNKNOWN_LEVEL


def spellings(level: str) -> tuple[str, ...]:
    """All spellings of a level, for stores whose documents contain the service's original level."""
    if level not in _WORDS:
        return ()
    words = _WORDS[level]
    return tuple(dict.fromkeys([level, *(form(word) for word in words for form in (str.lower, str.upper, str.title))]))


def level_numbers(level: str) -> tuple[int, ...]:
    """All numbers that `level_of` maps to the level."""
    return tuple(number for number in range(61) if level_of(number) == level)
