"""What a Prometheus scrapes, and how often, from its status pages."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from queries.metrics.source import Target

DEFAULT: Final = 15  # seconds; Prometheus' example configuration, assumed where it is not configured
_CONFIGURED: Final = re.compile(r"^\s*(?:- )?scrape_interval:\s*(\S+)", re.MULTILINE)
_PART: Final = re.compile(r"(\d+)(ms|s|m|h|d)")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def targets(connect: Any) -> tuple[Target, ...]:
    """Active targets as prometheus-api-client reports them."""
    return tuple(_target(row) for row in connect.get_targets(state="active")["activeTargets"])


def interval(known: tuple[Target, ...], jobs: Collection[str] = ()) -> int:
    """The largest scrape interval of these jobs, so that each of their rates has its samples.

    The smallest of all targets when none of the jobs is among them; 0 when nothing says it.
    """
    rows = [row for row in known if row.scrape_interval]
    intervals = [row.scrape_interval for row in rows if row.job in jobs]
    return max(intervals) if intervals else min((row.scrape_interval for row in rows), default=0)


def configured(yaml: str) -> int:
    """The smallest `scrape_interval` of a Prometheus configuration; 0 without any."""
    intervals = [seconds(text) for text in _CONFIGURED.findall(yaml)]
    return min((value for value in intervals if value), default=0)


def seconds(text: str) -> int:
    """Seconds of a Prometheus duration such as `15s` or `1m30s`, at least 1; 0 when unreadable."""
    parts = _PART.findall(text.strip("\"'"))
    return max(1, round(sum(int(number) * _UNITS[unit] for number, unit in parts))) if parts else 0


def _target(row: dict[str, Any]) -> Target:
    labels = row.get("labels", {})
    return Target(
        job=labels.get("job", row.get("scrapePool", "")),
        instance=labels.get("instance", ""),
        up=row.get("health") == "up",
        down=row.get("health") == "down",
        error=row.get("lastError", ""),
        scrape_interval=seconds(row.get("scrapeInterval", "")),
    )
