"""Transformations that compute become PromQL, or are said not to be applied."""

from __future__ import annotations

from typing import Any

import promql_parser
import pytest

from app.grafana.importing.boards import Result
from panels.spec import Over
from tests.unit.app.grafana.importing.import_kit import imported, panel

Json = dict[str, Any]


def of(*exprs: str, legends: tuple[str, ...] = (), plugin: str = "timeseries", steps: list[Json]) -> Any:
    """The outcome of a panel with these queries, A, B and so on, and these transformations."""
    names = (*legends, *[""] * len(exprs))
    targets = [
        {"refId": "ABCDEF"[number], "expr": expr, "legendFormat": names[number]} for number, expr in enumerate(exprs)
    ]
    return imported({**panel(plugin=plugin), "targets": targets, "transformations": steps}).outcomes[0]


def exprs(outcome: Any) -> list[str]:
    """The queries of its panel, all of which can be read."""
    texts = [query.expr for query in outcome.panel.queries]
    for text in texts:
        promql_parser.parse(text.replace("$__range", "1h").replace("$__rate_interval", "1m"))
    return texts


def field(mode: str, **options: Any) -> Json:
    return {"id": "calculateField", "options": {"mode": mode, **options}}


@pytest.mark.parametrize(
    "left", ["used", {"matcher": {"id": "byName", "options": "used"}}], ids=["by its name", "by a matcher"]
)
def test_a_field_of_two_others_is_a_query_of_two_queries(left: object) -> None:
    step = field("binary", alias="share", binary={"left": left, "operator": "/", "right": "all"}, replaceFields=True)

    outcome = of("sum(used)", "sum(all_bytes)", legends=("used", "all"), steps=[step])

    assert exprs(outcome) == ["(sum(used)) / (sum(all_bytes))"]
    assert outcome.panel.queries[0].legend == "share"
    assert outcome.result is Result.KEPT


def test_a_field_of_a_number_stays_beside_the_others() -> None:
    step = field("binary", binary={"left": "A", "operator": "*", "right": {"fixed": "8"}})

    assert exprs(of("sum(bytes)", steps=[step])) == ["sum(bytes)", "(sum(bytes)) * 8"]


def test_series_of_two_queries_match_by_the_labels_that_both_have() -> None:
    step = field("binary", binary={"left": "Value #A", "operator": "-", "right": "Value #B"}, replaceFields=True)

    outcome = of("sum by (job, pod) (a)", "sum by (job) (b)", plugin="table", steps=[step])

    assert exprs(outcome) == ["(sum by (job, pod) (a)) - on (job) group_left () (sum by (job) (b))"]


def test_a_calculation_of_a_row_is_an_aggregation() -> None:
    step = field("reduceRow", reduce={"reducer": "sum"}, replaceFields=True)

    assert exprs(of("rate(x[5m])", steps=[step])) == ["sum(rate(x[5m]))"]
    assert exprs(of("sum(a)", "sum(b)", legends=("a", "b"), steps=[step])) == [
        'sum(label_replace(sum(a), "field", "a", "", "") or label_replace(sum(b), "field", "b", "", ""))'
    ]


def test_calculations_of_the_range_are_columns_and_fields_are_rows() -> None:
    step = {"id": "reduce", "options": {"reducers": ["lastNotNull", "max"]}}

    outcome = of("sum(a)", "sum(b)", legends=("in", 'o"ut'), plugin="table", steps=[step])

    rows = 'label_replace(sum(a), "field", "in", "", "") or label_replace(sum(b), "field", "o\\"ut", "", "")'
    assert exprs(outcome) == [rows, f"max_over_time(({rows})[$__range:$__rate_interval])"]
    assert [column.title for column in outcome.panel.view.columns] == ["Last *", "Max"]
    assert outcome.panel.view.keys == ("field",)
    assert {query.over for query in outcome.panel.queries} == {Over.INSTANT}
    assert outcome.result is Result.KEPT


def test_rows_are_grouped_by_the_labels_of_a_transformation() -> None:
    fields = {"Host": {"operation": "groupby"}, "Value": {"operation": "aggregate", "aggregations": ["lastNotNull"]}}
    names = {"id": "organize", "options": {"renameByName": {"Value (lastNotNull)": "Temperature"}}}

    outcome = of("temperature", plugin="table", steps=[{"id": "groupBy", "options": {"fields": fields}}, names])

    assert outcome.panel.view.keys == ("Host",)
    assert [column.title for column in outcome.panel.view.columns] == ["Temperature"]
    assert outcome.result is Result.KEPT


def test_a_filter_without_conditions_changes_nothing() -> None:
    assert of("up", steps=[{"id": "filterByValue", "options": {"filters": []}}]).result is Result.KEPT


@pytest.mark.parametrize(
    "step",
    [
        field("windowFunctions"),
        field("binary", binary={"left": "unknown", "right": "A"}),
        field("binary", binary={"left": "A", "operator": "xor", "right": "A"}),
        field("reduceRow", reduce={"reducer": "changeCount"}),
        {"id": "reduce", "options": {"reducers": ["changeCount"]}},
        {"id": "filterByValue", "options": {"filters": [{}]}},
        {"id": "calculateField", "options": None},
    ],
)
def test_what_prometheus_cannot_compute_is_said(step: Json) -> None:
    outcome = of("up", steps=[step])

    assert exprs(outcome) == ["up"]
    assert f"Transformations are not applied: {step['id']}." in outcome.reasons
