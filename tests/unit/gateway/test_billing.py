"""The gateway counts dollars as its providers count tokens."""

from __future__ import annotations

import pytest

from gateway.billing import dollars, usage_of
from gateway.catalog import PROVIDERS


def test_cached_tokens_are_inside_the_prompt_of_openai_and_beside_that_of_anthropic() -> None:
    usage = {"prompt": 1_000, "cached": 400, "completion": 100}
    assert dollars("openai", "gpt-4o", usage) == pytest.approx((600 * 2.5 + 400 * 1.25 + 100 * 10) / 1e6)
    written = {**usage, "cache_write": 200}
    sonnet = (1_000 * 3 + 400 * 0.3 + 200 * 3.75 + 100 * 15) / 1e6
    assert dollars("anthropic", "claude-3-5-sonnet", written) == pytest.approx(sonnet)


def test_a_model_without_a_list_price_costs_nothing_that_could_be_counted() -> None:
    assert dollars("mistral", "ministral-preview", {"prompt": 1_000, "completion": 10}) == 0


def test_reasoning_is_part_of_the_completion() -> None:
    for provider in PROVIDERS:
        for model in provider.models:
            usage = usage_of(provider, model)
            assert usage.get("reasoning", 0) <= usage["completion"]
