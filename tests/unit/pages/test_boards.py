"""The boards are plain data: complete, explained, and of queries that expand."""

from __future__ import annotations

import re

import pytest

from pages import BOARDS, NAVIGATION
from panels.spec import Dashboard, Panel, Table
from queries.core.time_range import Window
from queries.metrics.profile import CODEAGENT
from queries.metrics.promql import expand

WINDOW = Window(1_790_000_000 - 3_600, 1_790_000_000, 15)
FILTERS = {
    "endpoint": ('/v1/"quoted"\\', "/v1/b"),
    "provider": ("openai",),
    "instance": ("a:1",),
    "environment": ("x",),
}
PANELS = [pytest.param(panel, id=f"{board.id}/{panel.id}") for board in BOARDS.values() for panel in board.panels]


def test_there_are_the_five_boards() -> None:
    assert [board.id for board in NAVIGATION] == [
        "overview",
        "api-performance",
        "providers",
        "websocket",
        "infrastructure",
    ]


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_panel_ids_are_unique_and_rows_are_full(board: Dashboard) -> None:
    ids = [panel.id for panel in board.panels]

    assert len(ids) == len(set(ids))
    assert sum(panel.span for panel in board.panels) % 12 == 0


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_explains_itself(panel: Panel) -> None:
    assert panel.description.endswith(".")
    assert panel.empty_message.endswith(".")
    assert 3 <= len(panel.title) <= 40


@pytest.mark.parametrize("panel", PANELS)
def test_every_query_expands(panel: Panel) -> None:
    for query in panel.queries:
        expr = expand(query.expr, WINDOW, FILTERS, CODEAGENT)

        assert not re.search(r"\$[a-z_]", expr)


@pytest.mark.parametrize("panel", [param for param in PANELS if isinstance(param.values[0].view, Table)])
def test_table_columns_name_existing_queries_unless_derived(panel: Panel) -> None:
    assert isinstance(panel.view, Table)
    if panel.derive is None:
        assert all(column.query < len(panel.queries) for column in panel.view.columns)
