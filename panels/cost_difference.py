"""Why a gateway's own count of dollars differs from the dollars computed from tokens, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from panels import units
from panels.spec import Unit

_REASONS: Final = (
    "Possible reasons: prices of another list or date, cache kinds without a price of their own, models without a "
    "price here, retries, restarts between scrapes or missing scrapes"
)
_SAME_PERCENT: Final = 1.0
_MOST_MODELS: Final = 2
_NOTABLE: Final = 0.1  # of the sum of all differences: a model with less is not named


def notes(computed: Mapping[str, float], counted: Mapping[str, float]) -> tuple[str, ...]:
    """From dollars by model: how the two sums differ, the models that account for it, and possible reasons.

    `computed` lacks models without a price. A gateway that counts without a model has the model "".
    """
    whole, own = sum(computed.values()), sum(counted.values())
    if not whole > 0:
        return ()
    percent = 100 * (own - whole) / whole
    text = f"The gateway counted {_dollars(own)}"
    if abs(percent) < _SAME_PERCENT:
        return (f"{text}, the same as computed",)
    size = f"{units.write(abs(percent), Unit.PERCENT)} {'more' if percent > 0 else 'less'}"
    named = _named(computed, counted) if "" not in counted else ""
    return (f"{text}, {size} than computed from tokens. {named}{_REASONS}",)


def _named(computed: Mapping[str, float], counted: Mapping[str, float]) -> str:
    """The models that differ most."""
    sizes = {model: abs(counted.get(model, 0.0) - computed.get(model, 0.0)) for model in {**computed, **counted}}
    whole = sum(sizes.values())
    largest = sorted(sizes, key=lambda model: (-sizes[model], model))[:_MOST_MODELS]
    texts = [_of_model(model, computed, counted) for model in largest if sizes[model] > _NOTABLE * whole]
    return f"Most of it: {'; '.join(texts)}. " if texts else ""


def _of_model(model: str, computed: Mapping[str, float], counted: Mapping[str, float]) -> str:
    own = _dollars(counted[model]) if counted.get(model) else "nothing"
    other = f"{_dollars(computed[model])} computed" if model in computed else "no price here"
    return f"{model}, {own} counted, {other}"


def _dollars(amount: float) -> str:
    return units.write(amount, Unit.DOLLARS)
