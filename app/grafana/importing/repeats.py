"""Repeated panels and rows: one for each value of their variable, where the file has the values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.grafana.importing.source import SourceDashboard, SourcePanel
from app.grafana.importing.variables import CannotConvert, Variables

MOST_COPIES: Final = 12


def expanded(source: SourceDashboard) -> SourceDashboard:
    """The dashboard with a copy of each repeated panel and row for each value of its variable.

    What is repeated by a variable whose values only the data source knows stays one panel, with the label whose values
    these are.
    """
    variables = Variables(source)
    values = {variable.name: variables.every_value(variable.name)[:MOST_COPIES] for variable in source.variables}
    panels = [copy for group in _groups(source.panels) for copy in _copies_of_group(group, values)]
    labels = _labels(panels, variables)
    return replace(source, panels=tuple(known for group in _groups(panels) for known in _with_labels(group, labels)))


def _labels(panels: Sequence[SourcePanel], variables: Variables) -> Mapping[str, str]:
    """The labels that queries filter by, by the variables that give their values."""
    labels: dict[str, str] = {}
    for panel in panels:
        for target in panel.targets:
            try:
                filters = variables.fixed(panel.values).expression(target.expr).filters
            except CannotConvert:
                continue
            known = variables.label_of(target.expr)
            labels |= {name: label for name, label in known.items() if label in filters and name not in labels}
    return labels


def _with_labels(group: Sequence[SourcePanel], labels: Mapping[str, str]) -> Iterator[SourcePanel]:
    """The panels of a row with the labels of what the row and they themselves are repeated by."""
    row = group[0].repeat if group[0].plugin == "row" else ""
    for panel in group:
        names = [name for name in (row, panel.repeat) if name in labels]
        yield replace(panel, repeated={name: labels[name] for name in names}) if names else panel


def _groups(panels: Sequence[SourcePanel]) -> Iterator[list[SourcePanel]]:
    """A row with the panels below it; the panels before the first row."""
    group: list[SourcePanel] = []
    for panel in panels:
        if panel.plugin == "row" and group:
            yield group
            group = []
        group.append(panel)
    if group:
        yield group


def _copies_of_group(group: Sequence[SourcePanel], values: Mapping[str, Sequence[str]]) -> Iterator[SourcePanel]:
    head = group[0]
    chosen = values.get(head.repeat, ()) if head.plugin == "row" else ()
    if not chosen:
        yield from (copy for panel in group for copy in _copies(panel, values))
        return
    for value in chosen:
        for panel in group:
            bound = replace(panel, values={**panel.values, head.repeat: value})
            yield from _copies(replace(bound, repeat="") if panel is head else bound, values)


def _copies(panel: SourcePanel, values: Mapping[str, Sequence[str]]) -> Iterator[SourcePanel]:
    chosen = values.get(panel.repeat, ()) if panel.repeat not in panel.values else ()
    if not chosen:
        yield replace(panel, repeat="") if panel.repeat in panel.values else panel
        return
    for value in chosen:
        yield replace(panel, repeat="", values={**panel.values, panel.repeat: value})
