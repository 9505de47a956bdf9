"""What a profile can express gives the numbers that are computed by hand, over a real Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from app.factory import App
from queries.core.time_range import Window
from queries.metrics.promql import expand
from queries.metrics.request import Filters, Request
from tests.integration.expositions_kit import GROWN, SCRAPE, app_over, recording

pytestmark = pytest.mark.integration

PROFILE = """
name = "mine"
labels.provider = ["vendor", "system"]
labels.model = "m"
values.provider = { openai = ["OpenAI", "azure"] }
labels.team = ["team_alias", "team_id"]
labels.user = "user"
unset = { team = "None", user = "None" }

[[metrics.codeagent_llm_tokens_total.parts]]
names = ["tokens_in_newer", "tokens_in"]
minus = ["tokens_cached", { name = "tokens_in_detail", where = 'detail="write"' }]
constants.kind = "prompt"
[[metrics.codeagent_llm_tokens_total.parts]]
name = "tokens_cached"
constants.kind = "cached"

[metrics.codeagent_llm_requests_total]
name = "calls_total"
where = 'region="eu"'
failed = 'status="error"'
labels.status = "outcome"
values.status = { error = ["broken", "late"] }

[metrics.codeagent_llm_cost_usd_total]
name = "spent_total"

[metrics.codeagent_provider_up]
name = "state"
states = { 0 = 1.0, 1 = 0.5, 2 = 0.0 }
labels.provider = { from = "info", on = "id", label = "vendor" }

[metrics.codeagent_llm_tokens_remaining]
name = "left"
drop_above = 1e18

[metrics.codeagent_budget_reset_seconds]
name = "hours"
factor = 3600

[metrics.codeagent_llm_tokens_limit]
expr = "max by (vendor) (allowed{$filters})"

