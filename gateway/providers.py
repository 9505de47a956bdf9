"""Three simulated LLM providers over HTTP: they take their time, stream tokens, count them, refuse and fail."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from opentelemetry import trace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.billing import usage_of
from gateway.catalog import PROVIDERS, Model, Provider
from gateway.faults import Switches
from gateway.switchboard import switch_routes

WORDS = ("the", "answer", "depends", "on", "load", "and", "time", "so", "measure", "first", "then", "look", "again")
TOKEN_SIGMA = 0.4
PROBE_SECONDS = 0.4  # a health answer at usual speed; six times that misses the gateway's patience


@dataclass
class Window:
    """A provider's requests and tokens in the current minute, and its requests in the current day."""

    started: float = 0.0
    used: int = 0
    tokens: int = 0
    day_started: float = 0.0
    used_in_day: int = 0

    def take(self, now: float) -> None:
        """Count one request."""
        if now - self.started >= 60:
            self.started, self.used, self.tokens = now, 0, 0
        if now - self.day_started >= 86_400:
            self.day_started, self.used_in_day = now, 0
        self.used += 1
        self.used_in_day += 1


@dataclass
class House:
    """The providers of one process: their windows, their randomness, the faults that are on."""

    rng: random.Random = field(default_factory=random.Random)
    reliable: bool = False  # only faults that are on make a call fail, never chance
    switches: Switches = field(default_factory=Switches)
    windows: dict[str, Window] = field(default_factory=lambda: {p.name: Window() for p in PROVIDERS})

    def slowness(self, provider: str) -> float:
        """1 at usual speed."""
        slow = self.switches.active("slow")
        return float(slow["factor"]) if slow and slow["provider"] == provider else 1.0


def create_app(house: House) -> Starlette:
    """The providers' ASGI application."""

    async def completions(request: Request) -> Response:
        provider, model, body = await _read(request)
        if provider is None or model is None:
            return _error(404, "model_not_found", {})
        headers, refusal = _admit(house, provider)
        if refusal is not None:
            await asyncio.sleep(house.rng.uniform(0.005, 0.03))
            return _error(refusal, "rate_limited" if refusal == 429 else "overloaded", headers)
        usage = _usage(house.rng, provider, model, float(body.get("tokens_factor", 1)))
        house.windows[provider.name].tokens += usage["prompt"] + usage["completion"]
        lines = _stream(house, provider, model, int(body.get("chunks", 8)), usage)
        return StreamingResponse(lines, media_type="text/event-stream", headers=headers)

    async def health(request: Request) -> Response:
        name = request.path_params["provider"]
        await asyncio.sleep(PROBE_SECONDS * house.slowness(name))
        down = house.switches.active("provider-down")
        return Response(status_code=503 if down and down["provider"] == name else 200)

    return Starlette(
        routes=[
            Route("/{provider}/v1/chat/completions", completions, methods=["POST"]),
            Route("/{provider}/health", health),
            Route("/health", lambda _: JSONResponse({"status": "ok"})),
            *switch_routes(house.switches, anyone=True),  # the gateway passes on what it was told
        ]
    )


async def _read(request: Request) -> tuple[Provider | None, Model | None, dict[str, Any]]:
    body: dict[str, Any] = orjson.loads(await request.body())
    provider = next((p for p in PROVIDERS if p.name == request.path_params["provider"]), None)
    model = next((m for m in provider.models if m.name == body.get("model")), None) if provider else None
    return provider, model, body


def _admit(house: House, provider: Provider) -> tuple[dict[str, str], int | None]:
    """Rate-limit headers, and the status of a refusal or None."""
    limited = house.switches.active("rate-limited")
    slow = house.slowness(provider.name) > 1 or (limited is not None and limited["provider"] == provider.name)
    window = house.windows[provider.name]
    window.take(time.monotonic())
    left = provider.requests_per_minute - window.used
    tokens_left = provider.tokens_per_minute - window.tokens
    remaining = max(0, left if not slow else min(left, int(provider.requests_per_minute * 0.02)))
    requests_limit, requests_remaining = limit_headers(provider.name, "requests")
    tokens_limit, tokens_remaining = limit_headers(provider.name, "tokens")
    headers = {
        requests_limit: str(provider.requests_per_minute),
        requests_remaining: str(remaining),
        tokens_limit: str(provider.tokens_per_minute),
        tokens_remaining: str(max(0, tokens_left)),
    }
    if provider.requests_per_day:
        left_in_day = provider.requests_per_day - window.used_in_day
        day_limit, day_remaining = limit_headers(provider.name, "requests-day")
        headers |= {day_limit: str(provider.requests_per_day), day_remaining: str(max(0, left_in_day))}
        left = min(left, left_in_day)
    return headers, 429 if left < 0 or tokens_left <= 0 else _bad_luck(house, provider)


