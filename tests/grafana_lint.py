"""Rules for dashboards of Grafana (schema v1), by the names that dashboard-linter gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import promql_parser

Dashboard = Mapping[str, Any]
_DURATIONS: Final = {"$__rate_interval": "1m", "$__interval": "15s", "$__range": "1h"}


def problems(dashboard: Dashboard) -> list[str]:
    """One sentence for each violation."""
    return [f"{name}: {problem}" for name, rule in RULES.items() for problem in rule(dashboard)]


def substituted(expr: str) -> str:
    """An expression with values in place of Grafana's variables."""
    for variable, duration in _DURATIONS.items():
        expr = expr.replace(variable, duration)
    return re.sub(r'"\$[a-z_]+"', '".*"', expr)


def _targets(dashboard: Dashboard) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"“{panel['title']}” {target['refId']}", target


def _variables(dashboard: Dashboard, kind: str) -> list[Mapping[str, Any]]:
    return [variable for variable in dashboard["templating"]["list"] if variable["type"] == kind]


def template_datasource(dashboard: Dashboard) -> Iterator[str]:
    """The data source is a variable with the usual name and label."""
    named = [(variable["name"], variable["label"]) for variable in _variables(dashboard, "datasource")]
    if named != [("datasource", "Data source")]:
        yield f"{named}"


def template_labels(dashboard: Dashboard) -> Iterator[str]:
    """Variables use the data source, allow several values and all of them, and match everything by default."""
    for variable in _variables(dashboard, "query"):
        if variable["datasource"]["uid"] != "${datasource}":
            yield f"{variable['name']} uses another data source"
        if not (variable["multi"] and variable["includeAll"] and variable["allValue"] == ".*"):
            yield f"{variable['name']} does not allow all values"


def template_label_promql(dashboard: Dashboard) -> Iterator[str]:
    """Queries of variables are PromQL."""
    for variable in _variables(dashboard, "query"):
        text = variable["query"]["query"]
        body = text.partition("(")[2].rpartition(")")[0]
        selector = body.rpartition(",")[0] if text.startswith("label_values") else body
        if problem := _syntax(selector):
            yield f"{variable['name']}: {problem}"


def template_on_time_change_reload(dashboard: Dashboard) -> Iterator[str]:
    """Variables are read again when the time range changes."""
    yield from (variable["name"] for variable in _variables(dashboard, "query") if variable["refresh"] != 2)


def panel_datasource(dashboard: Dashboard) -> Iterator[str]:
    """Panels and queries use the variable."""
    sources = [*dashboard["panels"], *(target for _, target in _targets(dashboard))]
    yield from (str(source["datasource"]) for source in sources if source["datasource"]["uid"] != "${datasource}")


def panel_title_description(dashboard: Dashboard) -> Iterator[str]:
    """Panels have a title and a description."""
    yield from (str(panel["id"]) for panel in dashboard["panels"] if not (panel["title"] and panel["description"]))


def panel_units(dashboard: Dashboard) -> Iterator[str]:
    """Fields have a unit, by default or by override."""
    for panel in dashboard["panels"]:
        config = panel["fieldConfig"]
        overridden = [item for rule in config["overrides"] for item in rule["properties"] if item["id"] == "unit"]
        if not config["defaults"].get("unit") and not overridden:
            yield panel["title"]


def panel_no_targets(dashboard: Dashboard) -> Iterator[str]:
    """Panels have queries."""
    yield from (panel["title"] for panel in dashboard["panels"] if not panel["targets"])


def target_promql(dashboard: Dashboard) -> Iterator[str]:
    """Queries are PromQL."""
    for where, target in _targets(dashboard):
        if problem := _syntax(target["expr"]):
            yield f"{where}: {problem}"


def target_rate_interval(dashboard: Dashboard) -> Iterator[str]:
    """Rates over time look back by `$__rate_interval`; over the range by `$__range`; in a step by `$__interval`."""
    for where, target in _targets(dashboard):
        if re.search(r"\brate\([^\[\]]*\[(?!\$__rate_interval|\$__range)", target["expr"]):
            yield where


def target_counter_aggregation(dashboard: Dashboard) -> Iterator[str]:
    """Counters are read by rate, increase or a function that sees their resets, unless only their labels count."""
    for where, target in _targets(dashboard):
        for counter in re.finditer(r"(\w+_total)\{[^}]*\}(?!\[)", target["expr"]):
            if not re.search(r"group(?: by \([^()]*\))? ?\($", target["expr"][: counter.start()]):
                yield f"{where}: {counter[1]}"


def unique_ids(dashboard: Dashboard) -> Iterator[str]:
    """Ids of panels and letters of queries are unique."""
    ids = [panel["id"] for panel in dashboard["panels"]]
    if len(set(ids)) < len(ids):
        yield str(ids)
    for panel in dashboard["panels"]:
        refs = [target["refId"] for target in panel["targets"]]
        if len(set(refs)) < len(refs):
            yield panel["title"]


def no_overlap(dashboard: Dashboard) -> Iterator[str]:
    """Panels lie within 24 columns and do not overlap."""
    cells: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        if own & cells or any(x >= 24 for x, _ in own):
            yield panel["title"]
        cells |= own


def variables_are_used(dashboard: Dashboard) -> Iterator[str]:
    """Each filter is in a query."""
    texts = " ".join(target["expr"] for _, target in _targets(dashboard))
    yield from (
        variable["name"] for variable in _variables(dashboard, "query") if f'"${variable["name"]}"' not in texts
    )


def _syntax(expr: str) -> str:
    try:
        promql_parser.parse(substituted(expr))
    except ValueError as problem:
        return str(problem)
    return ""


RULES: Final[Mapping[str, Callable[[Dashboard], Iterator[str]]]] = {
    "template-datasource-rule": template_datasource,
    "template-label-rule": template_labels,
    "template-label-promql-rule": template_label_promql,
    "template-on-time-change-reload-rule": template_on_time_change_reload,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
    "target-promql-rule": target_promql,
    "target-rate-interval-rule": target_rate_interval,
    "target-counter-agg-rule": target_counter_aggregation,
    "variables-are-used": variables_are_used,
    "unique-ids": unique_ids,
    "no-overlap": no_overlap,
}
