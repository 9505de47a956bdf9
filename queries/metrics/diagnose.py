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
from queries.metrics.profile import CODEAGENT, Profile
from queries.metrics.request import Filters, Request
from queries.metrics.source import MetadataSource, Target
from queries.metrics.syntax import UNKNOWN, Matcher, Selector, Syntax, analysed

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

    def diagnose(
        self, source: MetadataSource, request: Request, filters: Filters = _NO_FILTERS, question: Question | None = None
    ) -> Diagnosis:
        """The reason why `request` has no samples; `filters` are the viewer's own choices. Never raises.

        `question` is what the request asks in canonical names; without it, the request's own expression.
        """
        key = (request.source, request.expr, request.window.seconds)
        if (known := self._known.get(key)) is not None:
            return known
        if self._resting.get(request.source):
            return Diagnosis(Why.UNKNOWN, "Why this is empty could not be found out in time.")
        subject = question or Question(request.expr)
        try:
            diagnosis = examine(source, subject, request.window, filters, Deadline.after(_SECONDS))
        except QueryError as error:
            self._resting.put(request.source, True, _REST)  # a board of empty panels must not wait for each of them
            return Diagnosis(Why.UNKNOWN, f"Why this is empty could not be found out: {error.sentence}")
        self._known.put(key, diagnosis, _KEEP)
        return diagnosis


@dataclass(frozen=True)
class Question:
    """An expression in canonical names, and the profile that translates it."""

    expr: str
    profile: Profile = CODEAGENT

    @property
    def deployed(self) -> Syntax:
        """The syntax of what is sent."""
        return analysed(self.profile.translate(self.expr))

    def metrics(self, canonical: str) -> tuple[str, ...]:
        """The deployed names of a metric, at least one."""
        names = self.profile.series_names(canonical) or analysed(self.profile.translate(canonical)).metrics
        return names or (canonical,)

    def forms(self, selector: Selector) -> tuple[Selector, ...]:
        """A canonical selector as deployed, by each of its metrics and each source of its labels."""
        names = self.metrics(selector.metric)
        selectors = analysed(self.profile.translate(selector.text)).selectors
        return tuple(form for form in selectors if form.metric in names) or selectors


def examine(
    source: MetadataSource, question: Question, window: Window, filters: Filters, deadline: Deadline
) -> Diagnosis:
    """Ask the source, cheapest question first. Raises QueryError."""
    syntax, deployed = analysed(question.expr), question.deployed
    if syntax is UNKNOWN or deployed is UNKNOWN:
        return Diagnosis(Why.UNKNOWN, "Why this is empty is not known: the query is not understood here.")
    # A window of one instant has seen what the expression looks back at, not only a sample of that very second.
    window = replace(window, start=window.start - max(_LOOK_BACK, syntax.reach, deployed.reach))
    for metric in dict.fromkeys(selector.metric for selector in syntax.selectors):
        names = question.metrics(metric)
        if not any(source.metric_exists(name, window, deadline) for name in names):
            return _missing(source, names[0], window, deadline)
    for selector in syntax.selectors:
        if not _matches(source, question, selector, window, deadline):
            return _unmatched(source, question, selector, window, filters, deadline)
    return _too_short(source, deployed.selectors) or Diagnosis(
        Why.NOTHING_HAPPENED, "The metric is there; nothing happened in this range."
    )


def _matches(
    source: MetadataSource, question: Question, selector: Selector, window: Window, deadline: Deadline
) -> bool:
    if not selector.matchers:
        return True
    texts = dict.fromkeys(form.text for form in question.forms(selector))
    return any(source.label_values("__name__", text, window, deadline) for text in texts)


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
    source: MetadataSource, question: Question, selector: Selector, window: Window, filters: Filters, deadline: Deadline
) -> Diagnosis:
    """A viewer's filter that matches nothing is a mistake to name; a board's own matcher just found no event."""
    metric, named = selector.metric, question.metrics(selector.metric)[0]
    chosen = {label for label, values in filters.items() if values}
    for matcher in sorted(selector.matchers, key=lambda row: row.label not in chosen):
        if _matches(source, question, Selector(metric, (matcher,)), window, deadline):
            continue
        label, text = matcher.label, matcher.text
        if label in chosen:
            return Diagnosis(Why.NO_MATCH, f"{named} exists, but the filter {text} matches nothing.", text)
        any_value = Matcher(label, "!=", "")
        if matcher != any_value and not _matches(source, question, Selector(metric, (any_value,)), window, deadline):
            return Diagnosis(Why.NO_MATCH, f"{named} has no label “{label}”, which this panel needs.", label)
        return Diagnosis(Why.NOTHING_HAPPENED, f"{named} is there, but nothing with {text} in this range.", text)
    every = ",".join(matcher.text for matcher in selector.matchers)
    return Diagnosis(Why.NO_MATCH, f"{named} exists, but nothing matches all of {every}.", every)
