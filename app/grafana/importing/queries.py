"""The queries of a panel: which can be asked of Prometheus, and how they read here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.grafana.importing.source import SourcePanel, SourceTarget
from app.grafana.importing.variables import CannotConvert, Variables
from pages.files.checks import unreadable
from panels.spec import Over, Query

_PROMETHEUS: Final = re.compile(
    r"|prometheus|.*-prometheus-datasource|grafana-amazonprometheus-datasource|mixed|-- Mixed --"
)
_CALCULATIONS: Final = {
    "mean": "avg_over_time",
    "max": "max_over_time",
    "min": "min_over_time",
    "sum": "sum_over_time",
    "count": "count_over_time",
    "stdDev": "stddev_over_time",
}
_LAST: Final = ("last", "lastNotNull", "current")


@dataclass(frozen=True)
class PanelQuery:
    """One query with the letter that Grafana gave it; a computed one has a `field` of its own name."""

    ref: str
    query: Query
    field: str = ""


@dataclass(frozen=True)
class PanelQueries:
    """The queries of a panel, what is different about them, what was left out of them, and the filters they use."""

    items: tuple[PanelQuery, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    @property
    def queries(self) -> tuple[Query, ...]:
        """The queries alone."""
        return tuple(item.query for item in self.items)


def has_metrics(panel: SourcePanel) -> bool:
    """Whether a panel asks Prometheus for anything."""
    return any(_is_prometheus(target) for target in panel.targets)


def convert(panel: SourcePanel, variables: Variables) -> PanelQueries:
    """The panel's queries in the order of its targets; hidden ones are left out."""
    items: list[PanelQuery] = []
    notes: list[str] = []
    missing: list[str] = []
    filters: list[str] = []
    for target in panel.targets:
        if target.is_hidden:
            continue
        try:
            converted = _query(target, variables)
        except CannotConvert as reason:
            missing.append(f"Query {target.ref}: {reason}")
            continue
        query, target_notes, target_filters = converted
        items.append(PanelQuery(target.ref, query))
        notes.extend(target_notes)
        filters.extend(target_filters)
    return PanelQueries(tuple(items), _unique(notes), _unique(missing), _unique(filters))


def reduced(query: Query, calculation: str) -> tuple[Query, str]:
    """A query whose newest value is what Grafana computes of the range, and what is different about it."""
    if not calculation or calculation in _LAST:
        return query, ""
    function = _CALCULATIONS.get(calculation)
    if function is None:
        return query, f"The last value is shown and not “{calculation}”."
    return Query(f"{function}(({query.expr})[$__range:$__rate_interval])", query.legend, Over.INSTANT), ""


def _query(target: SourceTarget, variables: Variables) -> tuple[Query, tuple[str, ...], tuple[str, ...]]:
    if not _is_prometheus(target):
        raise CannotConvert(
            "It computes with other queries in Grafana."
            if target.source == "__expr__" or not target.expr
            else f"Its data source is {target.source}."
        )
    converted = variables.expression(target.expr)
    if sentence := unreadable(converted.text):
        raise CannotConvert(sentence)
    legend = variables.legend(target.legend, variables.label_of(target.expr))
    over = Over.INSTANT if target.is_instant else Over.RANGE
    return Query(converted.text, legend, over), converted.notes, converted.filters


def _is_prometheus(target: SourceTarget) -> bool:
    return bool(target.expr) and _PROMETHEUS.fullmatch(target.source) is not None


def _unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
