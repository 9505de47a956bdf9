"""The panels about the gateway itself show the numbers computed by hand from what gateways export."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.factory import App
from app.panel_view import PanelState
from pages import BOARDS
from tests.integration.expositions_kit import GROWN, app_over, recording, view

pytestmark = pytest.mark.integration

RANGE_SECONDS = 1_800


def last(app: App, panel: str, query: int = 0) -> list[float]:
    visible = view(app, "providers", panel)
    assert visible.state is PanelState.FRESH, visible.sentence
    return sorted(float(value) for value in visible.frames[query].last())


def test_the_proxy_s_own_time_stands_beside_the_provider_s(tmp_path: Path) -> None:
    with app_over(tmp_path, recording("litellm-proxy")) as app:
        overhead = 1_000 * (1.4554867 + 0.0606112) / 32
        assert last(app, "time-parts", 1) == pytest.approx([overhead], rel=0.01)
        assert last(app, "budgets", 1) == pytest.approx([1.992825, 9.9940975, 9.99950905, 19.99925105])
        assert last(app, "budgets", 4) == pytest.approx([82.37291314583334 * 3_600])
        assert last(app, "deployments") == [1, 1, 1, 1]
        assert view(app, "providers", "fallbacks").frames[0].labels[0]["fallback_model"] == "gpt-4o-mini"


def test_model_servers_show_queue_cache_and_preemptions(tmp_path: Path) -> None:
    with app_over(tmp_path, recording("vllm")) as app:
        assert last(app, "engine-queue", 0) == [3]
        assert last(app, "engine-queue", 1) == [2]
        assert last(app, "engine-kv-cache") == pytest.approx([40])
        assert last(app, "engine-prefix") == pytest.approx([100 * 3 / 9], rel=0.01)
        assert last(app, "engine-preemptions") == pytest.approx([60 / GROWN], rel=0.01)
        assert last(app, "error-classes", 6) == pytest.approx([60 * 49 / GROWN], rel=0.01)


def test_hundreds_of_keys_are_ten_bars_and_the_sum_of_the_others(tmp_path: Path) -> None:
    keys = range(1, 301)
    series = "".join(
        f'litellm_spend_metric_total{{api_key_alias="k{key}",model="gpt-4o",api_provider="openai"}} {key}\n'
        for key in keys
    )
    with app_over(tmp_path, series) as app:
        share = RANGE_SECONDS / GROWN
        assert last(app, "spend-key") == pytest.approx([share * key for key in keys[-10:]], rel=0.02)
        assert last(app, "spend-key", 1) == pytest.approx([share * sum(keys[:-10])], rel=0.02)


LIMITS = """
litellm_remaining_requests_metric{api_provider="openai",litellm_model_name="gpt-4o"} 30
litellm_remaining_requests_metric{api_provider="anthropic",litellm_model_name="claude"} 20
litellm_remaining_requests_metric{api_provider="mistral",litellm_model_name="small"} 9.2e18
litellm_remaining_tokens_metric{api_provider="openai",litellm_model_name="gpt-4o"} 500
"""


def test_what_is_left_of_a_limit_needs_no_limit_that_is_exported(tmp_path: Path) -> None:
    limit = 'litellm_deployment_rpm_limit{api_provider="openai",litellm_model_name="gpt-4o"} 120\n'
    zero = 'litellm_deployment_rpm_limit{api_provider="anthropic",litellm_model_name="claude"} 0\n'
    with app_over(tmp_path, LIMITS + limit + zero, "litellm") as app:
        for query in (0, 2):  # now, and over time
            assert last(app, "limit-left", query) == pytest.approx([25, 100])  # of the limit, and of the day's largest
        assert last(app, "tokens-left") == pytest.approx([100])
        assert "limit-left" in {panel.id for panel in app.boards.offer().board(BOARDS["providers"]).panels}


HOST = """
node_cpu_seconds_total{cpu="0",mode="user",instance="a",job="node"} 2400
node_cpu_seconds_total{cpu="0",mode="idle",instance="a",job="node"} 0
"""


def test_a_number_is_mentioned_once_although_its_panel_fills_the_room_of_hidden_ones(tmp_path: Path) -> None:
    with app_over(tmp_path, recording("litellm-proxy") + HOST) as app:
        address = "/api/boards/overview/refresh?from=now-30m&to=now&panels=cpu&status=board"
        items = app.server.test_client().get(address).get_json()["sentence"]["items"]

    assert [item["href"] for item in items].count("#panel-cpu") == 1


FAILURES = """
litellm_deployment_success_responses_total{api_provider="openai",litellm_model_name="gpt-4o"} 90
litellm_deployment_failure_responses_total{api_provider="openai",litellm_model_name="gpt-4o",exception_status="429"} 10
litellm_deployment_failure_responses_total{requested_model="unknown",exception_status="400"} 50
litellm_deployment_failure_responses_total{requested_model="gpt-4o",exception_status="429"} 50
"""


def test_requests_that_reached_no_deployment_are_no_calls_of_a_provider(tmp_path: Path) -> None:
    with app_over(tmp_path, FAILURES, "litellm") as app:
        errors = view(app, "providers", "errors").frames[0]
        refused = view(app, "providers", "rate-limited").frames[0]

        assert list(errors.labels) == [{"provider": "openai", "status": "429"}]
        assert errors.last() == pytest.approx([10])
        assert [labels["provider"] for labels in refused.labels] == ["openai"]
