"""Log patterns: lines grouped by message template, or by the message without its numbers and ids."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from queries.logs.types import LogPattern

_LONGEST: Final = 2_000  # characters of a message that are looked at
_PARTS: Final = re.compile(
    r"(?P<id>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b)"
    r"|(?P<number>(?<![\w.])[+-]?\d+(?:\.\d+)?(?=[a-zA-Z%]{0,3}(?:\W|$)))"
)


class Group(NamedTuple):
    """Lines that a store counted together; `template` is empty if the service did not write one."""

    template: str
    level: str
    lines: int
    first_ns: int
    last_ns: int
    example: str


@dataclass
class _Sum:
    is_mined: bool
    example: str
    first: int
    last: int
    levels: dict[str, int] = field(default_factory=dict)

    def add(self, group: Group) -> None:
        self.levels[group.level] = self.levels.get(group.level, 0) + group.lines
        self.first, self.last = min(self.first, group.first_ns), max(self.last, group.last_ns)


def mine_template(message: str) -> str:
    """Replace ids, times, addresses and numbers of a message by placeholders such as <number>."""
    return _PARTS.sub(lambda part: f"<{part.lastgroup}>", message[:_LONGEST])


def merge_groups(groups: Iterable[Group], size: int) -> tuple[LogPattern, ...]:
    """Patterns by count. A template without placeholders may be a rendered message: its own template is mined."""
    totals: dict[str, _Sum] = {}
    for group in groups:
        own = bool(group.template) and "{" in group.template
        key = group.template if own else mine_template(group.template or group.example)
        changed = not own and key != group.template
        total = totals.setdefault(key, _Sum(changed, group.example, group.first_ns, group.last_ns))
        total.add(group)
    patterns = [
        LogPattern(
            key, sum(total.levels.values()), total.levels, total.first, total.last, total.example, total.is_mined
        )
        for key, total in totals.items()
    ]
    return tuple(sorted(patterns, key=lambda total: (-total.count, total.template))[:size])
