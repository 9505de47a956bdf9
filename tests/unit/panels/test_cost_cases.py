"""Labelled cases: dollars within one percent of values computed by hand from public prices."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from panels import cost, prices
from panels.prices import PriceTable
from queries.core.time_range import Window
from queries.metrics.frame import Frame

M = 1e6
NOW = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
LIST = prices.load(None)
Tokens = dict[str, float]

# Label, provider, model, tokens in millions by kind (a partition), service tier, dollars.
PARTITIONS: list[tuple[str, str, str, Tokens, str, float]] = [
    ("input and output", "openai", "gpt-4o", {"prompt": 1, "completion": 1}, "", 2.5 + 10),
    ("cache reads", "openai", "gpt-4o", {"prompt": 0.4, "cached": 0.6}, "", 0.4 * 2.5 + 0.6 * 1.25),
    ("cache writes", "anthropic", "claude-3-5-sonnet", {"prompt": 1, "cache_write": 2}, "", 3 + 2 * 3.75),
    ("reasoning as output", "openai", "gpt-4o", {"completion": 0.3, "reasoning": 0.7}, "", 10),
    ("vendor prefix", "", "openai/gpt-4o", {"prompt": 1}, "", 2.5),
    ("two prefixes", "litellm_proxy", "azure/eu/gpt-4o", {"prompt": 1}, "", 2.5),
    ("Bedrock", "", "bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0", {"prompt": 1, "completion": 1}, "", 3 + 15),
    ("Bedrock by region", "bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", {"cached": 1}, "", 0.3),
    ("dated with dashes", "openai", "gpt-4o-2024-08-06", {"prompt": 1}, "", 2.5),
    ("dated without dashes", "anthropic", "claude-3-5-haiku-20241022", {"completion": 1}, "", 4),
    ("another provider's model", "acme-gateway", "gpt-4o", {"prompt": 1}, "", 2.5),
    ("batch", "openai", "gpt-4o", {"prompt": 1, "completion": 1}, "batch", 1.25 + 5),
    ("batch of Anthropic", "anthropic", "claude-sonnet-4-5", {"prompt": 1, "completion": 1}, "batch", 1.5 + 7.5),
    ("priority", "openai", "gpt-4.1", {"prompt": 1, "completion": 1}, "priority", 3.5 + 14),
    ("default tier", "openai", "gpt-4.1", {"prompt": 1}, "default", 2),
    ("unset tier", "openai", "gpt-4.1", {"prompt": 1}, "None", 2),
    ("a total beside its parts", "openai", "gpt-4o", {"prompt": 1, "completion": 1, "total": 2}, "", 12.5),
    ("Kong's total", "openai", "gpt-4o", {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}, "", 12.5),
]

# Kinds as the providers count them, under the contract's names.
AS_COUNTED: list[tuple[str, str, str, Tokens, float]] = [
    ("cached inside the input", "openai", "gpt-4o", {"prompt": 1, "cached": 0.4}, 0.6 * 2.5 + 0.4 * 1.25),
    ("cached beside the input", "anthropic", "claude-3-5-sonnet", {"prompt": 1, "cached": 0.4}, 3 + 0.4 * 0.3),
    ("reasoning inside output", "openai", "o3", {"completion": 1, "reasoning": 0.6}, 8),
    ("cache writes beside the input", "anthropic", "claude-3-5-haiku", {"prompt": 1, "cache_creation": 1}, 0.8 + 1),
]


def frame(provider: str, model: str, tokens: Tokens, tier: str = "", times: tuple[int, ...] = (NOW,)) -> Frame:
    labels = tuple({"provider": provider, "model": model, "kind": kind, "service_tier": tier} for kind in tokens)
    return Frame(np.array(times), labels, np.array([[millions * M] * len(times) for millions in tokens.values()]))


def dollars(used: Frame, table: PriceTable) -> float:
    return sum(float(np.nansum(usage.dollars)) for usage in cost.usages(used, table))


@pytest.mark.parametrize(
    ("provider", "model", "tokens", "tier", "expected"),
    [pytest.param(*case, id=label) for label, *case in PARTITIONS],
)
def test_partitioned_tokens_cost_what_is_computed_by_hand(
    provider: str, model: str, tokens: Tokens, tier: str, expected: float
) -> None:
    used = frame(provider, model, tokens, tier)

    assert dollars(used, LIST.of_partition()) == pytest.approx(expected, rel=0.01)
    assert not cost.per_hour((used,), Window(NOW, NOW, 60), LIST.of_partition())[0].warnings


@pytest.mark.parametrize(
    ("provider", "model", "tokens", "expected"), [pytest.param(*case, id=label) for label, *case in AS_COUNTED]
)
def test_tokens_as_providers_count_them_cost_what_is_computed_by_hand(
    provider: str, model: str, tokens: Tokens, expected: float
) -> None:
    assert dollars(frame(provider, model, tokens), LIST) == pytest.approx(expected, rel=0.01)


def test_each_step_of_a_range_has_the_price_of_its_date() -> None:
    change = int(datetime(2025, 6, 10, tzinfo=UTC).timestamp())
    steps = tuple(change + hour * 3_600 for hour in range(-23, 25))
    used = frame("openai", "o3", {"completion": 0.1}, times=steps)

    assert dollars(used, LIST) == pytest.approx(24 * 0.1 * 40 + 24 * 0.1 * 8, rel=0.01)


def test_an_hour_of_the_day_can_have_its_own_price() -> None:
    day = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    steps = tuple(day + hour * 3_600 for hour in range(1, 25))
    used = frame("deepseek", "deepseek-v4-flash", {"completion": 1}, times=steps)

    assert dollars(used, LIST) == pytest.approx(7 * 1.2 + 17 * 0.6, rel=0.01)


@pytest.mark.parametrize(
    ("provider", "model", "tier", "name"),
    [
        ("acme", "acme-1", "", "acme-1"),
        ("vllm", "meta-llama/Llama-3.1-8B", "", "meta-llama/Llama-3.1-8B"),
        ("openai", "gpt-4o", "turbo", "gpt-4o (tier “turbo”)"),
        ("ollama", "gpt-4o", "", "gpt-4o"),
    ],
)
def test_what_has_no_price_is_left_out_and_listed(provider: str, model: str, tier: str, name: str) -> None:
    priced, other = frame("openai", "gpt-4o", {"prompt": 3}), frame(provider, model, {"prompt": 1}, tier)
    both = Frame(priced.times, priced.labels + other.labels, np.vstack([priced.values, other.values]))

    (result,) = cost.per_hour((both,), Window(NOW, NOW, 60), LIST)

    assert dollars(both, LIST) == pytest.approx(7.5, rel=0.01)
    assert result.warnings == (f"25 % of the tokens have no price and are not included: {name}",)


def test_dollars_whose_tokens_all_have_a_price_say_so() -> None:
    (result,) = cost.per_hour((frame("openai", "gpt-4o", {"prompt": 3}),), Window(NOW, NOW, 60), LIST)

    assert result.notes == (cost.COVERED,)


def test_the_operators_price_comes_first_for_each_tier(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(
        '[[prices]]\nmodel = "gpt-4o"\nvalid_from = 2026-01-01\nprompt = 2.0\ncompletion = 8.0\n'
        '[[prices]]\nmodel = "gpt-4o"\ntier = "batch"\nvalid_from = 2026-01-01\nprompt = 0.5\ncompletion = 2.0\n'
    )
    table = prices.load(file)

    assert dollars(frame("openai", "openai/gpt-4o", {"prompt": 1}), table) == pytest.approx(2.0)
    assert dollars(frame("openai", "gpt-4o", {"prompt": 1}, "batch"), table) == pytest.approx(0.5)
    assert dollars(frame("openai", "gpt-4o-mini", {"prompt": 1}), table) == pytest.approx(0.15)
