"""Profiles are chosen by the names that a backend has: several at once, each metric from one of them."""

from __future__ import annotations

import tomllib

import pytest

from queries.metrics.detection import Deployment, Resolution, chosen, detect, existing
from queries.metrics.profile import Minus
from queries.metrics.profile_file import Definition, parsed

CALLS, TOKENS, LATENCY = "codeagent_llm_requests_total", "codeagent_llm_tokens_total", "codeagent_llm_latency"

GATEWAY = parsed(
    tomllib.loads("""
name = "gateway"
title = "A gateway"
rank = 1
detect = ["gate_calls_total"]
labels.model = ["model", "model_name"]
[metrics.codeagent_llm_requests_total]
names = ["gate_calls_total", "gate_requests_total"]
[[metrics.codeagent_llm_tokens_total.parts]]
name = "gate_input_total"
minus = ["gate_cached_total"]
constants.kind = "prompt"
[[metrics.codeagent_llm_tokens_total.parts]]
name = "gate_cached_total"
constants.kind = "cached"
""")
)
SERVER = parsed(
    tomllib.loads("""
name = "server"
title = "A server"
rank = 2
detect = ["serve:running"]
[metrics.codeagent_llm_requests_total]
name = "serve:requests_total"
[metrics.codeagent_llm_latency]
names = ["serve:latency_seconds", "serve:time_seconds"]
factor = 1000
""")
)


def detected(*names: str, deployment: Deployment | None = None) -> Resolution:
    return detect((GATEWAY, SERVER), frozenset(names), lambda _: deployment or Deployment())


def deployed_names(resolution: Resolution, canonical: str) -> list[str]:
    return [part.name for part in resolution.profile.metrics[canonical].parts]


def test_a_request_through_a_gateway_to_a_model_server_is_counted_once() -> None:
    both = detected("gate_calls_total", "serve:running", "serve:requests_total", "serve:latency_seconds_bucket", "up")
    assert [match.name for match in both.profiles] == ["gateway", "server"]
    assert deployed_names(both, CALLS) == ["gate_calls_total"]
    assert deployed_names(both, LATENCY) == ["serve:latency_seconds"]
    assert both.title == "A gateway and A server"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("serve:running", "serve:latency_seconds_count", "serve:time_seconds_count"), ["serve:latency_seconds"]),
        (("serve:running", "serve:time_seconds_bucket"), ["serve:time_seconds"]),
    ],
)
def test_the_first_name_that_exists_counts(names: tuple[str, ...], expected: list[str]) -> None:
    assert deployed_names(detected(*names), LATENCY) == expected


def test_a_counter_is_found_with_and_without_its_suffix() -> None:
    assert existing("a_total", {"a"}) == "a"
    assert existing("a", {"a_total"}) == "a_total"
    assert existing("a", {"b"}) == ""
    assert deployed_names(detected("gate_calls", "gate_input"), CALLS) == ["gate_calls"]


def test_parts_and_subtractions_that_are_not_exported_are_left_out() -> None:
    old = detected("gate_calls_total", "gate_input_total").profile.metrics[TOKENS]
    assert [(part.name, part.minus) for part in old.parts] == [("gate_input_total", ())]
    new = detected("gate_calls_total", "gate_input_total", "gate_cached_total").profile.metrics[TOKENS]
    assert [(part.name, part.minus) for part in new.parts] == [
        ("gate_input_total", (Minus(("gate_cached_total",)),)),
        ("gate_cached_total", ()),
    ]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"model"}, ("model",)),
        ({"model_name"}, ("model_name",)),
        ({"model", "exported_model"}, ("exported_model", "model")),
        ({"x"}, ()),
        (None, ("model", "model_name")),
    ],
)
def test_labels_are_those_that_the_series_have(labels: set[str] | None, expected: tuple[str, ...]) -> None:
    deployment = Deployment(frozenset(labels) if labels is not None else None)
    result = detected("gate_calls_total", deployment=deployment)
    assert result.profile.metrics[CALLS].parts[0].labels["model"] == expected


