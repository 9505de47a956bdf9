"""Grafana's tables: rows by labels, a column for each query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.grafana.importing import links
from app.grafana.importing.fields import table, tables, text
from app.grafana.importing.labels import labels_of, matched_labels
from app.grafana.importing.numbers import thresholds_of, unit_of
from app.grafana.importing.queries import PanelQueries, PanelQuery
from app.grafana.importing.source import Json, SourcePanel
from app.grafana.importing.v1 import links as source_links
from panels.spec import Column, Table

MOST_ROWS: Final = 50
_APPLIED: Final = (
    "organize",
    "seriesToColumns",
    "joinByField",
    "merge",
    "labelsToFields",
    "filterFieldsByName",
    "sortBy",
    "reduce",
    "limit",
    "timeSeriesTable",
    "filterByRefId",
    "groupBy",
)


def convert(
    panel: SourcePanel, queries: PanelQueries, applied: Sequence[str], labels: Mapping[str, str]
) -> tuple[Table, tuple[str, ...]]:
    """The table, and what is different about it; `labels` are those of variables that queries filter by."""
    steps = {text(step.get("id"), 80): table(step.get("options")) for step in panel.transformations}
    notes = [f"The transformation “{name}” is not applied." for name in steps if name not in (*_APPLIED, *applied)]
    keys, note = _keys(steps, queries)
    described = list(_columns(panel, steps.get("organize", {}), queries, labels))
    columns = tuple(column for column, _ in described)
    sort, descending = _order(panel, steps, columns, queries)
    table_view = Table(keys, columns, sort, descending, top=MOST_ROWS)
    return table_view, tuple(part for part in (*notes, note, *(of_unit for _, of_unit in described)) if part)


def _keys(steps: Mapping[str, Json], queries: PanelQueries) -> tuple[tuple[str, ...], str]:
    """The labels of a row: those that every query groups by, else those that the panel names."""
    if grouped_by := tuple(_grouped(steps)):
        return grouped_by, ""
    known = [labels_of(query.expr) for query in queries.queries]
    grouped = [labels for labels in known if labels is not None]
    if grouped and len(grouped) == len(known):
        common = tuple(label for label in grouped[0] if all(label in labels for labels in grouped))
        return _visible(common, steps) or common, ""
    named = tuple(_named(steps))
    if grouped:
        return grouped[0], ""
    if named:
        return named, ""
    labels = matched_labels(queries.queries[0].expr)
    return (labels or ("instance",)), "Only the labels that the query selects by are shown."


def _grouped(steps: Mapping[str, Json]) -> Iterator[str]:
    """The labels that a transformation groups the rows by."""
    for name, field in table(steps.get("groupBy", {}).get("fields")).items():
        if table(field).get("operation") == "groupby" and name.isidentifier() and name not in ("Time", "Value"):
            yield name


def _visible(labels: Sequence[str], steps: Mapping[str, Json]) -> tuple[str, ...]:
    hidden = table(steps.get("organize", {}).get("excludeByName"))
    return tuple(label for label in labels if hidden.get(label) is not True)


def _named(steps: Mapping[str, Json]) -> Iterator[str]:
    """Labels that transformations name, those that are left out again excepted."""
    organize = steps.get("organize", {})
    hidden = {name for name, is_hidden in table(organize.get("excludeByName")).items() if is_hidden is True}
    included = table(steps.get("filterFieldsByName", {}).get("include")).get("names")
    names: list[Any] = included if isinstance(included, list) else []
    if not names:
        names = [*table(organize.get("indexByName")), *table(organize.get("renameByName"))]
    for name in dict.fromkeys(map(text, names)):
        if name.isidentifier() and name not in ("Time", "Value", "Metric", "timestamp") and name not in hidden:
            yield name


def _columns(
    panel: SourcePanel, organize: Json, queries: PanelQueries, labels: Mapping[str, str]
) -> Iterator[tuple[Column, str]]:
    """Each column, and what is different about its unit."""
    renamed = table(organize.get("renameByName"))
    several = len(queries.items) > 1
    hidden = table(organize.get("excludeByName"))
    visible_items = [item for item in queries.items if hidden.get(_field(item, several=several)) is not True]
    for number, item in enumerate(queries.items):
        field = _field(item, several=several)
        if visible_items and item not in visible_items:
            continue
        title = text(_renamed(renamed, field) or renamed.get(f"Value #{item.ref}"), 80)
        own = _overridden(panel, (field, f"Value #{item.ref}", title))
        defaults, of_values = {**panel.defaults, **own}, links.of_values(source_links(own.get("links")), labels)
        title = text(defaults.get("displayName"), 80) or title or item.field or item.query.legend.strip("{}") or field
        unit, note = unit_of(defaults.get("unit"))
        yield Column(title, number, unit, thresholds=_thresholds(defaults), links=of_values), note


def _thresholds(defaults: Json) -> Any:
    coloured = text(table(defaults.get("cellOptions") or table(defaults.get("custom")).get("cellOptions")).get("type"))
    return thresholds_of(defaults if coloured.startswith(("color", "gauge")) else {})[0]


def _overridden(panel: SourcePanel, names: Sequence[str]) -> Json:
    """Properties that overrides set for a column of one of these names."""
    properties: dict[str, Any] = {}
    for override in panel.overrides:
        if override.matcher == "byName" and override.argument in names and override.argument:
            properties |= {name.removeprefix("custom."): value for name, value in override.properties.items()}
    return properties


def _order(
    panel: SourcePanel, steps: Mapping[str, Json], columns: Sequence[Column], queries: PanelQueries
) -> tuple[int, bool]:
    """The column that the panel, or else a transformation, sorts by, and whether the largest comes first."""
    several = len(queries.items) > 1
    places: dict[str, int] = {}
    for place, column in enumerate(columns):
        places |= {column.title: place, _field(queries.items[column.query], several=several): place}
    chosen = [(text(entry.get("displayName")), entry) for entry in tables(panel.options.get("sortBy"))]
    chosen += [(text(entry.get("field")), entry) for entry in tables(steps.get("sortBy", {}).get("sort"))]
    for name, entry in chosen:
        if name in places:
            return places[name], entry.get("desc") is True
    return 0, True


def _field(item: PanelQuery, *, several: bool) -> str:
    """The name that Grafana gives to the values of a query."""
    return item.field or (f"Value #{item.ref}" if several else "Value")


def _renamed(names: Json, field: str) -> Any:
    """The new name of a field; one that was grouped has its calculation behind its name."""
    grouped = (name for name in names if name.startswith(f"{field} (") and name.endswith(")"))
    return names.get(field) or names.get(next(grouped, ""))
