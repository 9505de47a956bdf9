"""Schema v1, from version 16 on: exports, downloads from grafana.com, answers of the API, and old panels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.grafana.importing.fields import number, table, tables, text, texts, whole
from app.grafana.importing.source import (
    ImportRefused,
    Json,
    SourceDashboard,
    SourceLink,
    SourceOverride,
    SourcePanel,
    SourceTarget,
    SourceVariable,
)

MOST_BYTES: Final = 2**20  # of the query of a variable, which can hold a whole board
OLDEST: Final = 16
_PLUGINS: Final = {
    "graph": "timeseries",
    "singlestat": "stat",
    "table-old": "table",
    "grafana-piechart-panel": "piechart",
}


def dashboard(content: Json) -> SourceDashboard:
    """The dashboard of a file. Raises ImportRefused."""
    version = whole(content.get("schemaVersion"), 0)
    if not isinstance(content.get("panels"), list):
        raise ImportRefused("This is no dashboard of Grafana: it has no list of panels.")
    if version < OLDEST:
        raise ImportRefused(f"Schema version {version} is too old: open and save it in Grafana 5 or newer.")
    inputs = {
        text(item.get("name")): text(item.get("value"))
        for item in tables(content.get("__inputs"))
        if item.get("type") == "constant"
    }
    variables = tables(table(content.get("templating")).get("list"))
    sources = _sources(content, variables)
    time = table(content.get("time"))
    return SourceDashboard(
        title=text(content.get("title"), 200),
        uid=text(content.get("uid"), 80),
        description=text(content.get("description")),
        refresh=text(content.get("refresh")),
        since=text(time.get("from")),
        panels=tuple(_panels(content["panels"], sources)),
        variables=tuple(variable(item) for item in variables),
        links=links(content.get("links")),
        inputs=inputs,
    )


def variable(of: Json, kind: str = "") -> SourceVariable:
    """A variable; schema v2 names its fields in the same way."""
    query = of.get("query")
    current = table(of.get("current"))
    options = [choice for item in tables(of.get("options")) for choice in texts(item.get("value"))]
    return SourceVariable(
        name=text(of.get("name"), 80),
        kind=kind or text(of.get("type"), 40),
        query=text(query if isinstance(query, str) else table(query).get("query"), MOST_BYTES),
        current=texts(current.get("value")),
        choices=tuple(options),
        is_multi=of.get("multi") is True,
        has_all=of.get("includeAll") is True,
        all_value=text(of.get("allValue")),
    )


def override(of: Json) -> SourceOverride:
    """An override of fields, the same in both schemas."""
    matcher = table(of.get("matcher"))
    properties = {text(item.get("id")): item.get("value") for item in tables(of.get("properties"))}
    return SourceOverride(text(matcher.get("id")), matcher.get("options"), properties)


def links(of: Any) -> tuple[SourceLink, ...]:
    """Links of a dashboard, of a panel or of values, the same in both schemas; those to dashboards have a `dashUri`."""
    return tuple(
        SourceLink(
            text(item.get("title"), 200),
            text(item.get("url") or item.get("dashUri"), 2_000),
            is_search=item.get("type") == "dashboards",
        )
        for item in tables(of)
    )


def data_links(config: Json) -> tuple[SourceLink, ...]:
    """Links of values, of all fields and of some, the same in both schemas."""
    overrides = [override(item).properties.get("links") for item in tables(config.get("overrides"))]
    every = (table(config.get("defaults")).get("links"), *overrides)
    return tuple(dict.fromkeys(link for of_field in every for link in links(of_field)))


def target(of: Json, source: str, *, is_hidden: bool, ref: str) -> SourceTarget:
    """A query as Prometheus' plugin writes it, the same in both schemas."""
    return SourceTarget(
        ref=ref,
        expr=text(of.get("expr")).strip(),
        legend=text(of.get("legendFormat"), 1_000),
        is_instant=of.get("instant") is True and of.get("range") is not True,
        format=text(of.get("format")),
        is_hidden=is_hidden,
        source=source,
        kind=text(of.get("type")),
    )


def _sources(content: Json, variables: list[Json]) -> Mapping[str, str]:
    """Types of data sources by the names that panels use: inputs of a download, and variables."""
    inputs = {text(item.get("name")): text(item.get("pluginId")) for item in tables(content.get("__inputs"))}
    chosen = {text(item.get("name")): text(item.get("query")) for item in variables if item.get("type") == "datasource"}
    return {**inputs, **chosen}


