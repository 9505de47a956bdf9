"""Why a panel is empty: asked only for empty panels, cheap, and kept for a while."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.core.ttl_cache import TTLCache
from queries.metrics.request import Filters, Request
from queries.metrics.source import Source, Target

_NO_FILTERS: Final[Filters] = MappingProxyType({})
_KEEP: Final = 60.0  # seconds; an exporter that is switched on shows within a minute
_SECONDS: Final = 1.0  # for all questions of one diagnosis; a board is waiting
_REST: Final = 10.0  # seconds without questions after one that was not answered
_EARLIER: Final = 30 * 86_400  # seconds looked back for a metric that existed once
_SELECTOR: Final = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{(?:[^{}\"]|\"(?:\\.|[^\"\\])*\")*\})?\s*(\[[^\]]*\])?")
_MATCHER: Final = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:\\.|[^"\\])*)"')
_RANGE: Final = re.compile(r"\[(\d+)s[\]:]")
_RATE_RANGE: Final = re.compile(r"\[(\d+)s\]")  # a subquery needs no two samples
_LOOK_BACK: Final = 300  # seconds: how far back a backend looks for the newest sample of a series
_NOT_METRICS: Final = frozenset(
    [
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "or",
        "and",
        "unless",
        "offset",
        "inf",
        "nan",
        "sum",
        "avg",
        "min",
        "max",
        "count",
        "topk",
        "bottomk",
        "quantile",
        "stddev",
        "stdvar",
        "group",
        "count_values",
        "start",
        "end",
        "atan2",
    ]
)


class Why(StrEnum):
    """Reasons for an empty answer."""

    NEVER_EXPORTED = "never exported"
    TARGET_DOWN = "target down"
    NO_MATCH = "no label matches"
    WINDOW_TOO_SHORT = "window too short"
    NOTHING_HAPPENED = "nothing happened"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Diagnosis:
    """Why nothing came back, as one sentence for the panel; `subject` is the metric, target or filter it names."""

    why: Why
    sentence: str
    subject: str = ""


class Diagnostician:
    """Diagnoses empty answers and remembers what it found."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = 512) -> None:
        self._known: TTLCache[tuple[str, str, int], Diagnosis] = TTLCache(most, clock)
        self._resting: TTLCache[str, bool] = TTLCache(clock=clock)  # sources that did not answer

    def diagnose(self, source: Source, request: Request, filters: Filters = _NO_FILTERS) -> Diagnosis:
        """The reason why `request` has no samples; `filters` are the viewer's own choices. Never raises."""
        key = (request.source, request.expr, request.window.seconds)
        if (known := self._known.get(key)) is not None:
            return known
        if self._resting.get(request.source):
            return Diagnosis(Why.UNKNOWN, "Why this is empty could not be found out in time.")
        try:
            diagnosis = examine(source, request.expr, request.window, filters, Deadline.after(_SECONDS))
        except QueryError as error:
            self._resting.put(request.source, True, _REST)  # a board of empty panels must not wait for each of them
            return Diagnosis(Why.UNKNOWN, f"Why this is empty could not be found out: {error.sentence}")
        self._known.put(key, diagnosis, _KEEP)
        return diagnosis


def examine(source: Source, expr: str, window: Window, filters: Filters, deadline: Deadline) -> Diagnosis:
    """Ask the source, cheapest question first. Raises QueryError."""
    # A window of one instant has seen what the expression looks back at, not only a sample of that very second.
    reach = max([_LOOK_BACK, *(int(text) for text in _RANGE.findall(expr))])
    window = replace(window, start=window.start - reach)
    asked = selectors(expr)
    for metric, _ in asked:
        if not source.metric_exists(metric, window, deadline):
            return _missing(source, metric, window, deadline)
    for metric, matchers in asked:
        if matchers and not source.label_values("__name__", f"{metric}{{{matchers}}}", window, deadline):
            return _unmatched(source, metric, matchers, window, filters, deadline)
    short = [int(text) for text in _RATE_RANGE.findall(expr) if int(text) < 2 * source.scrape_interval()]
    if short:
        interval = source.scrape_interval()
        return Diagnosis(
            Why.WINDOW_TOO_SHORT,
            f"A rate needs two samples, but looks back {min(short)} s with a scrape each {interval} s.",
        )
    return Diagnosis(Why.NOTHING_HAPPENED, "The metric is there; nothing happened in this range.")