[metrics.codeagent_llm_latency]
name = "took_seconds"
factor = 1000
"""
SERIES = """
# TYPE state gauge
# TYPE info gauge
# TYPE left gauge
# TYPE hours gauge
# TYPE allowed gauge
tokens_in_total{vendor="OpenAI",m="x"} 1000
tokens_in_total{system="b",m="y"} 500
tokens_in_detail_total{vendor="OpenAI",m="x",detail="write"} 100
tokens_in_detail_total{vendor="OpenAI",m="x",detail="read"} 800
tokens_cached_total{vendor="OpenAI",m="x"} 300
tokens_cached_total{system="b",m="y"} 700
calls_total{vendor="azure",region="eu"} 97
calls_total{vendor="azure",region="eu",outcome="broken"} 40
calls_total{vendor="azure",region="eu",outcome="late"} 9
calls_total{vendor="azure",region="us",outcome="broken"} 1000
spent_total{team_alias="red",team_id="1",user="None"} 10
spent_total{team_alias="None",team_id="2",user="u"} 20
spent_total{team_alias="None",team_id="None",user="None"} 40
spent_total{team_alias="None",user="v"} 80
state{id="1"} 0
state{id="2"} 2
info{id="1",vendor="a"} 1
info{id="2",vendor="b"} 1
left{vendor="a"} 9.223372036854776e18
left{vendor="b"} 40
hours{vendor="a"} 2
allowed{vendor="a"} 60
took_seconds_bucket{vendor="a",le="0.1"} 0
took_seconds_bucket{vendor="a",le="0.2"} 100
took_seconds_bucket{vendor="a",le="+Inf"} 100
"""
TOKENS, CALLS = "codeagent_llm_tokens_total", "codeagent_llm_requests_total"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("numbers")
    (folder / "mine.toml").write_text(PROFILE)
    with app_over(folder, SERIES, str(folder / "mine.toml")) as application:
        yield application


def answer(app: App, template: str, filters: Filters | None = None) -> dict[tuple[str, ...], float]:
    """The newest values by the values of the labels."""
    now = int(time.time()) // SCRAPE * SCRAPE - SCRAPE
    window = Window(now, now, SCRAPE, SCRAPE)
    expr = expand(template, window, filters or {}, app.boards.profiles.current().profile)
    frame = app.engine.run(Request(app.boards.source, expr, window), 30).frame
    return {
        tuple(row[label] for label in sorted(row)): float(value)
        for row, value in zip(frame.labels, frame.last(), strict=True)
    }


def grown(metric: str, by: str, where: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{{$filters{where}}}[10m])) * {GROWN}"


UP = "codeagent_provider_up"
SPENT = "codeagent_llm_cost_usd_total"
CASES: dict[str, tuple[str, Filters, dict[tuple[str, ...], float]]] = {
    "kinds partition, never below zero": (
        grown(TOKENS, "provider, kind"), {},
        {
            ("prompt", "openai"): 600, ("prompt", "b"): 0, ("cached", "openai"): 300, ("cached", "b"): 700,
        },
    ),
    "a filter on a fixed label": (
        grown(TOKENS, "provider", ',kind="cached"'), {}, {("openai",): 300, ("b",): 700},
    ),
    "a filter by either name of a label": (
        grown(TOKENS, "kind"), {"provider": ("b", "openai")}, {("prompt",): 600, ("cached",): 1_000},
    ),
    "a fixed matcher, and several values in one": (
        grown(CALLS, "status", ",$failed(codeagent_llm_requests_total)"), {"provider": ("openai",)}, {("error",): 49},
    ),
    "a label by join, and states": (f"max by (provider) ({UP}{{$filters}})", {}, {("a",): 1, ("b",): 0}),
    "a filter on a joined label": (f"max by (provider) ({UP}{{$filters}})", {"provider": ("b",)}, {("b",): 0}),
    "states below a function": (f"avg by (provider) (avg_over_time({UP}{{$filters}}[5m]))", {}, {("a",): 1, ("b",): 0}),
    "unknown values": ("max by (provider) (codeagent_llm_tokens_remaining{$filters})", {}, {("b",): 40}),
    "a unit factor": ("max by (provider) (codeagent_budget_reset_seconds{$filters})", {}, {("a",): 7_200}),
    "an expression": (
        "max by (provider) (codeagent_llm_tokens_limit{$filters})", {"provider": ("a",)}, {("a",): 60},
    ),
    "a label without a value has the next name, or says so": (
        grown(SPENT, "team"), {}, {("red",): 10, ("2",): 20, ("(no team)",): 40, (): 80},
    ),
    "one name only": (grown(SPENT, "user"), {}, {("(no user)",): 50, ("u",): 20, ("v",): 80}),
    "a filter on what has no value": (grown(SPENT, "user"), {"team": ("(no team)",)}, {("(no user)",): 40}),
    "a filter on the second name": (grown(SPENT, "user"), {"team": ("2",)}, {("u",): 20}),
    "a filter on both": (
        grown(SPENT, "team"), {"team": ("red", "(no team)")}, {("red",): 10, ("(no team)",): 40},
    ),
    "a quantile in the contract's unit": (
        "histogram_quantile(0.5, sum by (le) (rate(codeagent_llm_latency_bucket{$filters}[10m])))"
        "$unit(codeagent_llm_latency)",
        {}, {(): 150},
    ),
    "what no series can have": (grown(TOKENS, "kind", ',kind="audio"'), {}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_translated_query_gives_the_number_computed_by_hand(app: App, case: str) -> None:
    template, filters, expected = CASES[case]
    assert answer(app, template, filters) == pytest.approx(expected, rel=1e-2, abs=1e-6)


CONTRACT = """
codeagent_requests{endpoint="http",exported_endpoint="/a",method="GET",status="200"} 97
codeagent_requests{endpoint="http",exported_endpoint="/b",method="GET",status="503"} 49
"""


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        (CONTRACT, "auto"),
        (CONTRACT.replace("codeagent_requests", "codeagent_requests_total"), "auto"),
        (recording("dotnet").replace("endpoint=", 'endpoint="http",exported_endpoint='), "auto"),
    ],
    ids=["without _total", "with _total", "dotnet"],
)
def test_the_contract_s_labels_are_found_behind_the_prometheus_operator(
    tmp_path_factory: pytest.TempPathFactory, text: str, profile: str
) -> None:
    with app_over(tmp_path_factory.mktemp("contract"), text, profile) as application:
        rates = answer(application, grown("codeagent_requests_total", "endpoint"))
        assert sum(rates.values()) == pytest.approx(146, rel=1e-2)
        assert {label for (label,) in rates} <= {"/a", "/b", "/v1/chat"}
