"""Transformations that compute: a field of others, and a calculation of each field's range, as PromQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.grafana.importing.fields import number, table, text, texts
from app.grafana.importing.labels import labels_of
from app.grafana.importing.queries import PanelQueries, PanelQuery, reduced
from app.grafana.importing.source import Json, SourcePanel
from panels.spec import Over, Query

_OPERATORS: Final = ("+", "-", "*", "/", "%", "^", "**")
_AGGREGATIONS: Final = {"sum": "sum", "mean": "avg", "max": "max", "min": "min", "count": "count", "stdDev": "stddev"}
_FIELD_LABEL: Final = "field"  # of rows that are queries


@dataclass(frozen=True)
class Calculated:
    """The queries with those that the panel computes, and the transformations that this stands for."""

    queries: PanelQueries
    applied: tuple[str, ...] = ()


def calculate(panel: SourcePanel, queries: PanelQueries) -> Calculated:
    """Apply what can be computed by Prometheus; other transformations leave the queries as they are."""
    items, applied = queries.items, list[str]()
    for step in panel.transformations:
        name, options = text(step.get("id"), 40), table(step.get("options"))
        following = _applied(name, options, items)
        if following is not None:
            items = following
            applied.append(name)
    return Calculated(replace(queries, items=items), tuple(applied))


def _applied(name: str, options: Json, items: tuple[PanelQuery, ...]) -> tuple[PanelQuery, ...] | None:
    """The queries after a step; None if it has no counterpart."""
    if name == "filterByValue" and options.get("filters") == []:
        return items  # nothing is left out
    if name == "calculateField":
        return _with_field(options, items)
    if name == "reduce":
        return _reduced(options, items)
    return None


def _with_field(options: Json, items: tuple[PanelQuery, ...]) -> tuple[PanelQuery, ...] | None:
    mode = text(options.get("mode")) or "reduceRow"
    if mode == "binary":
        computed = _binary(table(options.get("binary")), items)
    else:
        computed = _of_row(table(options.get("reduce")), items) if mode == "reduceRow" else None
    if computed is None:
        return None
    expr, usual = computed
    alias = text(options.get("alias"), 80) or usual
    over = items[0].query.over if items else Over.RANGE
    field = PanelQuery(alias, Query(expr, alias, over), field=alias)
    return (field,) if options.get("replaceFields") is True else (*items, field)


def _binary(options: Json, items: Sequence[PanelQuery]) -> tuple[str, str] | None:
    """An expression of two fields, or of a field and a number, and the name that Grafana gives it."""
    operator = text(options.get("operator")) or "+"
    sides = [_operand(options.get(side), items) for side in ("left", "right")]
    if operator not in _OPERATORS or None in sides:
        return None
    (left, left_name), (right, right_name) = (side for side in sides if side)
    on = _matching([item for item in items if f"({item.query.expr})" in (left, right)])
    symbol = "^" if operator == "**" else operator
    return f"{left} {symbol} {on}{right}", f"{left_name} {operator} {right_name}"


def _operand(value: object, items: Sequence[PanelQuery]) -> tuple[str, str] | None:
    side = table(value)
    fixed = number(side.get("fixed") if side else value)
    if fixed is not None:
        return f"{fixed:g}", f"{fixed:g}"
    name = text(table(side.get("matcher")).get("options") if side else value, 200)
    item = next((item for item in items if name and name in _names(item)), None)
    return (f"({item.query.expr})", name) if item else None


def _matching(items: Sequence[PanelQuery]) -> str:
    """How series of two queries are matched: by the labels that both group by, where these differ."""
    known = [labels for item in items if (labels := labels_of(item.query.expr)) is not None]
    if len(known) < 2 or set(known[0]) == set(known[1]):
        return ""
    left, right = known[:2]
    common = [label for label in left if label in right]
    group = "group_left () " if len(left) > len(common) else "group_right () " if len(right) > len(common) else ""
    return f"on ({', '.join(common)}) {group}"


def _of_row(options: Json, items: Sequence[PanelQuery]) -> tuple[str, str] | None:
    """A calculation of the fields at each instant."""
    reducer = text(options.get("reducer"), 40)
    function, included = _AGGREGATIONS.get(reducer), texts(options.get("include"))
    chosen = [item for item in items if not included or _names(item) & set(included)]
    if function is None or not chosen:
        return None
    if len(chosen) == 1 and labels_of(chosen[0].query.expr) != ():
        return f"{function}({chosen[0].query.expr})", reducer
    if any(labels_of(item.query.expr) != () for item in chosen):
        return None
    return f"{function}({_rows(chosen)})", reducer


def _rows(items: Sequence[PanelQuery]) -> str:
    """Single numbers as rows of one vector, named by their fields."""
    return " or ".join(
        f'label_replace({item.query.expr}, "{_FIELD_LABEL}", "{_safe(_title(item))}", "", "")' for item in items
    )


def _reduced(options: Json, items: tuple[PanelQuery, ...]) -> tuple[PanelQuery, ...] | None:
    """Each calculation of the range as a query; single numbers become rows named by their fields."""
    calculations = texts(options.get("reducers")) or ("lastNotNull",)
    if not items or text(options.get("mode")) not in ("", "seriesToRows", "reduceFields"):
        return None
    if text(options.get("mode")) == "reduceFields":
        changed = [(item, *reduced(item.query, calculations[0])) for item in items]
        return None if any(note for _, _, note in changed) else tuple(replace(item, query=q) for item, q, _ in changed)
    rows = _as_rows(items)
    if rows is None:
        return None
    pairs = [(name, *reduced(rows, name)) for name in calculations]
    if any(note for _, _, note in pairs):
        return None
    return tuple(
        PanelQuery(_FIELD_NAMES.get(name, name), replace(query, over=Over.INSTANT), field=_FIELD_NAMES.get(name, name))
        for name, query, _ in pairs
    )


_FIELD_NAMES: Final = {
    "lastNotNull": "Last *",
    "last": "Last",
    "mean": "Mean",
    "max": "Max",
    "min": "Min",
    "sum": "Total",
    "count": "Count",
    "stdDev": "StdDev",
}


def _as_rows(items: Sequence[PanelQuery]) -> Query | None:
    """One query whose series are the rows; None if several queries have series of their own."""
    if len(items) == 1:
        return items[0].query
    if any(labels_of(item.query.expr) != () for item in items):
        return None
    return Query(_rows(items), f"{{{{{_FIELD_LABEL}}}}}", items[0].query.over)


def _names(item: PanelQuery) -> set[str]:
    return {item.ref, f"Value #{item.ref}", item.query.legend, item.field} - {""}


def _title(item: PanelQuery) -> str:
    return item.query.legend or item.field or item.ref


def _safe(name: str) -> str:
    """A name as it stands between quotes, without references of a replacement."""
    return "".join(_escapes(name))


def _escapes(name: str) -> Iterator[str]:
    for character in name:
        yield {"$": "$$", '"': '\\"', "\\": "\\\\", "\n": " "}.get(character, character)
