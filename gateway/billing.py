"""What calls cost as the sample gateway counts it: list prices of the package genai-prices, call by call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from gateway.catalog import BASE_RATE, CACHES, CHAT_SHARE, OTHER_CALLS, PROVIDERS, Model, Provider


def usage_of(provider: Provider, model: Model, factor: float = 1.0) -> dict[str, float]:
    """The mean tokens of one call by kind, as the provider counts them.

    OpenAI counts cached tokens inside the prompt, Anthropic beside it, as it does tokens written to the cache.
    Reasoning is part of the completion.
    """
    cached = model.prompt_tokens * model.cached_share
    kinds = {
        "prompt": model.prompt_tokens if provider.cached_inside_prompt else model.prompt_tokens - cached,
        "cached": cached,
        "cache_write": model.cache_write_tokens,
        "completion": model.completion_tokens,
        "reasoning": model.completion_tokens * model.reasoning_share,
    }
    return {kind: tokens * factor for kind, tokens in kinds.items() if tokens}


def dollars(provider: str, model: str, usage: Mapping[str, float]) -> float:
    """US dollars of one call with the tokens that its provider counted; 0 for a model without a list price."""
    from genai_prices import Usage, calc_price  # a fifth of a second, which a start should not take

    inside = next(entry.cached_inside_prompt for entry in PROVIDERS if entry.name == provider)
    cached, written = usage.get("cached", 0), usage.get("cache_write", 0)
    tokens = Usage(
        input_tokens=round(usage.get("prompt", 0) + (0 if inside else cached + written)),
        cache_read_tokens=round(cached) or None,
        cache_write_tokens=round(written) or None,
        output_tokens=round(usage.get("completion", 0)),
    )
    try:
        return float(calc_price(tokens, model_ref=model, provider_id=provider).total_price)
    except LookupError:
        return 0.0


@cache
def usual_dollars_per_call(provider: Provider, model: Model) -> float:
    """US dollars of a call with the catalogue's mean tokens."""
    return dollars(provider.name, model.name, usage_of(provider, model))


def calls_per_second() -> float:
    """Provider calls at level 1, the mean of a day."""
    return BASE_RATE * (CHAT_SHARE * (1 - CACHES[0].hit_share) + OTHER_CALLS)


@cache
def usual_dollars_per_second() -> float:
    """US dollars of the whole gateway at level 1."""
    per_call = sum(
        provider.share * model.share * usual_dollars_per_call(provider, model)
        for provider in PROVIDERS
        for model in provider.models
    )
    return calls_per_second() * per_call
