"""The difference between a gateway's dollars and the computed ones names the models that account for it."""

from __future__ import annotations

import pytest

from panels import cost, cost_difference, prices
from panels.spec import Frames
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from tests.unit.panels.test_cost_cases import NOW, frame
from tests.unit.panels.test_prompt_cache import joined

WINDOW = Window(NOW, NOW, 60)


@pytest.mark.parametrize(
    ("computed", "counted", "named"),
    [
        ({"a": 10, "b": 2}, {"a": 8, "b": 2}, "Most of it: a, $8.00 counted, $10.00 computed. Possible"),
        ({"a": 10, "b": 10}, {"a": 8, "b": 6}, "Most of it: b, $6.00 counted, $10.00 computed; a, $8.00 counted"),
        ({"a": 10}, {"a": 10, "house": 5}, "Most of it: house, $5.00 counted, no price here. Possible"),
        ({"a": 10, "b": 2}, {"a": 10}, "Most of it: b, nothing counted, $2.00 computed. Possible"),
        ({"a": 10, "b": 2}, {"": 8}, "than computed from tokens. Possible"),
    ],
)
def test_the_models_that_differ_most_are_named(
    computed: dict[str, float], counted: dict[str, float], named: str
) -> None:
    (note,) = cost_difference.notes(computed, counted)

    assert named in note


def test_there_is_nothing_to_explain_without_a_difference_or_without_prices() -> None:
    assert cost_difference.notes({"a": 1.0}, {"a": 1.005}) == ("The gateway counted $1.00, the same as computed",)
    assert cost_difference.notes({}, {"a": 1.0}) == ()


def test_another_price_of_one_model_is_what_the_note_names() -> None:
    """As LiteLLM 1.108.7 counted it: its list has the newest model behind the name -latest."""
    tokens = joined(
        frame("openai", "gpt-4o", {"prompt": 0.114697, "cached": 0.029894, "completion": 0.029127}),
        frame("mistral", "mistral-large-latest", {"prompt": 0.037125, "cached": 0.012682, "completion": 0.010377}),
    )
    spent: Frames = tuple(
        Frame(tokens.times, ({"provider": provider, "model": model},), tokens.values[:1] * 0 + dollars)
        for provider, model, dollars in (("openai", "gpt-4o", 0.6154), ("mistral", "mistral-large-latest", 0.0348))
    )

    (result,) = cost.cumulative((tokens, joined(*spent)), WINDOW, prices.load(None).of_partition())

    assert "16.3 % less than computed from tokens. Most of it: mistral-large-latest, " in result.notes[-1]
    assert "gpt-4o" not in result.notes[-1]
