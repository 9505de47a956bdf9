"""Tables of Grafana: rows by labels, a column for each query, their order."""

from __future__ import annotations

from panels.spec import (
    Column,
    Table,
    Unit,
)
from tests.unit.app.grafana.importing.import_kit import only, panel


def test_a_table_of_several_queries_joins_them_by_their_common_label() -> None:
    content = panel(plugin="table")
    content["targets"] = [
        {"refId": "A", "expr": "sum by (pod) (a)", "format": "table", "instant": True},
        {"refId": "B", "expr": "sum by (pod) (b)", "format": "table", "instant": True},
    ]
    renamed = {"Value #A": "Requests", "Value #B": "Memory"}
    content["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"renameByName": renamed}},
    ]
    content["fieldConfig"] = {
        "overrides": [
            {"matcher": {"id": "byName", "options": "Memory"}, "properties": [{"id": "unit", "value": "bytes"}]}
        ]
    }
    view = only(content).view

    assert view == Table(("pod",), (Column("Requests", 0), Column("Memory", 1, Unit.BYTES)), top=50)


def test_a_table_is_sorted_as_in_grafana_and_leaves_out_hidden_columns() -> None:
    content = panel(plugin="table")
    content["targets"] = [
        {"refId": ref, "expr": f"sum by (pod) ({ref.lower()})", "format": "table", "instant": True} for ref in "ABC"
    ]
    content["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Value #B": True}, "renameByName": {"Value #C": "Memory"}}},
        {"id": "sortBy", "options": {"sort": [{"field": "Value #C", "desc": True}]}},
    ]
    view = only(content).view

    assert view == Table(("pod",), (Column("Value #A", 0), Column("Memory", 2)), sort=1, top=50)
    content["options"] = {"sortBy": [{"displayName": "Value #A", "desc": False}]}
    ascending = only(content).view
    assert (ascending.sort, ascending.descending) == (0, False)
