"""Canonical expressions become valid PromQL in deployed names, aggregated part by part."""

from __future__ import annotations

import promql_parser
import pytest

from pages import BOARDS
from queries.core.time_range import Window
from queries.metrics.profile import Deployed, Join, Minus, Part, Profile
from queries.metrics.profile_file import load, shipped
from queries.metrics.promql import expand
from queries.metrics.syntax import analysed
from telemetry.contract import family

TOKENS, CALLS, UP = "codeagent_llm_tokens_total", "codeagent_llm_requests_total", "codeagent_provider_up"
WINDOW = Window(0, 3_600, 30, scrape_interval=15)


def translated(metric: str, expr: str, *parts: Part, factor: float = 1.0) -> str:
    return Profile("x", {metric: Deployed(parts, factor)}).translate(expr)


PROMPT = Part(("input",), constants={"kind": "prompt"})
COMPLETION = Part(("output",), constants={"kind": "completion"})


@pytest.mark.parametrize(
    ("expr", "parts", "expected"),
    [
        # Another name alone keeps the expression as it is written.
        (f"sum by (kind) (rate({TOKENS}[5m]))", [Part(("t",))], "sum by (kind) (rate(t[5m]))"),
        # Each part is aggregated by itself, then labelled, then aggregated again.
        (
            f"sum by (kind) (rate({TOKENS}[5m]))",
            [PROMPT, COMPLETION],
            'sum by (kind) (label_replace(label_replace(sum (rate(input[5m])), "kind", "prompt", "", ""), "part", "1", '
            '"", "") or label_replace(label_replace(sum (rate(output[5m])), "kind", "completion", "", ""), "part", '
            '"2", "", ""))',
        ),
        # A matcher on a fixed label chooses the parts.
        (f'sum (rate({TOKENS}{{kind="prompt"}}[5m]))', [PROMPT, COMPLETION], "sum (rate(input{}[5m]))"),
        (f'sum (rate({TOKENS}{{kind!="prompt"}}[5m]))', [PROMPT, COMPLETION], "sum (rate(output{}[5m]))"),
        (f'sum (rate({TOKENS}{{kind=~"c.*"}}[5m]))', [PROMPT, COMPLETION], "sum (rate(output{}[5m]))"),
        # What no part can have is valid PromQL without series.
        (f'sum (rate({TOKENS}{{kind="x"}}[5m]))', [PROMPT], 'sum (rate(input{kind="x",job="",job!=""}[5m]))'),
        # Token kinds partition, and never become negative.
        (
            f"sum (rate({TOKENS}[5m]))",
            [Part(("input",), minus=(Minus(("cached",)),))],
            'sum (clamp_min(sum (label_replace(sum (rate(input[5m])), "part", "1", "", "") or label_replace('
            '-sum (rate(cached[5m])), "part", "2", "", "")), 0))',
        ),
        # A fixed matcher is added to every selector.
        (f"sum (rate({TOKENS}[5m]))", [Part(("t",), where='job="x"')], 'sum (rate(t{job="x"}[5m]))'),
        # A label with two names: the first one that a series has.
        (
            f"sum by (model) (rate({TOKENS}[5m]))",
            [Part(("t",), labels={"model": ("new", "old")})],
            "sum by (model) (label_replace(label_replace(sum by (new, old) (rate(t[5m])), "
            '"model", "$1", "old", "(.+)"), "model", "$1", "new", "(.+)"))',
        ),
        # Names and values of matchers are the deployment's.
        (
            f'sum (rate({TOKENS}{{kind="prompt"}}[5m]))',
            [Part(("t",), labels={"kind": ("type",)}, values={"kind": {"prompt": ("in", "input")}})],
            'sum (rate(t{type=~"in|input"}[5m]))',
        ),
    ],
)
def test_an_aggregation_of_a_counter(expr: str, parts: list[Part], expected: str) -> None:
    result = translated(TOKENS, expr, *parts)
    assert result == expected
    assert analysed(result).is_extendable


