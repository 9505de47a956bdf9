"""Small decisions of the gateway: which model, which workflow, which vector, which settings, how patient a provider."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path

import pytest

from gateway.api import embed
from gateway.catalog import PROVIDERS
from gateway.llm import pick_model
from gateway.providers import House, Window, _bad_luck, _usage
from gateway.settings import Settings
from gateway.workflows import WORKFLOWS, InvalidWorkflow, validate


def test_models_are_picked_by_their_shares() -> None:
    rng = random.Random(1)
    picked = Counter(pick_model(rng, None)[0] for _ in range(4_000))
    for provider in PROVIDERS:
        assert picked[provider.name] / 4_000 == pytest.approx(provider.share, abs=0.04)


def test_a_wanted_model_names_its_provider() -> None:
    assert pick_model(random.Random(), "gpt-4o") == ("openai", "gpt-4o")


def test_a_vector_has_length_one_and_depends_on_the_text_alone() -> None:
    assert math.hypot(*embed("text")) == pytest.approx(1, abs=1e-3)
    assert embed("text") == embed("text") != embed("another")


@pytest.mark.parametrize("body", [{}, {"input": ""}, {"input": 5}, {"input": "x" * 20_001}])
def test_a_run_without_a_reasonable_input_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(InvalidWorkflow):
        validate("fix-bug", body)


def test_every_workflow_has_steps_that_call_a_provider() -> None:
    for workflow in WORKFLOWS.values():
        assert any(step.type == "llm" for step in workflow.steps)


def test_a_window_counts_requests_of_the_current_minute_and_of_the_current_day() -> None:
    window = Window()
    counts = []
    for now in (100_000.0, 100_059.0, 100_060.0, 186_400.0):
        window.take(now)
        counts.append((window.used, window.used_in_day))

    assert [(1, 1), (2, 2), (1, 3), (1, 1)] == counts


def test_cached_tokens_are_inside_the_prompt_only_where_the_provider_counts_so() -> None:
    rng = random.Random(3)
    for provider in PROVIDERS:
        model = provider.models[0]
        counted = [_usage(rng, provider, model) for _ in range(3_000)]
        prompt = sum(tokens["prompt"] for tokens in counted) / 3_000
        cached = sum(tokens.get("cached", 0) for tokens in counted) / 3_000
        whole = prompt if provider.cached_inside_prompt else prompt + cached
        assert whole == pytest.approx(model.prompt_tokens, rel=0.05)


def test_a_provider_that_is_down_answers_503_to_everything() -> None:
    house = House()
    house.switches.switch_on("provider-down", 60, {"provider": "mistral"})
    down = {provider.name: _bad_luck(house, provider) == 503 for provider in PROVIDERS}
    assert down == {"openai": False, "anthropic": False, "mistral": True}


def test_reliable_providers_fail_by_faults_alone_and_others_by_chance_too() -> None:
    reliable, usual = House(random.Random(3), reliable=True), House(random.Random(3))
    assert {_bad_luck(reliable, provider) for provider in PROVIDERS for _ in range(3_000)} == {None}
    assert {_bad_luck(usual, provider) for provider in PROVIDERS for _ in range(3_000)} > {None, 429}
    reliable.switches.switch_on("provider-errors", 60, {"provider": "openai", "share": 1.0})
    assert _bad_luck(reliable, PROVIDERS[0]) == 500


def test_a_database_address_gets_its_asynchronous_driver() -> None:
    assert Settings(Path("data")).database_url == "sqlite+aiosqlite:///data/gateway.sqlite"
    for written in ("postgres://u@h/d", "postgresql://u@h/d"):
        assert Settings(Path("data"), database=written).database_url == "postgresql+asyncpg://u@h/d"
