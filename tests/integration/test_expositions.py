"""What gateways, model servers and web instrumentations export goes through a real Prometheus onto every board.

Each folder of tests/data/expositions holds one exposition and says how it was made. Each stands for 146 calls, 49 of
which failed, where the exporter can tell.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.boards import PanelState, PanelView
from app.factory import App, create_app
from app.settings import Settings
from app.state import State
from pages import BOARDS
from pages import api_performance as api
from panels.spec import Panel
from queries.core.time_range import TimeRange
from queries.metrics.request import Filters
from queries.metrics.syntax import analysed
from tests.integration import queries_kit as kit

pytestmark = pytest.mark.integration

RECORDED = Path(__file__).parents[1] / "data" / "expositions"
SCRAPE = 15
GROWN = 2_400  # seconds in which the counters come from nothing to what was recorded
LEAD = 900  # and as fast for so long after the start: an instant finds a sample that is not old
SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
TYPE = re.compile(r"# TYPE (\S+) gauge")
RISING_GAUGES = ("llm_cost_sum", "llm_token_sum")

Rewrite = Callable[[str], str]


def unchanged(text: str) -> str:
    return text


def samples(text: str, start: int) -> Iterator[str]:
    """The exposition's counters, growing to what was recorded and beyond, and its gauges, constant."""
    gauges = set(TYPE.findall(text)) - set(RISING_GAUGES)
    for line in text.splitlines():
        row = SAMPLE.fullmatch(line)
        if row is None:
            continue
        labels = ",".join(part for part in (row[2], "" if "job=" in (row[2] or "") else 'job="recorded"') if part)
        value, times = float(row[3]), range(start - GROWN, start + LEAD, SCRAPE)
        for moment in times:
            share = 1.0 if row[1] in gauges else (moment - times[0]) / GROWN
            yield f"{row[1]}{{{labels}}} {share * value:.6f} {moment}"
    yield "# EOF"


@contextmanager
def app_over(folder: Path, text: str, profile: str = "auto") -> Iterator[App]:
    kit.backfill(folder, "\n".join([*samples(text, int(time.time())), ""]))
    with kit.running(kit.prometheus(folder)) as server:
        app = create_app(Settings(prometheus_url=server.url, profile=profile, deadline_seconds=60))
        yield app
        app.engine.close()


def recording(name: str) -> str:
    return (RECORDED / name / "metrics.prom").read_text()


def view(app: App, board: str, panel: str, filters: Filters | None = None) -> PanelView:
    state = State(TimeRange("now-30m"), filters or {})
    return app.boards.refresh(state, [BOARDS[board].panel(panel)]).panels[0]


def every_view(app: App) -> Iterator[tuple[Panel, PanelView]]:
    for board in BOARDS.values():
        refreshed = app.boards.refresh(State(TimeRange("now-30m")), board.panels)
        yield from zip(board.panels, refreshed.panels, strict=True)


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
        assert profile in {each.name for each in resolution.found}
        for panel, shown in every_view(app):
            assert shown.state in (PanelState.FRESH, PanelState.QUIET, PanelState.ABSENT), (panel.id, shown.sentence)
            if shown.state is PanelState.ABSENT:
                assert shown.sentence
                assert "not understood" not in shown.sentence, (panel.id, shown.sentence)
        for (board, panel_id), expected in failed.items():
            shares = error_shares(view(app, board, panel_id), board)
            assert shares == pytest.approx([expected] * len(shares), rel=0.05), shares
            assert shares


def error_shares(shown: PanelView, board: str) -> list[float]:
    """The percentages of failed calls that a panel shows: of everything, or the one of each provider, weighed alike."""
    assert shown.state is PanelState.FRESH, shown.sentence
    return [float(share) for share in shown.frames[0 if board == "overview" else 3].last()]


RENAMED: dict[str, tuple[str, Rewrite]] = {
    "counters without _total": ("litellm", lambda text: re.sub(r"_total(?=[ {])", "", text)),
    "an extra label": ("litellm", lambda text: text.replace(',user="', ',region="eu",user="')),
    "a missing label": ("litellm", lambda text: re.sub(r',user="[^"]*"', "", text)),
    "exported labels": (
        "starlette", lambda text: text.replace('path="', 'path="http",exported_path="'),
    ),
}  # fmt: skip


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
        assert {"litellm", "vllm"} <= {each.name for each in resolution.found}
        metrics = resolution.profile.metrics
        assert metrics["codeagent_llm_requests_total"].origin == "LiteLLM"
        assert metrics["codeagent_engine_running"].origin == "vLLM"


def test_a_second_deployment_is_chosen_by_a_filter_and_never_added(tmp_path: Path) -> None:
    first = recording("starlette")
    second = re.sub(r"\}(?= )", ',job="second"}', first)
    with app_over(tmp_path, first + second) as app:
        assert app.boards.profiles.current().found[0].jobs == ("recorded", "second")
        chosen: list[Filters] = [{}, {"job": ("second",)}]
        rates = [view(app, "overview", "request-rate", filters).frames[0].last()[0] for filters in chosen]
        one = 146 / GROWN
        assert rates == pytest.approx([one, one], rel=0.05)


def test_the_query_layer_sees_deployed_names_only_and_puts_its_pieces_together(tmp_path: Path) -> None:
    with app_over(tmp_path, recording("litellm")) as app:
        for _, shown in every_view(app):
            for outcome in shown.outcomes:
                expr = getattr(outcome, "request", None)
                if expr is not None and shown.state is PanelState.FRESH:
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