@pytest.mark.parametrize(
    ("expr", "part", "expected"),
    [
        # 0 is healthy.
        (f"max ({UP})", Part(("s",), states=((0, 1), (1, 0))), "max ((1 * (s == bool 0)))"),
        # Unknown values are dropped before a function sees them.
        (
            f"max (max_over_time({UP}[5m]))",
            Part(("s",), drop_above=1e18),
            "max (max_over_time((s <= 1e+18)[5m:15s]))",
        ),
        # The provider of a model is known to another metric.
        (
            f'max by (provider) ({UP}{{provider="a"}})',
            Part(("s",), labels={"provider": (Join("info", "id", "vendor"),)}),
            "max by (provider) (label_replace((max by (id) (s{}) * on (id) group_left (vendor) topk by (id) (1, group "
            'by (id, vendor) (info{vendor="a"}))), "provider", "$1", "vendor", "(.+)"))',
        ),
        # The filters replace the placeholder in the expression.
        (
            f'max ({UP}{{provider="a"}})',
            Part(expr='max by (provider) (a{x="1",$filters} or b{$filters})'),
            'max((max by (provider) (a{x="1",provider="a"} or b{provider="a"})))',
        ),
    ],
)
def test_an_aggregation_of_a_gauge(expr: str, part: Part, expected: str) -> None:
    result = translated(UP, expr, part)
    assert result.replace(" ", "") == expected.replace(" ", "")
    assert analysed(result).is_extendable


def test_parts_that_are_not_aggregated_stay_apart() -> None:
    result = translated(TOKENS, f"topk(3, rate({TOKENS}[5m]))", PROMPT, COMPLETION)
    assert result == (
        'topk(3, (label_replace(rate(input[5m]), "kind", "prompt", "", "") '
        'or label_replace(rate(output[5m]), "kind", "completion", "", "")))'
    )


def test_a_factor_brings_counters_to_the_contract_s_unit_and_leaves_histograms_to_their_bounds() -> None:
    assert translated(CALLS, f"sum (rate({CALLS}[5m]))", Part(("c",)), factor=2) == "sum (sum (rate(c[5m])) * 2)"
    latency = "codeagent_llm_latency"
    assert translated(latency, f"sum by (le) (rate({latency}_bucket[5m]))", Part(("s",)), factor=1000) == (
        "sum by (le) (rate(s_bucket[5m]))"
    )


@pytest.mark.parametrize("text", ['up{x="codeagent_llm_tokens_total"}', "# codeagent_llm_tokens_total\nup", "up"])
def test_text_and_metrics_of_others_are_left_alone(text: str) -> None:
    assert translated(TOKENS, text, PROMPT, COMPLETION) == text


FILTERS = {"provider": ("a", "b"), "endpoint": ("/x",), "model": ("m",), "instance": ("i",)}


@pytest.mark.parametrize("filters", [{}, FILTERS], ids=["unfiltered", "filtered"])
@pytest.mark.parametrize("name", shipped())
def test_every_query_of_every_board_is_valid_in_every_profile(name: str, filters: dict[str, tuple[str, ...]]) -> None:
    profile = load(name)
    for board in BOARDS.values():
        for panel in board.panels:
            for query in panel.queries:
                expr = expand(query.expr, WINDOW, filters, profile)
                promql_parser.parse(expr)  # raises
                syntax = analysed(expr)
                left = {metric.name for name in syntax.metrics if (metric := family(name)) is not None}
                own = {name for rule in profile.metrics.values() for part in rule.parts for name in part.names}
                assert not (left - own) & profile.metrics.keys(), (panel.id, left)


def test_the_text_of_a_profile_never_leaves_its_quotes() -> None:
    result = translated(TOKENS, f"sum by (kind) ({TOKENS})", Part(("t",), constants={"kind": 'a"b\\'}))
    assert analysed(result).metrics == ("t",)
    assert '"a\\"b\\\\"' in result
