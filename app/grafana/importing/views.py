"""Which view a panel of Grafana becomes, and what is different about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.grafana.importing import tables
from app.grafana.importing.fields import number, table, text, texts
from app.grafana.importing.labels import labels_of
from app.grafana.importing.numbers import has_mappings, thresholds_of, unit_of, value_words, words_of
from app.grafana.importing.queries import PanelQueries, reduced
from app.grafana.importing.source import SourcePanel
from app.grafana.importing.variables import CannotConvert
from panels.spec import (
    NO_THRESHOLDS,
    Bars,
    BucketHeatmap,
    CellGroup,
    Cells,
    LabelHeatmap,
    Lines,
    Over,
    Pie,
    Query,
    Tile,
    Timeline,
    Unit,
    View,
)

MOST_SERIES: Final = 20


@dataclass(frozen=True)
class Drawn:
    """A view with its queries; `notes` say what is different."""

    view: View
    queries: tuple[Query, ...]
    unit: Unit
    notes: tuple[str, ...] = ()


def convert(panel: SourcePanel, queries: PanelQueries, applied: Sequence[str], labels: Mapping[str, str]) -> Drawn:
    """The view of a panel with data, whose `applied` transformations its queries stand for.

    `labels` are those that queries filter by, by the variables that give their values.

    Raises CannotConvert for plugins without a counterpart."""
    if panel.plugin not in (*_KINDS, "table"):
        raise CannotConvert(f"The plugin “{panel.plugin[:60]}” has no counterpart.")
    unit, note = unit_of(panel.defaults.get("unit"))
    if panel.plugin == "table":
        drawn = _table(panel, queries, unit, applied, labels)
    else:
        drawn = _KINDS[panel.plugin](panel, queries, unit)
    return replace(drawn, notes=tuple(part for part in (*drawn.notes, note) if part))


def _lines(panel: SourcePanel, queries: PanelQueries, unit: Unit) -> Drawn:
    custom = panel.custom
    marked = text(table(custom.get("thresholdsStyle")).get("mode")) not in ("", "off")
    thresholds, note = thresholds_of(panel.defaults) if marked else (NO_THRESHOLDS, "")
    low, high = number(panel.defaults.get("min")), number(panel.defaults.get("max"))
    view = Lines(
        stacked=text(table(custom.get("stacking")).get("mode")) in ("normal", "percent"),
        log=table(custom.get("scaleDistribution")).get("type") == "log",
        thresholds=thresholds,
        floor=low if low is not None else 0.0 if unit is not Unit.COUNT else None,
        ceiling=high,
        top=MOST_SERIES,
    )
    notes = [note, *_appearance(panel)]
    if text(table(custom.get("stacking")).get("mode")) == "percent":
        notes.append("Series are stacked by their values and not by their shares.")
    over_range = tuple(replace(query, over=Over.RANGE) for query in queries.queries)
    return Drawn(view, over_range, unit, tuple(notes))


def _appearance(panel: SourcePanel) -> list[str]:
    """What overrides of single series lose."""
    names = {name for override in panel.overrides for name in override.properties}
    sentences = {
        "custom.transform": "Series that point downwards are drawn upwards.",
        "custom.stacking": "All series are stacked, or none.",
        "unit": "All series have the unit of the panel.",
        "custom.hideFrom": "Series that are hidden are drawn.",
        "color": "Series have the colours that they have on all boards.",
        "custom.lineStyle": "Dashed lines are solid.",
    }
    return [sentence for name, sentence in sentences.items() if name in names]


def _tile(panel: SourcePanel, queries: PanelQueries, unit: Unit) -> Drawn:
    """One number, or a cell for each series where there are several."""
    uses_colours = panel.plugin == "gauge" or text(panel.options.get("colorMode")) != "none"
    thresholds, note = thresholds_of(panel.defaults) if uses_colours else (NO_THRESHOLDS, "")
    reduced_queries, calculation_note = _reduced(panel, queries)
    words = words_of(panel.defaults)
    single = (
        len(reduced_queries) == 1
        and not words
        and labels_of(reduced_queries[0].expr) in ((), None)
        and "{{" not in reduced_queries[0].legend
    )
    notes = [note, calculation_note]
    if single:
        low, high = number(panel.defaults.get("min")), number(panel.defaults.get("max"))
        is_gauge = panel.plugin == "gauge" or panel.options.get("gauge") is True
        gauge = ((low or 0.0), high) if is_gauge and high is not None else None
        if has_mappings(panel.defaults):
            notes.append("Words in place of values are left out.")
        if labels_of(reduced_queries[0].expr) is None:
            notes.append("The number of the first series is shown; Grafana shows one for each.")
        return Drawn(Tile(thresholds, gauge=gauge), reduced_queries, unit, tuple(notes))
    limits, texts_of_states = words or (thresholds, ())
    groups = tuple(
        CellGroup(_group_title(query, panel), index, limits, None if words else unit, texts_of_states)
        for index, query in enumerate(reduced_queries)
    )
    return Drawn(Cells(groups), reduced_queries, unit, tuple(notes))


def _group_title(query: Query, panel: SourcePanel) -> str:
    return query.legend if query.legend and "{{" not in query.legend else panel.title or "Values"


def _reduced(panel: SourcePanel, queries: PanelQueries) -> tuple[tuple[Query, ...], str]:
    """The queries whose newest value is the panel's calculation."""
    calculations = texts(table(panel.options.get("reduceOptions")).get("calcs"))
    pairs = [reduced(query, calculations[0] if calculations else "") for query in queries.queries]
    return tuple(query for query, _ in pairs), next((note for _, note in pairs if note), "")


