"""Log patterns that are new or multiplied."""

from __future__ import annotations

from pages.changes.patterns import changed_patterns
from queries.logs.types import LogPattern, LogPatterns
from queries.search.results import Count


def patterns(counts: dict[str, int], level: str = "info", looked_at: int = 0) -> LogPatterns:
    """Patterns with these numbers of lines."""
    total = sum(counts.values())
    listed = tuple(LogPattern(template, count, {level: count}, 0, 1) for template, count in counts.items())
    return LogPatterns(listed, looked_at or total, Count(total))


def test_new_patterns_and_multiplied_ones_are_listed_and_steady_ones_are_not() -> None:
    before, now = patterns({"steady": 400, "grown": 20}), patterns({"steady": 410, "grown": 90, "new": 50})

    changes = changed_patterns(before, now)

    assert {change.pattern.template: change.is_new for change in changes} == {"grown": False, "new": True}


def test_a_few_lines_are_no_change() -> None:
    assert changed_patterns(patterns({"rare": 1}), patterns({"rare": 4, "other": 3})) == ()


def test_errors_come_before_other_lines() -> None:
    calm, severe = patterns({"calm": 60}), patterns({"severe": 60}, "error")
    now = LogPatterns((*calm.patterns, *severe.patterns), 120, Count(120))

    assert [change.pattern.template for change in changed_patterns(patterns({}), now)] == ["severe", "calm"]


def test_counts_of_a_part_are_scaled_to_all_lines() -> None:
    before = LogPatterns(patterns({"steady": 50}).patterns, 50, Count(500))

    assert changed_patterns(before, patterns({"steady": 500})) == ()
