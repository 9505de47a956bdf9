"""Tables: the results of several queries joined by their labels, one column each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.grafana import fields
from app.grafana.links import of_column
from app.grafana.model import Json, Override, Target, Transformation, Visualization
from panels.spec import Cards, Column, Panel, Status, Table, Unit


def table(panel: Panel, view: Table, targets: Sequence[Target | None], coverage: Target | None = None) -> Visualization:
    """A table sorted by one column, with its first rows; `coverage` is the query of a column beside dollars."""
    sorting = _sort(view, targets)
    limits = (Transformation("limit", {"limitField": view.top}),)
    columns = _columns(view.columns, targets)
    if coverage:
        columns.insert(1, (Column("Tokens with a price", 0, Unit.PERCENT), coverage, ()))
    return _table(panel, view.keys, columns, sorting, limits)


def cards(panel: Panel, view: Cards, targets: Sequence[Target | None]) -> Visualization:
    """One row for each card."""
    columns = [
        (column, target, view.words if index == 0 else ())
        for index, (column, target, _) in enumerate(_columns(view.fields, targets))
    ]
    return _table(panel, (view.key,), columns, (), ())


_Cell = tuple[Column, Target, Sequence[tuple[Status, str]]]


def _columns(columns: Sequence[Column], targets: Sequence[Target | None]) -> list[_Cell]:
    """The columns whose query can be answered."""
    known = ((column, targets[column.query]) for column in columns)
    return [(column, target, ()) for column, target in known if target is not None]


def _sort(view: Table, targets: Sequence[Target | None]) -> tuple[Transformation, ...]:
    column = view.columns[view.sort]
    if targets[column.query] is None:
        return ()
    return (Transformation("sortBy", {"sort": [{"field": column.title, "desc": view.descending}]}),)


def _table(
    panel: Panel,
    keys: Sequence[str],
    columns: Sequence[_Cell],
    sorting: tuple[Transformation, ...],
    limits: tuple[Transformation, ...],
) -> Visualization:
    sparks = [target.ref for column, target, _ in columns if column.spark]
    trends = (Transformation("timeSeriesTable", {ref: {"stat": "lastNotNull"} for ref in sparks}),) if sparks else ()
    return Visualization(
        "table",
        {"frameIndex": 0, "showHeader": True, "cellHeight": "sm"},
        {**fields.unit(panel.unit), **fields.BY_THRESHOLDS, "custom": {"align": "auto", "inspect": False}},
        tuple(Override("byName", column.title, _properties(column, words)) for column, _, words in columns),
        (
            *trends,
            Transformation("merge", {}),
            Transformation("organize", _organized(keys, columns)),
            *sorting,
            *limits,
        ),
    )


def _organized(keys: Sequence[str], columns: Sequence[_Cell]) -> Json:
    names = [(_field(column, target, columns), column.title) for column, target, _ in columns]
    order = [*keys, *(name for name, _ in names)]
    return {
        "excludeByName": {"Time": True},
        "indexByName": {name: index for index, name in enumerate(order)},
        "renameByName": dict(names),
    }


def _field(column: Column, target: Target, columns: Sequence[_Cell]) -> str:
    """How Grafana names a query's values before they are renamed: without its letter if it is the only table."""
    if column.spark:
        return f"Trend #{target.ref}"
    is_only = sum(not other.spark for other, _, _ in columns) == 1
    return "Value" if is_only else f"Value #{target.ref}"


def _properties(column: Column, words: Sequence[tuple[Status, str]]) -> Json:
    properties = dict(_appearance(column))
    if words:
        properties |= fields.words(column.thresholds, words)
    return properties


def _appearance(column: Column) -> Iterator[tuple[str, object]]:
    yield from fields.unit(column.unit).items()
    yield from fields.steps(column.thresholds).items()
    if column.links:
        yield "links", of_column(column.links)
    if column.spark:
        yield "custom.cellOptions", {"type": "sparkline", "lineWidth": 1, "hideValue": True}
        if column.ceiling is not None:
            yield from (("min", 0), ("max", column.ceiling))
    elif column.bar:
        yield "custom.cellOptions", {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        yield "min", 0
        if column.unit is Unit.PERCENT and not column.share:
            yield "max", 100
    elif fields.has_limits(column.thresholds):
        yield "custom.cellOptions", {"type": "color-text"}