def _bars(panel: SourcePanel, queries: PanelQueries, unit: Unit) -> Drawn:
    thresholds, note = thresholds_of(panel.defaults) if panel.plugin == "bargauge" else (NO_THRESHOLDS, "")
    reduced_queries, calculation_note = _reduced(panel, queries)
    return Drawn(Bars(top=MOST_SERIES, thresholds=thresholds), reduced_queries, unit, (note, calculation_note))


def _pie(panel: SourcePanel, queries: PanelQueries, unit: Unit) -> Drawn:
    reduced_queries, note = _reduced(panel, queries)
    return Drawn(Pie(), reduced_queries, unit, (note,))


def _heatmap(panel: SourcePanel, queries: PanelQueries, unit: Unit) -> Drawn:
    axis = table(panel.options.get("yAxis"))
    bound_unit, note = unit_of(axis.get("unit") or panel.defaults.get("unit"))
    first = queries.queries[0]
    if "le" in (labels_of(first.expr) or ()) and len(queries.queries) == 1:
        reduced_queries = (replace(first, over=Over.RANGE, legend=""),)
        cells, _ = unit_of(table(panel.options.get("cellValues")).get("unit"))
        return Drawn(BucketHeatmap(bound_unit), reduced_queries, cells, (note,))
    return Drawn(LabelHeatmap(log=False, top=MOST_SERIES), queries.queries, unit)


def _timeline(panel: SourcePanel, queries: PanelQueries, unit: Unit) -> Drawn:
    words = words_of(panel.defaults)
    over_range = tuple(replace(query, over=Over.RANGE) for query in queries.queries)
    if label := _label_of_states(panel):
        return Drawn(Timeline(label=label), over_range, unit)
    if words is not None:
        return Drawn(Timeline(*words), over_range, unit)
    thresholds, note = thresholds_of(panel.defaults)
    values = value_words(panel.defaults)
    if has_mappings(panel.defaults) and not values:
        note = "Words for texts are left out, since queries return numbers."
    return Drawn(Timeline(thresholds, values=values), over_range, unit, (note,))


def _label_of_states(panel: SourcePanel) -> str:
    """The label whose values are the states: a matrix of its values by time is the usual way to draw texts."""
    for step in panel.transformations:
        name = text(table(step.get("options")).get("valueField"), 80)
        if step.get("id") == "groupingToMatrix" and name not in ("", "Value") and name.isidentifier():
            return name
    return ""


def _table(
    panel: SourcePanel, queries: PanelQueries, unit: Unit, applied: Sequence[str], labels: Mapping[str, str]
) -> Drawn:
    view, notes = tables.convert(panel, queries, applied, labels)
    instant = tuple(replace(query, over=Over.INSTANT) for query in queries.queries)
    return Drawn(view, instant, unit, notes)


_KINDS: Final[Mapping[str, Callable[[SourcePanel, PanelQueries, Unit], Drawn]]] = {
    "timeseries": _lines,
    "trend": _lines,
    "stat": _tile,
    "gauge": _tile,
    "bargauge": _bars,
    "barchart": _bars,
    "piechart": _pie,
    "heatmap": _heatmap,
    "state-timeline": _timeline,
    "status-history": _timeline,
    "flant-statusmap-panel": _timeline,
    "natel-discrete-panel": _timeline,
}
# Transformations of panels other than tables that the view stands for.
APPLIED: Final[Mapping[str, tuple[str, ...]]] = {"state-timeline": ("groupingToMatrix",)}
LEAST_SPANS: Final[Mapping[type[View], int]] = {Tile: 2, Lines: 3, Bars: 3, Pie: 3}


def least_span(view: View, queries: Sequence[Query]) -> int:
    """The columns of 12 that a view needs to be readable."""
    return LEAST_SPANS.get(type(view), 3) if queries else 12
