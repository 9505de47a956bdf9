"""Schema v2: a resource whose spec has elements by name and a layout that refers to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.grafana.importing import v1
from app.grafana.importing.fields import table, tables, text, whole
from app.grafana.importing.source import ImportRefused, Json, SourceDashboard, SourcePanel, SourceTarget, SourceVariable

_KINDS: Final = {
    "QueryVariable": "query",
    "CustomVariable": "custom",
    "IntervalVariable": "interval",
    "TextVariable": "textbox",
    "DatasourceVariable": "datasource",
    "ConstantVariable": "constant",
    "AdhocVariable": "adhoc",
    "GroupByVariable": "groupby",
}
_DEEPEST: Final = 6  # layouts inside layouts


@dataclass(frozen=True)
class _Place:
    """An element of the layout, or the title of a row in place of its name."""

    name: str
    x: int = 0
    y: int = 0
    width: int = 12
    height: int = 8
    title: str = ""
    repeat: str = ""


def dashboard(content: Json) -> SourceDashboard:
    """The dashboard of a resource. Raises ImportRefused."""
    spec = table(content.get("spec"))
    elements, layout = table(spec.get("elements")), spec.get("layout")
    if not elements or not isinstance(layout, dict):
        raise ImportRefused("This is no dashboard in schema v2: it has no elements or no layout.")
    time = table(spec.get("timeSettings"))
    return SourceDashboard(
        title=text(spec.get("title"), 200),
        uid=text(table(content.get("metadata")).get("name"), 80),
        description=text(spec.get("description")),
        refresh=text(time.get("autoRefresh")),
        since=text(time.get("from")),
        panels=tuple(_panel(place, table(elements.get(place.name))) for place in _places(layout, _DEEPEST)),
        variables=tuple(_variable(item) for item in tables(spec.get("variables"))),
        links=v1.links(spec.get("links")),
    )


def _places(layout: Any, deepest: int) -> Iterator[_Place]:
    """The elements in the order of the layout."""
    spec = table(table(layout).get("spec"))
    for item in sorted(tables(spec.get("items")), key=_position):
        inner = table(item.get("spec"))
        name = text(table(inner.get("element")).get("name"), 200)
        x, y = whole(inner.get("x"), 0), whole(inner.get("y"), 0)
        width, height = whole(inner.get("width"), 12), whole(inner.get("height"), 8)
        if name:
            yield _Place(name, x, y, width, height, repeat=text(table(inner.get("repeat")).get("value")))
    for item in tables(spec.get("rows")) + tables(spec.get("tabs")):
        inner = table(item.get("spec"))
        repeat = text(table(inner.get("repeat")).get("value"))
        yield _Place("", width=24, height=1, title=text(inner.get("title"), 300) or "Panels", repeat=repeat)
        if deepest:
            yield from _places(inner.get("layout"), deepest - 1)


def _position(item: Json) -> tuple[int, int]:
    spec = table(item.get("spec"))
    return whole(spec.get("y"), 0, 10**6), whole(spec.get("x"), 0)


def _panel(place: _Place, element: Json) -> SourcePanel:
    if not place.name:
        return SourcePanel(place.title, "row", width=24, height=1, repeat=place.repeat)
    spec = table(element.get("spec"))
    data, visualization = table(table(spec.get("data")).get("spec")), table(spec.get("vizConfig"))
    config = table(visualization.get("spec"))
    field_config = table(config.get("fieldConfig"))
    kind = text(visualization.get("kind"), 80)
    return SourcePanel(
        title=text(spec.get("title"), 300),
        plugin=text(visualization.get("group"), 80) or ("" if kind == "VizConfig" else kind),
        description=text(spec.get("description")),
        targets=tuple(_target(item) for item in tables(data.get("queries"))),
        options=table(config.get("options")),
        defaults=table(field_config.get("defaults")),
        overrides=tuple(v1.override(item) for item in tables(field_config.get("overrides"))),
        transformations=tuple(_transformation(item) for item in tables(data.get("transformations"))),
        x=place.x,
        y=place.y,
        width=min(place.width, 24),
        height=min(place.height, 60),
        repeat=place.repeat,
        links=v1.links(spec.get("links")),
        data_links=v1.data_links(field_config),
        is_library=element.get("kind") == "LibraryPanel",
        time_from=text(table(data.get("queryOptions")).get("timeFrom")),
    )


def _target(of: Json) -> SourceTarget:
    spec = table(of.get("spec"))
    query = table(spec.get("query"))
    kind = text(query.get("kind"), 80)
    source = text(query.get("group"), 80) or ("" if kind == "DataQuery" else kind)
    ref = text(spec.get("refId"), 40)
    return v1.target(table(query.get("spec")), source, is_hidden=spec.get("hidden") is True, ref=ref)


def _transformation(of: Json) -> Json:
    spec = table(of.get("spec"))
    return {"id": text(of.get("group"), 80) or text(spec.get("id"), 80) or text(of.get("kind"), 80), **spec}


def _variable(of: Json) -> SourceVariable:
    spec = dict(table(of.get("spec")))
    query = table(spec.get("query"))
    if "spec" in query:
        spec["query"] = table(query["spec"])
    if of.get("kind") == "DatasourceVariable":
        spec["query"] = spec.get("pluginId")
    return v1.variable(spec, _KINDS.get(text(of.get("kind")), text(of.get("kind"), 40)))
