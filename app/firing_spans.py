"""When alerts fired, for the charts that they are about: one query for a board and a range, shared by all viewers.

For the rules of this app, a table names the charts. Any other rule of Prometheus is about the panels whose queries
have all of its metrics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.alerts import SEVERITIES
from app.rules.charts import WITHOUT_CHART, rules_of
from app.rules.table import GROUPS
from panels.spec import Firing as Span
from panels.spec import Status
from panels.visible import visible_name
from queries.alerts.history import Firing, firings
from queries.alerts.types import Rule
from queries.core.time_range import Window, duration
from queries.metrics.frame import Frame
from queries.metrics.promql import label_value
from queries.metrics.request import Request
from queries.metrics.syntax import analysed

_INTERVALS: Final = {rule.name: float(duration(group.interval, "interval")) for group in GROUPS for rule in group.rules}
_INTERVAL: Final = 15.0
_OWN: Final = frozenset(_INTERVALS) | WITHOUT_CHART
_NOT_NAMED: Final = frozenset({"alertname", "severity", "team", "window", "exhaustion"})
MOST: Final = 40  # spans of a chart
MOST_RULES: Final = 100  # of a query, beside those of this app


KnownRules = Callable[[], Sequence[Rule]]


@dataclass(frozen=True)
class BoardRules:
    """The rules that are about panels of a board, each with the ids of these panels, and the seconds between their
    evaluations where they are known.
    """

    panels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    intervals: Mapping[str, float] = field(default_factory=dict)

    def interval(self, rule: str) -> float:
        """Seconds between evaluations of a rule."""
        return self.intervals.get(rule, _INTERVALS.get(rule, _INTERVAL))


@dataclass(frozen=True)
class BoardFirings:
    """The firings of the rules that are about panels of a board."""

    window: Window
    rules: BoardRules = field(default_factory=BoardRules)
    firings: tuple[Firing, ...] = ()

    def spans(self, panel: str, filters: Mapping[str, Sequence[str]]) -> tuple[Span, ...]:
        """The spans of a panel, the earliest first. Firings of what the filters leave out are left out."""
        by_rule: dict[str, list[Firing]] = {}
        for firing in self.firings:
            if panel in self.rules.panels.get(firing.rule, ()) and _is_chosen(firing.labels, filters):
                by_rule.setdefault(firing.rule, []).append(firing)
        spans = [span for group in by_rule.values() for span in _joined(group, self.window)]
        return tuple(sorted(spans, key=lambda span: span.start)[-MOST:])


def board_rules(board: str, metrics: Mapping[str, Collection[str]], known: Sequence[Rule] = ()) -> BoardRules:
    """The rules about some panels of a board: those of this app, and the `known` ones of Prometheus.

    `metrics` has the deployed names of the series of each panel by its id.
    """
    own = rules_of(board)
    panels = {rule: tuple(set(ids) & metrics.keys()) for rule, ids in own.items()}
    others = (rule for rule in known if rule.name not in own and not (own and rule.name in _OWN))
    for rule in others:
        needed = set(analysed(rule.expr).metrics)
        ids = tuple(panel for panel, names in metrics.items() if needed and needed <= set(names))
        panels[rule.name] = tuple(dict.fromkeys((*panels.get(rule.name, ()), *ids)))
    about = {rule: ids for rule, ids in panels.items() if ids}
    chosen = dict(sorted(about.items(), key=lambda row: (row[0] not in own, row[0]))[: len(own) + MOST_RULES])
    return BoardRules(chosen, {rule.name: rule.interval for rule in known})


def request_of(rules: BoardRules, source: str, tenant: str, window: Window) -> Request | None:
    """The query for the firings of rules; None where there is no rule."""
    if not rules.panels:
        return None
    names = "|".join(label_value(re.escape(rule)) for rule in sorted(rules.panels))
    selector = f'ALERTS{{alertstate="firing",alertname=~"{names}"}}'
    return Request(source, f"count_over_time({selector}[{window.step}s])", window, tenant)


def board_firings(rules: BoardRules, window: Window, frame: Frame) -> BoardFirings:
    """The answer of that query."""
    series = list(zip(frame.labels, frame.values, strict=True))
    return BoardFirings(window, rules, firings(frame.times, series, window.step, rules.interval))


def _is_chosen(labels: Mapping[str, str], filters: Mapping[str, Sequence[str]]) -> bool:
    return all(labels.get(name, "") in ("", *values) for name, values in filters.items() if values)


def _joined(group: Sequence[Firing], window: Window) -> Iterator[Span]:
    """The firings of a rule, those that overlap as one span, named by their labels where these are the same."""
    current: list[Firing] = []
    end = 0.0
    for firing in sorted(group, key=lambda firing: firing.start):
        if current and firing.start > end:
            yield _span(current, end, window)
            current = []
        end = max(end, firing.end or window.end) if current else firing.end or window.end
        current.append(firing)
    if current:
        yield _span(current, end, window)


def _span(group: Sequence[Firing], end: float, window: Window) -> Span:
    first = group[0]
    names = {_labels(row) for row in group}
    labels = next(iter(names)) if len(names) == 1 else ""
    title = visible_name(f"{first.rule}{f' ({labels})' if labels else ''}")
    status = max((SEVERITIES.get(row.labels.get("severity", ""), Status.WARNING) for row in group), key=_rank)
    return Span(max(first.start, window.start), end, title, status)


def _labels(firing: Firing) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(firing.labels.items()) if name not in _NOT_NAMED)


def _rank(status: Status) -> int:
    return (Status.WARNING, Status.SERIOUS, Status.CRITICAL).index(status)