def selectors(expr: str) -> list[tuple[str, str]]:
    """Metrics of an expression with their matchers, each once, in order; functions and keywords left out."""
    found: dict[tuple[str, str], None] = {}
    for match in _SELECTOR.finditer(_without_groupings(expr)):
        name, braces, brackets = match[1], match[2], match[3]
        following = _rest(match)
        if name in _NOT_METRICS or following.startswith("("):
            continue
        if not braces and not brackets and "_" not in name and name != "up":
            continue  # a unit or a number's suffix, not a metric
        found[(name, (braces or "{}")[1:-1].strip())] = None
    return list(found)


def _rest(match: re.Match[str]) -> str:
    """What follows a match, spaces left out."""
    return match.string[match.end() :].lstrip()


def _without_groupings(expr: str) -> str:
    blank = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", expr)
    return re.sub(r"(?<![=~])\"(?:\\.|[^\"\\])*\"(?=\s*[,)])", '""', blank)


def _missing(source: Source, metric: str, window: Window, deadline: Deadline) -> Diagnosis:
    down = [target for target in source.targets(deadline) if target.down]
    earlier = Window(window.end - _EARLIER, window.end, window.step, window.scrape_interval)
    existed = source.metric_exists(metric, earlier, deadline)
    if down and (existed or _sole_suspect(down, source, deadline)):
        target = down[0]
        detail = f" ({target.error})" if target.error else ""
        return Diagnosis(
            Why.TARGET_DOWN,
            f"{metric} has no samples in this range, and the target {target.job} at {target.instance} is down{detail}.",
            f"{target.job} {target.instance}",
        )
    if existed:
        return Diagnosis(
            Why.NEVER_EXPORTED, f"{metric} was exported in the last 30 days, but not in this range.", metric
        )
    waiting = [target for target in source.targets(deadline) if not target.up and not target.down]
    if waiting:
        first = f"{waiting[0].job} at {waiting[0].instance}"
        sentence = f"{metric} has no samples yet: {first} has not been scraped since it was configured."
        return Diagnosis(Why.NEVER_EXPORTED, sentence, metric)
    return Diagnosis(Why.NEVER_EXPORTED, f"{metric} was never exported: nothing that is scraped has it.", metric)


def _sole_suspect(down: list[Target], source: Source, deadline: Deadline) -> bool:
    return len(down) == len(source.targets(deadline))


def _needs_label(matcher: re.Match[str]) -> bool:
    """Whether a matcher takes the label for granted; one that asks whether it is there does not."""
    return not (matcher[2] == "!=" and matcher[3] == "")


def _unmatched(
    source: Source, metric: str, matchers: str, window: Window, filters: Filters, deadline: Deadline
) -> Diagnosis:
    """A viewer's filter that matches nothing is a mistake to name; a board's own matcher just found no event."""
    chosen = {source.profile.labels.get(label, label) for label, values in filters.items() if values}
    for match in sorted(_MATCHER.finditer(matchers), key=lambda each: each[1] not in chosen):
        if source.label_values("__name__", f"{metric}{{{match[0]}}}", window, deadline):
            continue
        if match[1] in chosen:
            return Diagnosis(Why.NO_MATCH, f"{metric} exists, but the filter {match[0]} matches nothing.", match[0])
        if _needs_label(match) and not source.label_values("__name__", f'{metric}{{{match[1]}!=""}}', window, deadline):
            return Diagnosis(Why.NO_MATCH, f"{metric} has no label “{match[1]}”, which this panel needs.", match[1])
        return Diagnosis(
            Why.NOTHING_HAPPENED, f"{metric} is there, but nothing with {match[0]} in this range.", match[0]
        )
    return Diagnosis(Why.NO_MATCH, f"{metric} exists, but nothing matches all of {matchers}.", matchers)
