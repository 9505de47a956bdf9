"""Log patterns that are new, or multiplied, against the baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from queries.logs.types import LogPattern, LogPatterns

LEAST_LINES: Final = 5
LEAST_FACTOR: Final = 2.0
LEAST_SCORE: Final = 5.0  # standard errors of a Poisson count
SEVERE: Final = {"fatal": 3.0, "critical": 3.0, "error": 3.0, "warning": 2.0, "warn": 2.0}  # weights


@dataclass(frozen=True)
class PatternChange:
    """A pattern with its lines in the window, and the lines that the baseline makes one expect."""

    pattern: LogPattern
    expected: float

    @property
    def is_new(self) -> bool:
        """Whether the baseline has no such line."""
        return self.expected == 0


def changed_patterns(before: LogPatterns, now: LogPatterns) -> tuple[PatternChange, ...]:
    """Patterns with more lines than the baseline predicts, the most significant and severe first.

    Where a store grouped only a part of the lines, counts are scaled to all of them.
    """
    scale_before, scale_now = _scale(before), _scale(now)
    expected = {pattern.template: pattern.count * scale_before for pattern in before.patterns}
    changes = [
        (PatternChange(pattern, expected.get(pattern.template, 0.0)), pattern.count * scale_now)
        for pattern in now.patterns
    ]
    scored = [(_score(change, lines), change) for change, lines in changes if _matters(change, lines)]
    return tuple(change for score, change in sorted(scored, key=lambda pair: -pair[0]) if score >= LEAST_SCORE)


def _scale(patterns: LogPatterns) -> float:
    return max(1.0, patterns.total.value / patterns.looked_at) if patterns.looked_at else 1.0


def _matters(change: PatternChange, lines: float) -> bool:
    return change.pattern.count >= LEAST_LINES and lines >= LEAST_FACTOR * change.expected


def _score(change: PatternChange, lines: float) -> float:
    weight = max((SEVERE.get(level.lower(), 1.0) for level in change.pattern.by_level), default=1.0)
    return weight * (lines - change.expected) / math.sqrt(change.expected + lines / 4 + 1)