def limit_headers(provider: str, unit: str) -> tuple[str, str]:
    """The names of a provider's headers with the limit and the rest of a unit.

    The units are `requests` and `tokens` in the current minute, and `requests-day`.
    """
    if provider == "anthropic":
        return f"anthropic-ratelimit-{unit}-limit", f"anthropic-ratelimit-{unit}-remaining"
    return f"x-ratelimit-limit-{unit}", f"x-ratelimit-remaining-{unit}"


def _bad_luck(house: House, provider: Provider) -> int | None:
    """The status that chance and the active faults choose; None for a good answer."""
    on = house.switches.active
    failing = (
        ("provider-down", "", 503),
        ("slow", "refused", 429),
        ("rate-limited", "share", 429),
        ("provider-errors", "share", int(provider.statuses[0][0])),
    )
    for fault, share_of, status_code in failing:
        here = (active := on(fault)) and active["provider"] == provider.name
        if here and active and house.rng.random() < (active[share_of] if share_of else 1.0):
            return status_code
    draw = 1.0 if house.reliable else house.rng.random()
    for status, share in provider.statuses:
        draw -= share
        if draw < 0:
            return int(status)
    return None


async def _stream(
    house: House, provider: Provider, model: Model, chunks: int, usage: dict[str, int]
) -> AsyncIterator[bytes]:
    """Server-sent events: pieces of the answer over its duration, then the token counts."""
    tracer, rng = trace.get_tracer("CodeAgent.Providers"), house.rng
    slowness = house.slowness(provider.name)
    total = _lognormal(rng, model.median_ms * slowness, model.sigma) / 1000
    first = min(total * 0.9, _lognormal(rng, model.first_token_ms * slowness, model.sigma) / 1000)
    clock, started = asyncio.get_running_loop().time, asyncio.get_running_loop().time()
    with tracer.start_as_current_span("prefill", attributes={"gen_ai.usage.input_tokens": usage["prompt"]}):
        await asyncio.sleep(first)
    pieces = max(1, min(chunks, usage["completion"]))
    with tracer.start_as_current_span("decode", attributes={"gen_ai.usage.output_tokens": usage["completion"]}):
        for piece in range(pieces):
            text = " ".join(rng.choices(WORDS, k=max(1, usage["completion"] // pieces)))
            yield b"data: " + orjson.dumps({"delta": text}) + b"\n\n"
            if piece < pieces - 1:
                # By the clock: a busy machine wakes sleepers late, and that must not add up piece by piece.
                due = started + first + (total - first) * (piece + 1) / (pieces - 1)
                await asyncio.sleep(max(0.0, due - clock()))
    yield b"data: " + orjson.dumps({"usage": usage, "finish_reason": "stop"}) + b"\n\n"


def _usage(rng: random.Random, provider: Provider, model: Model, factor: float = 1.0) -> dict[str, int]:
    """Tokens of one call in the provider's own way of counting, scattered round a multiple of the catalogue's means."""
    scatter = factor * _lognormal(rng, 1, TOKEN_SIGMA) / math.exp(TOKEN_SIGMA**2 / 2)
    usage = {kind: round(tokens) for kind, tokens in usage_of(provider, model, scatter).items()}
    return {**usage, "prompt": max(1, usage["prompt"]), "completion": max(1, usage["completion"])}


def _lognormal(rng: random.Random, median: float, sigma: float) -> float:
    return median * math.exp(rng.gauss(0, sigma))


def _error(status: int, kind: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"error": {"type": kind}}, status, headers=headers)
