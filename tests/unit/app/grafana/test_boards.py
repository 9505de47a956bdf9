"""A board becomes a dashboard with its panels in place, its links and only what can be filled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.grafana import v1
from app.grafana.boards import Export, dashboard
from app.grafana.costs import Prices
from app.grafana.expressions import Deployment
from app.grafana.links import uid
from app.grafana.model import GrafanaDashboard, GrafanaPanel
from pages import BOARDS
from panels import prices
from panels.spec import Dashboard
from queries.metrics.detection import Resolution
from queries.metrics.profile import CODEAGENT

PRICES = prices.load(None, gpu_hour=2.5)
EXPORT = Export(Deployment(Resolution(CODEAGENT), 15), Prices(PRICES), "codeagent", "https://app.example")


def converted(board: Dashboard, *others: Dashboard) -> GrafanaDashboard:
    return dashboard(board, [board, *others], EXPORT)


def panel(board_id: str, panel_id: str, *others: str) -> GrafanaPanel:
    board = BOARDS[board_id]
    number = [candidate.id for candidate in board.panels].index(panel_id)
    return converted(board, *(BOARDS[other] for other in others)).panels[number]


def test_tokens_of_model_servers_have_a_cost_only_where_a_gpu_hour_has_a_price() -> None:
    board = BOARDS["providers"]
    without = replace(EXPORT, prices=Prices(prices.load(None)))

    assert [drawn.title for drawn in converted(board).panels if "million" in drawn.title]
    assert not [drawn.title for drawn in dashboard(board, [board], without).panels if "million" in drawn.title]


def test_panels_flow_in_rows_of_24_columns() -> None:
    board = BOARDS["overview"]
    positions = [drawn.position for drawn in converted(replace(board, panels=board.panels[:8])).panels]

    assert [(place.x, place.y, place.width) for place in positions] == [
        *((4 * index, 0, 4) for index in range(6)),
        (0, 5, 12),
        (12, 5, 12),
    ]


@pytest.mark.parametrize(
    ("board", "panel_id", "plugin"),
    [
        ("overview", "request-rate", "stat"),
        ("overview", "error-rate", "gauge"),
        ("overview", "latency", "timeseries"),
        ("overview", "health", "stat"),
        ("providers", "providers", "table"),
        ("providers", "state", "state-timeline"),
        ("api-performance", "latency-by-endpoint", "heatmap"),
        ("api-performance", "status-share", "bargauge"),
        ("api-performance", "slowest", "table"),
    ],
)
def test_a_view_has_its_plugin(board: str, panel_id: str, plugin: str) -> None:
    assert panel(board, panel_id).visualization.plugin == plugin


def test_values_lead_to_the_page_of_what_they_are_about() -> None:
    slowest = panel("api-performance", "slowest", "endpoint").links
    codes = panel("api-performance", "status-codes").links

    assert [link.url for link in slowest] == [
        "/d/codeagent-endpoint?${__url_time_range}&var-endpoint=${__data.fields.endpoint:percentencode}"
    ]
    assert [link.url for link in codes] == [
        "${app}/traces?from=${__from:date:seconds}&to=${__to:date:seconds}&code=${__field.labels.status:percentencode}"
    ]


def test_a_board_that_is_not_exported_is_not_linked() -> None:
    assert panel("api-performance", "slowest").links == ()


def test_the_address_of_the_application_is_a_hidden_constant() -> None:
    document: Any = v1.document(converted(BOARDS["websocket"]))

    (constant,) = [item for item in document["templating"]["list"] if item["name"] == "app"]
    assert (constant["query"], constant["hide"]) == ("https://app.example", 2)
    assert document["links"][0]["url"].startswith("${app}/websocket?from=")


def test_sums_since_midnight_have_a_range_of_their_own() -> None:
    options = panel("overview", "cost-today").query_options

    assert (options.since, options.interval) == ("now/d", "5m")


def test_the_id_of_a_dashboard_is_at_most_40_characters() -> None:
    assert uid("codeagent", "overview") == "codeagent-overview"
    assert len(uid("x" * 24, "y" * 40)) == 40
