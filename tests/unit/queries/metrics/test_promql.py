"""Templates become valid PromQL, and nothing that a user types can leave its quotes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.core.time_range import Window
from queries.metrics.profile import CODEAGENT
from queries.metrics.profile_file import load
from queries.metrics.promql import expand, label_value, matcher, matchers

WINDOW = Window(0, 3_600, 30, scrape_interval=15)


@pytest.mark.parametrize(
    ("template", "filters", "expected"),
    [
        ("up{$filters}", {}, "up{}"),
        ("up{$filters}", {"instance": ("a",)}, 'up{instance="a"}'),
        ("up{$filters}", {"instance": ("b", "a")}, 'up{instance=~"a|b"}'),
        ("up{$filters}", {"instance": ()}, "up{}"),
        ('up{$filters,job="x"}', {}, 'up{job="x"}'),
        ('up{$filters,job="x"}', {"instance": ("a",)}, 'up{instance="a",job="x"}'),
        ('up{job="x",$filters}', {}, 'up{job="x"}'),
        ('up{job="x",$filters}', {"instance": ("a",)}, 'up{job="x",instance="a"}'),
        ("node_load1{$filters}", {"endpoint": ("/a",), "instance": ("h",)}, 'node_load1{instance="h"}'),
        (
            "codeagent_request_duration_bucket{$filters}",
            {"endpoint": ("/a",), "provider": ("x",)},
            'codeagent_request_duration_bucket{endpoint="/a"}',
        ),
        ("codeagent_llm_tokens_total{$filters}", {"provider": ("x",)}, 'codeagent_llm_tokens_total{provider="x"}'),
        ('foreign{$filter(pod),a="b"}', {}, 'foreign{a="b"}'),
        ('foreign{$filter(pod),a="b"}', {"pod": ("x", "y")}, 'foreign{pod=~"x|y",a="b"}'),
        ('foreign{a="b",$filter(pod)}', {}, 'foreign{a="b",}'),
        (
            "up{$filter(pod),$filters} / foreign{$filter(pod)}",
            {"pod": ("$filters",), "instance": ("$filter(pod)",)},
            'up{pod="$filters",instance="$filter(pod)"} / foreign{pod="$filters"}',
        ),
        ("rate(up{$filters}[$__rate_interval])", {}, "rate(up{}[60s])"),
        ("increase(up[$__range]) / $__interval", {}, "increase(up[3600s]) / 30s"),
        ("x$unit(codeagent_request_duration)", {}, "x"),
    ],
)
def test_placeholders_are_filled_in(template: str, filters: dict[str, tuple[str, ...]], expected: str) -> None:
    assert expand(template, WINDOW, filters, CODEAGENT) == expected


def test_the_alternatives_of_a_filter_are_taken_literally() -> None:
    assert matcher("endpoint", ("/a.b", "/c|d")) == r'endpoint=~"/a\\.b|/c\\|d"'


@given(st.text(max_size=30))
def test_no_text_leaves_its_quotes(text: str) -> None:
    quoted = f'"{label_value(text)}"'
    assert re.fullmatch(r'"(?:\\.|[^"\\\n])*"', quoted)
    unescaped = re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match[1], match[1]), quoted[1:-1])
    assert unescaped == text


@given(st.dictionaries(st.sampled_from(["endpoint", "job", "x"]), st.lists(st.text(max_size=5), max_size=3).map(tuple)))
def test_matchers_never_leave_a_dangling_comma(filters: dict[str, tuple[str, ...]]) -> None:
    text = matchers(filters, ("endpoint", "job"))
    assert not text.startswith(",")
    assert not text.endswith(",")


def test_a_profile_renames_metrics_labels_values_and_units() -> None:
    otel = load("otel-http-genai")
    template = (
        "histogram_quantile(0.95, sum by (le, endpoint)"
        ' (rate(codeagent_request_duration_bucket{$filters,status=~"5.."}[1m])))$unit(codeagent_request_duration)'
    )
    result = expand(template, WINDOW, {"endpoint": ("/a",)}, otel)
    assert result.startswith("histogram_quantile(0.95, sum by (le, endpoint) (label_replace(")
    assert result.endswith(" * 1000")
    assert 'http_server_request_duration_seconds_bucket{http_route="/a",http_response_status_code=~"5.."' in result
    tokens = expand('sum by (kind) (codeagent_llm_tokens_total{kind="prompt"})', WINDOW, {}, otel)
    assert "gen_ai_client_inference_usage_input_tokens_total{}" in tokens
    assert '"kind", "prompt", "", ""' in tokens


def test_a_profile_leaves_quoted_text_and_the_labels_of_exporters_alone() -> None:
    otel = load("otel-http-genai")
    assert otel.translate('node_x{state="codeagent_requests_total"}') == 'node_x{state="codeagent_requests_total"}'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("codeagent", 'rate(codeagent_llm_requests_total{status=~"5..|429|timeout|error"}[60s])'),
        ("otel-http-genai", 'rate(gen_ai_client_inference_duration_seconds_count{error_type!=""}[60s])'),
    ],
)
def test_a_deployment_says_in_its_own_words_which_calls_failed(name: str, expected: str) -> None:
    template = "rate(codeagent_llm_requests_total{$filters,$failed(codeagent_llm_requests_total)}[60s])"
    assert expected in expand(template, Window(0, 600, 15), {}, load(name))


@pytest.mark.parametrize(("step", "within"), [(15, "14s:15s"), (300, "299s:15s"), (1, "1s:15s")])
def test_within_a_step_no_sample_of_the_step_before_counts(step: int, within: str) -> None:
    assert expand("max_over_time((up)[$__within])", Window(0, 600, step, 15), {}, load("codeagent")).endswith(
        f"(up)[{within}])"
    )


@pytest.mark.parametrize(
    "value", ["$__interval", "$__rate_interval", "$__range", "$filters", "$unit(up)", "{x$filters}"]
)
@pytest.mark.parametrize("profile", ["codeagent", "otel-http-genai"])
def test_the_value_of_a_filter_is_never_a_placeholder(value: str, profile: str) -> None:
    for values in ((value,), (value, "b")):
        text = expand("rate(up{$filters}[$__interval])", WINDOW, {"instance": values}, load(profile))
        expected = matcher("instance", values).partition("~" if len(values) > 1 else "=")[2].removeprefix("=")
        assert expected in text
        assert "[30s]" in text