def test_a_second_deployment_is_a_value_of_a_filter_and_is_not_added() -> None:
    two = detected("gate_calls_total", deployment=Deployment(jobs=("a", "b")))
    assert two.profiles[0].jobs == ("a", "b")
    assert two.profile.filters_of(CALLS, {}) == {"job": ("a",)}
    assert two.profile.filters_of(CALLS, {"job": ("b",), "model": ("m",)}) == {"job": ("b",), "model": ("m",)}
    assert two.profile.filters_of("up", {"job": ("b",)}) == {}
    item = detected("gate_calls_total", deployment=Deployment(jobs=("a",)))
    assert item.profile.filters_of(CALLS, {"job": ("b",)}) == {}


def test_a_gateway_that_uses_the_contract_s_names_needs_no_profile_for_them() -> None:
    own = detected("codeagent_llm_requests_total", "codeagent_llm_latency_bucket", "gate_calls_total", "up")
    assert own.speaks_contract
    assert own.profile.is_identity
    assert [match.name for match in own.profiles] == ["codeagent"]


def test_what_the_contract_s_names_do_not_cover_comes_from_other_profiles() -> None:
    service = detected("codeagent_requests_total", "gate_calls_total")
    assert [match.name for match in service.profiles] == ["codeagent", "gateway"]
    assert deployed_names(service, CALLS) == ["gate_calls_total"]


@pytest.mark.parametrize(
    ("names", "labels", "expected"),
    [
        (("codeagent_requests_total",), {"endpoint"}, None),
        (("codeagent_requests",), {"endpoint"}, "sum by (endpoint) (rate(codeagent_requests[5m]))"),
        (
            ("codeagent_requests_total",),
            {"endpoint", "exported_endpoint"},
            "sum by (endpoint) (label_replace(label_replace(sum by (exported_endpoint, endpoint) "
            '(rate(codeagent_requests_total[5m])), "endpoint", "$1", "endpoint", "(.+)")',
        ),
    ],
)
def test_the_contract_s_own_metrics_may_be_renamed_on_the_way(
    names: tuple[str, ...], labels: set[str], expected: str | None
) -> None:
    resolution = detected(*names, deployment=Deployment(frozenset(labels)))
    expr = "sum by (endpoint) (rate(codeagent_requests_total[5m]))"
    if expected is None:
        assert resolution.profile.is_identity
    else:
        assert resolution.profile.translate(expr).startswith(expected.partition("label_replace")[0])
        assert "exported_endpoint" in resolution.profile.translate(expr) or len(labels) == 1


def test_tenants_are_dimensions_where_the_metrics_name_them() -> None:
    assert detected("gate_calls_total").dimensions == frozenset()
    own = detected("codeagent_llm_requests_total", deployment=Deployment(frozenset({"team"}), jobs=("a", "b")))
    assert own.dimensions == {"team", "job"}
    assert own.profile.is_identity


def test_a_backend_of_something_else_is_asked_in_the_contract_s_names() -> None:
    other = detected("up", "node_load1")
    assert (other.profiles, other.profile.is_identity, other.speaks_contract) == ((), True, True)


def test_what_a_gateway_does_not_export_is_not_provided() -> None:
    gateway = detected("gate_calls_total")
    assert gateway.provides(CALLS)
    assert not gateway.provides("codeagent_connections_active")


def test_a_profile_that_was_chosen_holds_whatever_the_backend_has() -> None:
    definition: Definition = GATEWAY
    nothing = chosen(definition, frozenset(), Deployment())
    assert deployed_names(nothing, CALLS) == ["gate_calls_total"]
    newer = chosen(definition, frozenset({"gate_requests_total"}), Deployment())
    assert deployed_names(newer, CALLS) == ["gate_requests_total"]
    assert newer.speaks_contract
