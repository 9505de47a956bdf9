"""Why a panel is empty: asked only for empty panels, cheap, and kept for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from queries.core.ttl_cache import TTLCache
from queries.metrics.profile import Profile
from queries.metrics.request import Filters, Request
from queries.metrics.source import MetadataSource, Target
from queries.metrics.syntax import UNKNOWN, Matcher, Selector, analysed

_NO_FILTERS: Final[Filters] = MappingProxyType({})
_KEEP: Final = 60.0  # seconds; an exporter that is switched on shows within a minute
_SECONDS: Final = 1.0  # for all questions of one diagnosis; a board is waiting
_REST: Final = 10.0  # seconds without questions after one that was not answered
_EARLIER: Final = 30 * 86_400  # seconds looked back for a metric that existed once
_LOOK_BACK: Final = 300  # seconds: how far back a backend looks for the newest sample of a series


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

    def diagnose(self, source: MetadataSource, request: Request, filters: Filters = _NO_FILTERS) -> Diagnosis:
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


def examine(source: MetadataSource, expr: str, window: Window, filters: Filters, deadline: Deadline) -> Diagnosis:
    """Ask the source, cheapest question first. Raises QueryError."""
    syntax = analysed(expr)
    if syntax is UNKNOWN:
        return Diagnosis(Why.UNKNOWN, "Why this is empty is not known: the query is not understood here.")
    # A window of one instant has seen what the expression looks back at, not only a sample of that very second.
    window = replace(window, start=window.start - max(_LOOK_BACK, syntax.reach))
    for metric in dict.fromkeys(selector.metric for selector in syntax.selectors):
        if not source.metric_exists(metric, window, deadline):
            return _missing(source, metric, window, deadline)
    for group in _groups(syntax.selectors, source.profile):
        if not any(_matches(source, selector, window, deadline) for selector in group):
            return _unmatched(source, group[0], window, filters, deadline)
    return _too_short(source, syntax.selectors) or Diagnosis(
        Why.NOTHING_HAPPENED, "The metric is there; nothing happened in this range."
    )


def _groups(selectors: Sequence[Selector], profile: Profile) -> list[list[Selector]]:
    """Selectors that select the same but for a label with two names (see `alternatives`): one of each has to match."""
    groups: dict[Selector, list[Selector]] = {}
    for selector in selectors:
        groups.setdefault(_in_usual_names(selector, profile), []).append(selector)
    return list(groups.values())


def _in_usual_names(selector: Selector, profile: Profile) -> Selector:
    usual = {other: profile.labels[label] for label, other in profile.alternatives.items()}
    named = (replace(each, label=usual.get(each.label, each.label)) for each in selector.matchers)
    kept = tuple(each for each in named if each.value or each.label not in usual.values())
    return Selector(selector.metric, kept)


def _matches(source: MetadataSource, selector: Selector, window: Window, deadline: Deadline) -> bool:
    return not selector.matchers or bool(source.label_values("__name__", selector.text, window, deadline))


def _too_short(source: MetadataSource, selectors: Sequence[Selector]) -> Diagnosis | None:
    for selector in selectors:
        interval = source.scrape_interval([selector.metric])
        if 0 < selector.seconds < 2 * interval:
            return Diagnosis(
                Why.WINDOW_TOO_SHORT,
                f"A rate needs two samples, but looks back {selector.seconds} s with a scrape each {interval} s.",
            )
    return None


def _missing(source: MetadataSource, metric: str, window: Window, deadline: Deadline) -> Diagnosis:
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


def _sole_suspect(down: list[Target], source: MetadataSource, deadline: Deadline) -> bool:
    return len(down) == len(source.targets(deadline))


def _unmatched(
    source: MetadataSource, selector: Selector, window: Window, filters: Filters, deadline: Deadline
) -> Diagnosis:
    """A viewer's filter that matches nothing is a mistake to name; a board's own matcher just found no event."""
    metric, profile = selector.metric, source.profile
    chosen = {profile.labels.get(label, label) for label, values in filters.items() if values}
    matchers = _in_usual_names(selector, profile).matchers
    for matcher in sorted(matchers, key=lambda each: each.label not in chosen):
        if any(_matches(source, form, window, deadline) for form in _forms(metric, matcher, profile)):
            continue
        label, text = matcher.label, matcher.text
        if label in chosen:
            return Diagnosis(Why.NO_MATCH, f"{metric} exists, but the filter {text} matches nothing.", text)
        any_value = Matcher(label, "!=", "")
        if matcher != any_value and not any(
            _matches(source, form, window, deadline) for form in _forms(metric, any_value, profile)
        ):
            return Diagnosis(Why.NO_MATCH, f"{metric} has no label “{label}”, which this panel needs.", label)
        return Diagnosis(Why.NOTHING_HAPPENED, f"{metric} is there, but nothing with {text} in this range.", text)
    every = ",".join(matcher.text for matcher in matchers)
    return Diagnosis(Why.NO_MATCH, f"{metric} exists, but nothing matches all of {every}.", every)


def _forms(metric: str, matcher: Matcher, profile: Profile) -> list[Selector]:
    """The metric with that matcher alone, by each name of its label."""
    others = [other for label, other in profile.alternatives.items() if profile.labels[label] == matcher.label]
    return [Selector(metric, (replace(matcher, label=label),)) for label in (matcher.label, *others)]
