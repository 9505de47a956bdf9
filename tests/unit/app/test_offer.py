"""Panels whose metrics a recognised gateway cannot export are folded into one line; boards without any leave."""

from __future__ import annotations

import pytest

from app.detect import report
from app.offer import Offer, areas, metrics_of
from app.shell import page
from pages import BOARDS, NAVIGATION
from panels.spec import Dashboard, Lines, Panel, Query, Unit
from queries.metrics.detection import UNRESOLVED, Deployment, Resolution, detect
from queries.metrics.profile_file import definition

LITELLM = detect(
    [definition("litellm")],
    frozenset(
        {
            "litellm_proxy_total_requests_metric_total",
            "litellm_request_total_latency_metric_bucket",
            "litellm_deployment_success_responses_total",
            "litellm_deployment_failure_responses_total",
            "litellm_llm_api_latency_metric_bucket",
            "litellm_input_tokens_metric_total",
        }
    ),
    lambda _: Deployment(jobs=("a", "b")),
)


def test_a_panel_is_hidden_when_none_of_its_queries_can_have_data() -> None:
    offer = Offer(LITELLM)
    visible = {panel.id for panel in offer.board(BOARDS["providers"]).panels}
    assert {"latency", "errors", "tokens", "cost-rate"} <= visible
    assert not {"first-token", "limit-left", "state"} & visible
    assert "providers" in visible  # one of its columns has no data


def test_a_panel_stays_without_the_metrics_that_its_query_can_do_without() -> None:
    query = "codeagent_llm_requests_total{$filters} / codeagent_llm_rate_limit_limit{$filters}"
    panels = tuple(
        Panel(id=name, title=name, unit=Unit.COUNT, view=Lines(), queries=(Query(query, optional=optional),))
        for name, optional in (("whole", ()), ("part", ("codeagent_llm_rate_limit_limit",)))
    )

    board = Offer(LITELLM).board(Dashboard("own", "Own", "", panels))

    assert [panel.id for panel in board.panels] == ["part"]


def test_one_line_says_how_many_are_hidden_and_why() -> None:
    note = Offer(LITELLM).note(BOARDS["websocket"])
    assert note.startswith(f"{len(BOARDS['websocket'].panels)} panels hidden: LiteLLM exports no ")
    assert "WebSocket" in note
    assert "LiteLLM has 2 deployments: a, b." in note


def test_a_board_with_nothing_leaves_the_navigation() -> None:
    assert [board.id for board in Offer(LITELLM).navigation] == [
        board.id for board in NAVIGATION if board.id != "websocket"
    ]


@pytest.mark.parametrize("resolution", [UNRESOLVED, Resolution(UNRESOLVED.profile)])
def test_nothing_is_hidden_of_the_contract_s_gateway_nor_before_a_backend_answers(resolution: Resolution) -> None:
    offer = Offer(resolution)
    assert offer.navigation == NAVIGATION
    for board in BOARDS.values():
        assert offer.board(board).panels == board.panels
        assert offer.note(board) == ""


def test_a_backend_without_a_known_gateway_is_said_to_have_none() -> None:
    other = Offer(detect([], frozenset({"up"}), lambda _: Deployment()))
    assert "docs/profiles.md" in other.note(BOARDS["overview"])
    assert other.board(BOARDS["overview"]).panels == BOARDS["overview"].panels


def test_filters_that_can_choose_nothing_are_not_offered() -> None:
    board = BOARDS["providers"]
    assert Offer(UNRESOLVED).board(board).filters == ("environment", "provider", "model", "instance")
    assert Offer(LITELLM).board(board).filters == board.filters
    assert {"job", "team", "key", "user"} <= set(board.filters)


def test_areas_are_named_in_words() -> None:
    assert areas(["codeagent_connections_active", "codeagent_websocket_connections"]) == "WebSocket"
    assert areas(["codeagent_db_connections", "codeagent_cache_hit_rate", "codeagent_provider_up"]) == (
        "cache, database or provider state"
    )


def test_metrics_of_exporters_are_not_the_contract_s() -> None:
    assert metrics_of("rate(node_cpu_seconds_total{$filters}[$__rate_interval])") == frozenset()
    assert metrics_of("rate(codeagent_llm_latency_bucket{$filters}[$__rate_interval])") == {"codeagent_llm_latency"}


def test_the_line_stands_at_the_foot_of_the_board() -> None:
    offer, board = Offer(LITELLM), BOARDS["providers"]
    text = str(page(offer.board(board), demo=False, navigation=offer.navigation, note=offer.note(board)))
    assert "panels hidden: LiteLLM exports no" in text
    assert "href='/websocket'" not in text
    assert "hidden: " not in str(page(board, demo=False))


def test_detect_lists_profiles_deployed_names_and_what_is_hidden() -> None:
    lines: list[str] = []
    report(Offer(LITELLM), lines.append)
    text = "".join(lines)
    assert "LiteLLM (litellm): 6 of" in text
    assert "codeagent_llm_latency = litellm_llm_api_latency_metric" in text
    assert "deployments, of which one is shown at a time: a, b" in text
    assert "hidden first-token: no LLM metrics (codeagent_llm_time_to_first_token)" in text


def test_detect_says_when_no_profile_fits() -> None:
    lines: list[str] = []
    report(Offer(detect([], frozenset({"up"}), lambda _: Deployment())), lines.append)
    assert "No profile fits them" in "".join(lines)


def test_a_board_that_filters_by_a_label_itself_keeps_that_filter() -> None:
    query = Query("foreign{$filter(job)}")
    board = Dashboard("mine", "Mine", "", (Panel(id="a", title="A", view=Lines(), queries=(query,)),), ("job", "team"))

    assert Offer(UNRESOLVED).board(board).filters == ("job",)


def test_what_lies_beyond_the_contract_is_shown_once_the_gateway_exports_it() -> None:
    names = {"codeagent_llm_requests_total", "codeagent_llm_latency_bucket"}
    panel_ids = [
        {
            panel.id
            for panel in Offer(detect([], frozenset(exported), lambda _: Deployment()))
            .board(BOARDS["providers"])
            .panels
        }
        for exported in (names, names | {"codeagent_llm_cost_usd_total"})
    ]
    assert {"error-classes", "first-token", "limit-left"} <= panel_ids[0]
    assert not {"spend-team", "engine-queue", "fallbacks"} & panel_ids[0]
    assert "spend-team" in panel_ids[1]
