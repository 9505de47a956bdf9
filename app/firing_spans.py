"""When alerts fired, for the charts that they are about: one query for a board and a range, shared by all viewers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.alerts import SEVERITIES
from app.rules.charts import rules_of
from app.rules.table import GROUPS
from panels.spec import Firing as Span
from panels.spec import Panel, Status
from panels.visible import visible_name
from queries.alerts.history import Firing, firings
from queries.core.time_range import Window, duration
from queries.metrics.frame import Frame
from queries.metrics.request import Request

_INTERVALS: Final = {rule.name: float(duration(group.interval, "interval")) for group in GROUPS for rule in group.rules}
_INTERVAL: Final = 15.0
_NOT_NAMED: Final = frozenset({"alertname", "severity", "team", "window", "exhaustion"})
MOST: Final = 40  # spans of a chart


@dataclass(frozen=True)
class BoardFirings:
    """The firings of the rules that are about panels of a board, and the ids of these panels by rule."""

    window: Window
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    firings: tuple[Firing, ...] = ()

    def spans(self, panel: str, filters: Mapping[str, Sequence[str]]) -> tuple[Span, ...]:
        """The spans of a panel, the earliest first. Firings of what the filters leave out are left out."""
        by_rule: dict[str, list[Firing]] = {}
        for firing in self.firings:
            if panel in self.rules.get(firing.rule, ()) and _is_chosen(firing.labels, filters):
                by_rule.setdefault(firing.rule, []).append(firing)
        spans = [span for group in by_rule.values() for span in _joined(group, self.window)]
        return tuple(sorted(spans, key=lambda span: span.start)[-MOST:])


def request_of(board: str, panels: Sequence[Panel], source: str, tenant: str, window: Window) -> Request | None:
    """The query for the firings that some of the panels show; None where no rule is about them."""
    ids = {panel.id for panel in panels}
    rules = sorted(rule for rule, shading in rules_of(board).items() if ids.intersection(shading))
    if not rules:
        return None
    selector = f'ALERTS{{alertstate="firing",alertname=~"{"|".join(rules)}"}}'
    return Request(source, f"count_over_time({selector}[{window.step}s])", window, tenant)


def board_firings(board: str, window: Window, frame: Frame) -> BoardFirings:
    """The answer of that query."""
    series = list(zip(frame.labels, frame.values, strict=True))
    fired = firings(frame.times, series, window.step, lambda rule: _INTERVALS.get(rule, _INTERVAL))
    return BoardFirings(window, rules_of(board), fired)


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
