"""What gateways, model servers and web instrumentations export goes through a real Prometheus onto every board.

Each folder of tests/data/expositions holds one exposition and says how it was made. Each stands for 146 calls, 49 of
which failed, where the exporter can tell; only the proxy under load has its own numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.panel_view import PanelState, PanelView
from pages import api_performance as api
from queries.metrics.request import Filters
from queries.metrics.syntax import analysed
from tests.integration.expositions_kit import GROWN, RECORDED, app_over, every_view, recording, view

pytestmark = pytest.mark.integration

Rewrite = Callable[[str], str]

FAILED = 100 * 49 / 146
API, LLM = ("overview", "error-rate"), ("providers", "providers")
EXPECTED: dict[str, tuple[str, dict[tuple[str, str], float]]] = {
    "agentgateway": ("agentgateway", {API: FAILED}),
    "apisix-ai": ("apisix-ai", {API: FAILED}),
    "bifrost": ("bifrost", {LLM: FAILED}),
    "django": ("django", {API: FAILED}),
    "dotnet": ("dotnet", {API: FAILED, LLM: FAILED}),
    "envoy": ("envoy", {API: FAILED}),
    "envoy-ai-gateway": ("envoy-ai-gateway", {LLM: FAILED}),
    "express": ("express", {API: FAILED}),
    "fastapi": ("fastapi", {API: FAILED}),
    "flask": ("flask", {API: FAILED}),
    "ingress-nginx": ("ingress-nginx", {API: FAILED}),
    "istio": ("istio", {API: FAILED}),
    "kong-ai": ("kong-ai", {API: FAILED}),
    "litellm": ("litellm", {API: FAILED, LLM: FAILED}),
    "litellm-proxy": ("litellm", {}),
    "ollama-proxy": ("ollama-proxy", {}),
    "otel-http-genai": ("otel-http-genai", {}),
    "otel-http-genai-2026": ("otel-http-genai", {API: FAILED, LLM: FAILED}),
    "portkey": ("portkey", {API: FAILED, LLM: FAILED}),
    "sglang": ("sglang", {}),
    "spring": ("spring", {API: FAILED}),
    "starlette": ("starlette", {API: FAILED}),
    "tgi": ("tgi", {LLM: FAILED}),
    "traefik": ("traefik", {API: FAILED}),
    "vllm": ("vllm", {LLM: FAILED}),
    "vllm-0.11": ("vllm", {LLM: 0.0}),
}


def test_every_exposition_is_expected_and_says_how_it_was_made() -> None:
    assert {folder.name for folder in RECORDED.iterdir() if folder.is_dir()} == EXPECTED.keys()
    assert all((RECORDED / name / "README.md").is_file() for name in EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_gateway_is_recognised_and_every_panel_has_data_or_says_why_not(tmp_path: Path, name: str) -> None:
    profile, failed = EXPECTED[name]
    with app_over(tmp_path, recording(name)) as app:
        resolution = app.boards.profiles.current()
        assert profile in {match.name for match in resolution.profiles}
        for panel, visible in every_view(app):
            assert visible.state in (PanelState.FRESH, PanelState.QUIET, PanelState.ABSENT), (
                panel.id,
                visible.sentence,
            )
            if visible.state is PanelState.ABSENT:
                assert visible.sentence
                assert "not understood" not in visible.sentence, (panel.id, visible.sentence)
        for (board, panel_id), expected in failed.items():
            shares = error_shares(view(app, board, panel_id), board)
            assert shares == pytest.approx([expected] * len(shares), rel=0.05), shares
            assert shares


def error_shares(visible: PanelView, board: str) -> list[float]:
    """The percentages of failed calls that a panel shows: of everything, or the one of each provider, weighed alike."""
    assert visible.state is PanelState.FRESH, visible.sentence
    return [float(share) for share in visible.frames[0 if board == "overview" else 3].last()]


RENAMED: dict[str, tuple[str, Rewrite]] = {
    "counters without _total": ("litellm", lambda text: re.sub(r"_total(?=[ {])", "", text)),
    "an extra label": ("litellm", lambda text: text.replace(',user="', ',region="eu",user="')),
    "a missing label": ("litellm", lambda text: re.sub(r',user="[^"]*"', "", text)),
    "exported labels": (
        "starlette",
        lambda text: text.replace('path="', 'path="http",exported_path="'),
    ),
}


@pytest.mark.parametrize("case", RENAMED)
def test_failed_calls_are_right_in_other_versions_and_behind_relabelling(tmp_path: Path, case: str) -> None:
    name, rewrite = RENAMED[case]
    with app_over(tmp_path, rewrite(recording(name))) as app:
        assert error_shares(view(app, *API), "overview") == pytest.approx([FAILED], rel=0.05)
        if name == "starlette":
            slowest = view(app, api.BOARD.id, "slowest")
            assert {row["endpoint"] for row in slowest.frames[0].labels} == {"/items/{item}", "/fail"}


def test_a_gateway_in_front_of_model_servers_is_counted_once_and_both_are_shown(tmp_path: Path) -> None:
    with app_over(tmp_path, recording("litellm") + recording("vllm")) as app:
        resolution = app.boards.profiles.current()
        assert {"litellm", "vllm"} <= {match.name for match in resolution.profiles}
        metrics = resolution.profile.metrics
        assert metrics["codeagent_llm_requests_total"].origin == "LiteLLM"
        assert metrics["codeagent_engine_running"].origin == "vLLM"


def test_a_second_deployment_is_chosen_by_a_filter_and_never_added(tmp_path: Path) -> None:
    first = recording("starlette")
    second = re.sub(r"\}(?= )", ',job="second"}', first)
    with app_over(tmp_path, first + second) as app:
        assert app.boards.profiles.current().profiles[0].jobs == ("recorded", "second")
        chosen: list[Filters] = [{}, {"job": ("second",)}]
        rates = [view(app, "overview", "request-rate", filters).frames[0].last()[0] for filters in chosen]
        item = 146 / GROWN
        assert rates == pytest.approx([item, item], rel=0.05)


def test_the_query_layer_sees_deployed_names_only_and_puts_its_pieces_together(tmp_path: Path) -> None:
    with app_over(tmp_path, recording("litellm")) as app:
        for _, visible in every_view(app):
            for outcome in visible.outcomes:
                expr = getattr(outcome, "request", None)
                if expr is not None and visible.state is PanelState.FRESH:
                    assert analysed(expr.expr).is_extendable, expr.expr


def test_pages_leave_out_what_the_gateway_cannot_export_and_say_so(tmp_path: Path) -> None:
    with app_over(tmp_path, recording("litellm")) as app:
        client = app.server.test_client()
        html = client.get("/providers").get_data(as_text=True)
        assert "LiteLLM exports no" in html
        assert 'href="/websocket"' not in html
        refreshed = client.get("/api/boards/websocket/refresh?from=now-30m&to=now").get_json()
        assert refreshed["panels"] == []
        offered = client.get("/api/boards/providers/filters/provider?from=now-30m&to=now").get_json()
        assert offered["values"] == ["anthropic", "openai"]


def test_cached_tokens_and_reasoning_are_priced_once(tmp_path: Path) -> None:
    series = "".join(
        f'litellm_{name}_metric_total{{api_provider="openai",model="gpt-4o",model_id="1"}} {count}\n'
        for name, count in (
            ("input_tokens", 1_000_000),
            ("input_cached_tokens", 400_000),
            ("output_tokens", 100_000),
            ("output_reasoning_tokens", 40_000),
            ("spend", 3.0),
        )
    )
    with app_over(tmp_path, series) as app:
        panel = view(app, "providers", "cost-rate")
        dollars = 0.6 * 2.50 + 0.4 * 1.25 + 0.1 * 10
        assert panel.frames[0].last() == pytest.approx([dollars / GROWN * 3_600], rel=0.01)


def without_provider(text: str) -> str:
    """As before spring 2026: only the metrics of deployments name the provider."""
    return "\n".join(
        line if "_deployment_" in line else re.sub(r'api_provider="[^"]*",?', "", line) for line in text.splitlines()
    )


def test_tokens_get_the_provider_of_their_deployment_where_they_have_none(tmp_path: Path) -> None:
    with app_over(tmp_path, without_provider(recording("litellm"))) as app:
        panel = view(app, "providers", "latency")
        assert panel.state is PanelState.FRESH, panel.sentence
        assert {row["provider"] for row in panel.frames[0].labels} == {"anthropic", "openai"}
        chosen = view(app, "providers", "tokens", {"provider": ("openai",)})
        whole = view(app, "providers", "tokens")
        assert 0 < chosen.frames[0].last().sum() < whole.frames[0].last().sum()
