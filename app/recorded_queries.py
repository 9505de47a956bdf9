"""Queries whose series are too many to read in time are answered by the series of recording rules.

Counters by tenant can be a hundred thousand series. Where a recording rule keeps what a board asks of them
(`Query.recorded`), it is read instead, as soon as the series are many. With few series the query itself is more exact:
it includes growth over gaps between scrapes that are longer than the rule looks back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from app.plan import Scope, metrics_of, window_over
from pages.expressions import RECORDED_FILTERS
from panels.spec import Over, Panel, Query
from queries.core.time_range import Window, align, choose_step
from queries.metrics.frame import Frame
from queries.metrics.request import Answer, Outcome, Request

MANY: Final = 5_000  # series of a query at an instant
INSTANTS: Final = 24  # of a query's window at which series are counted
SHORTEST_STEP: Final = 300
_RULE: Final = re.compile(r"\b[a-zA-Z_]+:[a-zA-Z0-9_:]+")


@dataclass(frozen=True)
class SeriesCount:
    """How many series a query reads, and whether a rule keeps what it asks of them, over the query's window."""

    query: Query
    newest: Request
    own: Request
    rule: Request

    def requests(self) -> tuple[Request, ...]:
        """The counts: of the query's series now and over its window, and of the rule's."""
        return self.newest, self.own, self.rule

    def prefers_rule(self, outcomes: Mapping[Request, Outcome]) -> bool:
        """Whether the series are many, or so many that they could not be counted in time."""
        counts = [outcomes[request] for request in (self.newest, self.own)]
        return any(not isinstance(count, Answer) or bool((_counts(count.frame) > MANY).any()) for count in counts)

    def note(self, outcomes: Mapping[Request, Outcome], scope: Scope) -> str:
        """Since when the rule records, if the series are older than that within the window; or nothing."""
        own, rule = outcomes[self.own], outcomes[self.rule]
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
    # A rule sums all deployments of a profile, where a board shows one of them.
    return chosen <= set(RECORDED_FILTERS) and all(len(profile.jobs) <= 1 for profile in scope.resolution.profiles)


def _series_count(query: Query, scope: Scope) -> SeriesCount:
    window = _coarse(query, scope)
    newest = int(scope.now // SHORTEST_STEP) * SHORTEST_STEP
    present = Window(newest, newest, SHORTEST_STEP, window.scrape_interval)
    names = "|".join(sorted(metrics_of([query], scope.profile)))
    rule = _RULE.findall(query.recorded)[0]
    count = Request(scope.source, f'count({{__name__=~"{names}"}})', window, scope.tenant)
    return SeriesCount(query, replace(count, window=present), count, replace(count, expr=f"count({rule})"))


def _coarse(query: Query, scope: Scope) -> Window:
    """A query's window in few steps; that of an instant query is the page's range."""
    window = scope.window if query.over is Over.INSTANT else window_over(query.over, scope)
    step = choose_step(max(window.seconds, SHORTEST_STEP), INSTANTS, SHORTEST_STEP)
    return align(window.start, min(window.end, scope.now), step, window.scrape_interval)


def _counts(frame: Frame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Series at each instant, 0 where there are none."""
    return np.nan_to_num(frame.values).sum(axis=0) if frame.values.size else np.zeros(frame.times.size)
