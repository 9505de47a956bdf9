"""Queries whose series are too many to read in time are answered by the series of recording rules.

Counters by tenant can be a hundred thousand series. Where a recording rule keeps what a board asks of them
(`Query.recorded`), it is read instead, as soon as the series are many. With few series the query itself is more exact:
it includes growth over gaps between scrapes that are longer than the rule looks back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np

from app.plan import Scope, metrics_of, window_over
from pages.expressions import recorded_series
from panels.spec import Over, Panel, Query
from queries.core.time_range import Window, align, choose_step
from queries.metrics.frame import Frame
from queries.metrics.promql import expand, labels_filtered
from queries.metrics.request import Answer, Outcome, Request
from queries.metrics.syntax import analysed

MANY: Final = 5_000  # series of a query at an instant
INSTANTS: Final = 24  # of a query's window at which series are counted
SHORTEST_STEP: Final = 300
_RULE: Final = re.compile(r"\b[a-zA-Z_]+:[a-zA-Z0-9_:]+")
_SELECTOR: Final = re.compile(_RULE.pattern + r"(\{[^{}]*\})?")


@dataclass(frozen=True)
class SeriesCount:
    """How many series a query reads, and whether a rule keeps what it asks of them, over the query's window.

    `most` is the largest number of series, which a rule keeps as well; `own` counts the series themselves. That is
    almost as much work as the query, so it is asked at once only where no rule keeps the number.
    """

    query: Query
    most: Request | None
    newest: Request
    own: Request
    rule: Request

    def requests(self) -> tuple[Request, ...]:
        """What decides whether the rule is read."""
        return (self.most, self.rule) if self.most else (self.newest, self.own, self.rule)

    def prefers_rule(self, outcomes: Mapping[Request, Outcome]) -> bool:
        """Whether the series are many, or so many that they could not be counted in time."""
        counts = [outcomes[request] for request in ((self.most,) if self.most else (self.newest, self.own))]
        return any(not isinstance(count, Answer) or bool((_counts(count.frame) > MANY).any()) for count in counts)

    def began_within(self, outcomes: Mapping[Request, Outcome]) -> bool:
        """Whether the rule has no samples at the start of the window, so that its note depends on `own`."""
        rule = outcomes[self.rule]
        return isinstance(rule, Answer) and (rule.frame.is_empty or not _counts(rule.frame)[0] > 0)

    def note(self, outcomes: Mapping[Request, Outcome], scope: Scope) -> str:
        """Since when the rule records, if the series are older than that within the window; or nothing."""
        own, rule = outcomes.get(self.own), outcomes[self.rule]
        if not isinstance(own, Answer) or not isinstance(rule, Answer):
            return ""
        recorded = _counts(rule.frame) > 0
        first = int(np.argmax(recorded)) if recorded.any() else recorded.size
        # A rule is evaluated up to a minute after the first scrape.
        if not (_counts(own.frame)[: max(first - 1, 0)] > 0).any():
            return ""
        if first == recorded.size:
            return "the recording rule of these numbers has no samples yet"
        since = datetime.fromtimestamp(float(rule.frame.times[first]), scope.report_zone)
        return f"recorded since {since:%-d %b %H:%M}, without what was before"


@dataclass(frozen=True)
class RecordedAnswers:
    """The counts of the queries that recording rules answer, with what was answered to them."""

    counts: tuple[SeriesCount, ...] = ()
    outcomes: Mapping[Request, Outcome] = field(default_factory=dict)

    def late(self) -> tuple[Request, ...]:
        """What the notes lack, to be asked when all else has been answered, since it is much work for the backend."""
        return tuple(
            dict.fromkeys(
                count.own
                for count in self.counts
                if count.own not in self.outcomes and count.began_within(self.outcomes)
            )
        )

    def notes(self, more: Mapping[Request, Outcome], scope: Scope) -> Mapping[Query, str]:
        """The queries, each with its note or an empty one; `more` are the answers to `late`."""
        outcomes = {**self.outcomes, **more}
        return {count.query: count.note(outcomes, scope) for count in self.counts}


def series_counts(panels: Iterable[Panel], scope: Scope) -> tuple[SeriesCount, ...]:
    """The counts that decide about the queries of panels whose rule the backend evaluates."""
    queries = dict.fromkeys(query for panel in panels for query in panel.queries if _can_use_rule(query, scope))
    return tuple(_series_count(query, scope) for query in queries)


def notes_of(queries: Sequence[Query], scope: Scope) -> tuple[str, ...]:
    """What is to be said of numbers that come from recording rules."""
    return tuple(dict.fromkeys(note for query in queries if (note := scope.recorded.get(query))))


def _can_use_rule(query: Query, scope: Scope) -> bool:
    if not query.recorded or any(rule not in scope.resolution.names for rule in _RULE.findall(query.recorded)):
        return False
    chosen = {label for label, values in scope.state.filters.items() if values}
    if not all(chosen <= set(labels_filtered(matchers)) for matchers in _SELECTOR.findall(query.recorded)):
        return False
    # A rule sums all deployments of a profile, where a board shows one of them.
    return all(len(profile.jobs) <= 1 for profile in scope.resolution.profiles)


def _series_count(query: Query, scope: Scope) -> SeriesCount:
    window = _coarse(query, scope)
    newest = int(scope.now // SHORTEST_STEP) * SHORTEST_STEP
    present = Window(newest, newest, SHORTEST_STEP, window.scrape_interval)
    names = "|".join(sorted(metrics_of([query], scope.profile)))
    rule = _RULE.findall(query.recorded)[0]
    count = Request(scope.source, f'count({{__name__=~"{names}"}})', window, scope.tenant)
    newest_count = replace(count, window=present)
    series = recorded_series(rule.split(":")[1])
    seconds = max(window.seconds, SHORTEST_STEP) + SHORTEST_STEP  # the newest number may not have been written yet
    most = replace(newest_count, expr=f"max_over_time({series}[{seconds}s])")
    return SeriesCount(
        query,
        most if series in scope.resolution.names else None,
        newest_count,
        count,
        replace(count, expr=f"count({rule})"),
    )


def _coarse(query: Query, scope: Scope) -> Window:
    """What a query looks back at, in few steps; an instant query looks at the page's range, or at an earlier one."""
    window = scope.window if query.over is Over.INSTANT else window_over(query.over, scope)
    reach = analysed(expand(query.recorded, window, {}, scope.profile)).reach
    end = min(window.end, scope.now)
    start = min(window.start, end - reach)
    step = choose_step(max(end - start, SHORTEST_STEP), INSTANTS, SHORTEST_STEP)
    return align(start, end, step, window.scrape_interval)


def _counts(frame: Frame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Series at each instant, 0 where there are none."""
    return np.nan_to_num(frame.values).sum(axis=0) if frame.values.size else np.zeros(frame.times.size)
