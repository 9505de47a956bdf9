"""Deployments that fail several times in a row have a rest, and every model has a fallback elsewhere."""

from __future__ import annotations

from gateway.catalog import PROVIDERS
from gateway.rotation import COOLDOWN_SECONDS, FAILURES, FALLBACKS, Rotation


def test_a_cooldown_begins_after_failures_in_a_row_and_ends_by_itself() -> None:
    now, cooled = [0.0], list[tuple[str, str]]()
    rotation = Rotation(lambda *deployment: cooled.append(deployment), lambda: now[0])
    for _ in range(FAILURES - 1):
        rotation.failed("openai", "gpt-4o")
    rotation.answered("openai", "gpt-4o")
    for _ in range(FAILURES - 1):
        rotation.failed("openai", "gpt-4o")
    assert not rotation.is_out("openai", "gpt-4o")

    for _ in range(FAILURES + 1):
        rotation.failed("openai", "gpt-4o")
    assert rotation.is_out("openai", "gpt-4o")
    assert not rotation.is_out("openai", "gpt-4o-mini")
    assert cooled == [("openai", "gpt-4o")]

    now[0] = COOLDOWN_SECONDS
    assert not rotation.is_out("openai", "gpt-4o")


def test_every_model_falls_back_to_another_provider() -> None:
    of_model = {model.name: provider.name for provider in PROVIDERS for model in provider.models}
    assert FALLBACKS.keys() == of_model.keys()
    for model, (provider, instead) in FALLBACKS.items():
        assert of_model[instead] == provider != of_model[model]
