"""Values that people type or writers send, as numbers and instants: the same rules in every store."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from queries.logs.levels import level_of
from queries.logs.types import LEVELS
from queries.search.grammar import Bounds, GrammarError

UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
)  # no spaces between words
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")


def number_of(text: str | None) -> float | None:
    """A finite number as people write it, None for anything else."""
    if text is None or not re.fullmatch(r"[+-]?(\d{1,300}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", text):
        return None
    value = float(text)
    return value if abs(value) < 1e300 else None


def whole_number(text: str) -> int | None:
    """A whole number of at most 38 digits, None for anything else."""
    return int(text) if re.fullmatch(r"[+-]?\d{1,38}", text) else None


def nanoseconds(text: Any) -> int | None:
    """Epoch nanoseconds of an ISO 8601 time with up to nine decimals (UTC without an offset); None if unreadable."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    seconds, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(seconds + (zone or "Z"))
    except ValueError:
        return None
    whole = moment - _EPOCH if moment.year < 2250 else None
    if whole is None or moment.year < 1700:  # beyond 64-bit nanoseconds
        return None
    return (whole.days * 86_400 + whole.seconds) * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def severity(word: str | None) -> int | None:
    """1 to 6; one above the highest for an unknown word, so that nothing matches."""
    if word is None:
        return None
    level = level_of(word)
    return LEVELS.index(level) + 1 if level else len(LEVELS) + 1


def instant(text: str | None) -> int | None:
    """Epoch nanoseconds of an ISO time, a date, or epoch seconds; 0 for what is none of them."""
    if text is None:
        return None
    seconds = number_of(text)
    if seconds is not None:
        return int(max(-9e9, min(seconds, 9e9)) * 1e9)
    match = _MOMENT.fullmatch(text)
    if not match:
        return 0
    day, minute, second, zone = match.groups()
    return nanoseconds(f"{day}T{minute or '00:00'}{second or ':00'}{zone or ''}") or 0


def instants(bounds: Bounds) -> tuple[int | None, int | None]:
    """Both sides as epoch nanoseconds. Raises GrammarError for a side that is not a valid time."""
    for side in (bounds.low, bounds.high):
        if side and not instant(side) and number_of(side) is None:
            raise GrammarError(
                bounds.position,
                f"“{side[:40]}” is not a valid time.",
                "Write 2026-01-31, 2026-01-31T14:05 or epoch seconds.",
            )
    return instant(bounds.low), instant(bounds.high)
