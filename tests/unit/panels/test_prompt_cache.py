"""What prompt caches are worth: cases computed by hand from public prices."""

from __future__ import annotations

import numpy as np
import pytest

from panels import prices, prompt_cache
from panels.spec import Frames
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from tests.unit.panels.test_cost_cases import NOW, Tokens, frame

LIST = prices.load(None)
WINDOW = Window(NOW, NOW, 60)


def joined(*frames: Frame) -> Frame:
    labels = tuple(label for part in frames for label in part.labels)
    return Frame(frames[0].times, labels, np.vstack([part.values for part in frames]))


def last(frames: Frames) -> list[list[float]]:
    return [[float(value) for value in part.last()] for part in frames]


# Label, provider, model, millions of tokens, whether kinds partition: hit share, saved, written, net (None: no row).
CASES: list[tuple[str, str, str, Tokens, bool, list[float | None]]] = [
    ("reads inside the prompt", "openai", "gpt-4o", {"prompt": 1, "cached": 0.4}, False, [40, 0.5, None, 0.5]),
    ("reads of a partition", "openai", "gpt-4o", {"prompt": 0.6, "cached": 0.4}, True, [40, 0.5, None, 0.5]),
    (
        "reads and writes beside the prompt",
        "anthropic",
        "claude-3-5-sonnet",
        {"prompt": 0.5, "cached": 0.4, "cache_write": 0.1},
        False,
        [40, 0.4 * 2.7, 0.1 * 3.75, 0.4 * 2.7 - 0.1 * 0.75],
    ),
    (
        "writes that nobody reads",
        "anthropic",
        "claude-3-5-haiku",
        {"prompt": 1, "cache_write": 1},
        False,
        [0, None, 1, -0.2],
    ),
]


@pytest.mark.parametrize(
    ("provider", "model", "tokens", "is_partition", "expected"), [pytest.param(*row, id=label) for label, *row in CASES]
)
def test_savings_and_costs_are_those_computed_by_hand(
    provider: str, model: str, tokens: Tokens, is_partition: bool, expected: list[float | None]
) -> None:
    table = LIST.of_partition() if is_partition else LIST
    result = prompt_cache.per_model((frame(provider, model, tokens),), WINDOW, table)

    assert last(result) == [[] if number is None else [pytest.approx(number, rel=0.01)] for number in expected]


def test_tiers_of_a_model_are_one_row_and_models_without_a_cache_have_none() -> None:
    tokens = {"prompt": 1.0, "cached": 0.4}
    used = joined(
        frame("openai", "gpt-4o", tokens),
        frame("openai", "gpt-4o", tokens, "batch"),
        frame("mistral", "mistral-large", {"prompt": 1}),
    )
    share, saved, *_ = prompt_cache.per_model((used,), WINDOW, LIST)

    assert [labels["model"] for labels in saved.labels] == ["gpt-4o"]
    assert saved.last() == pytest.approx([0.4 * 1.25])  # batch has one price for both
    assert share.last() == pytest.approx([40])


def test_a_model_without_a_price_has_its_hit_share_and_is_named() -> None:
    share, saved, *_ = prompt_cache.per_model((frame("acme", "acme-1", {"prompt": 1, "cached": 0.5}),), WINDOW, LIST)

    assert share.last() == pytest.approx([50])
    assert saved.labels == ()
    assert saved.warnings == ("Tokens were used, but none of them have a price: acme-1",)