def _source(of: Any, sources: Mapping[str, str]) -> str:
    """The type of a data source; empty where only its name is known."""
    if isinstance(of, dict):
        if known := text(of.get("type")):
            return known
        of = of.get("uid")
    name = text(of).strip("${}[]").partition(":")[0]
    return sources.get(name, "grafana" if name == "-- Grafana --" else "")


def _panels(items: Any, sources: Mapping[str, str]) -> Iterator[SourcePanel]:
    """All panels; those of a collapsed row follow its heading."""
    for item in sorted(tables(items), key=_place):
        yield _panel(item, sources)
        for inner in sorted(tables(item.get("panels")), key=_place):
            yield _panel(inner, sources)


def _place(of: Json) -> tuple[int, int]:
    grid = table(of.get("gridPos"))
    return whole(grid.get("y"), 0, 10**6), whole(grid.get("x"), 0)


def _panel(of: Json, sources: Mapping[str, str]) -> SourcePanel:
    grid, config = table(of.get("gridPos")), table(of.get("fieldConfig"))
    own = _source(of.get("datasource"), sources)
    plugin = text(of.get("type"), 80)
    is_old = plugin in _PLUGINS
    return SourcePanel(
        title=text(of.get("title"), 300),
        plugin=_PLUGINS.get(plugin, plugin),
        description=text(of.get("description")),
        targets=tuple(_target(item, own, sources) for item in tables(of.get("targets"))),
        options=_old_options(of, plugin) if is_old else table(of.get("options")),
        defaults=_old_defaults(of, plugin) if is_old and not config.get("defaults") else table(config.get("defaults")),
        overrides=tuple(override(item) for item in tables(config.get("overrides"))),
        transformations=tuple(tables(of.get("transformations"))),
        x=whole(grid.get("x"), 0),
        y=whole(grid.get("y"), 0),
        width=whole(grid.get("w"), 12, 24),
        height=whole(grid.get("h"), 8, 60),
        repeat=text(of.get("repeat")),
        links=links(of.get("links")),
        data_links=data_links(config),
        is_library="libraryPanel" in of,
        time_from=text(of.get("timeFrom")),
    )


def _target(of: Json, own: str, sources: Mapping[str, str]) -> SourceTarget:
    source = _source(of.get("datasource"), sources) or own
    return target(of, source, is_hidden=of.get("hide") is True, ref=text(of.get("refId"), 40))


def _old_defaults(of: Json, plugin: str) -> Json:
    """Field properties of a panel from before Grafana 7."""
    if plugin == "graph":
        axes = tables(of.get("yaxes"))
        axis = axes[0] if axes else {}
        scale = {"type": "log"} if whole(axis.get("logBase"), 1) > 1 else {"type": "linear"}
        stacking = {"mode": "normal" if of.get("stack") is True else "none"}
        custom = {"stacking": stacking, "scaleDistribution": scale, "thresholdsStyle": {"mode": "off"}}
        return {"unit": axis.get("format"), "max": number(axis.get("max")), "custom": custom}
    gauge = table(of.get("gauge"))
    limits = [number(part) for part in text(of.get("thresholds")).split(",")]
    colours = texts(of.get("colors"))
    steps = [{"value": value, "color": colour} for value, colour in zip([None, *limits], colours, strict=False)]
    return {
        "unit": of.get("format"),
        "min": gauge.get("minValue"),
        "max": gauge.get("maxValue"),
        "thresholds": {"mode": "absolute", "steps": steps if None not in limits else []},
    }


def _old_options(of: Json, plugin: str) -> Json:
    calculations = {"current": "lastNotNull", "avg": "mean", "total": "sum"}
    if plugin != "singlestat":
        return table(of.get("options"))
    name = text(of.get("valueName")) or "current"
    is_coloured = of.get("colorValue") is True or of.get("colorBackground") is True
    gauge = table(of.get("gauge")).get("show") is True
    return {
        "reduceOptions": {"calcs": [calculations.get(name, name)]},
        "colorMode": "value" if is_coloured or gauge else "none",
        "gauge": gauge,
    }
