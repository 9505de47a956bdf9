"""What the sample gateway is like: endpoints, providers, caches, and how busy it is at which hour.

Pure facts. The load generator drives the gateway by them and the demo simulates a day of history from them, so that
live data continue where the history ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

BASE_RATE: Final = 12.0  # requests per second at level 1, the mean of a day
_DAY: Final = 86_400


@dataclass(frozen=True)
class Endpoint:
    """A route as its label, its share of the traffic, and its usual behaviour.

    Latency is lognormal: median in milliseconds, sigma of the logarithm. `statuses` are (code, share) beside 200.
    Sizes are medians in bytes, lognormal with sigma 0.8.
    """

    route: str
    method: str
    share: float
    median_ms: float
    sigma: float
    statuses: tuple[tuple[str, float], ...]
    request_bytes: float
    response_bytes: float
    success: str = "200"


ENDPOINTS: Final = (
    Endpoint("/v1/chat/completions", "POST", 0.36, 900, 0.70,
             (("400", 0.006), ("429", 0.004), ("502", 0.003), ("504", 0.001)), 2_400, 1_800),
    Endpoint("/v1/embeddings", "POST", 0.18, 80, 0.45, (("400", 0.004), ("429", 0.003), ("502", 0.002)), 5_200, 13_000),
    Endpoint("/v1/models", "GET", 0.10, 4, 0.35, (), 0, 900),
    Endpoint("/v1/workflows/{workflow_id}/runs", "POST", 0.05, 2_600, 0.50,
             (("400", 0.008), ("500", 0.004), ("502", 0.004)), 1_100, 640, "202"),
    Endpoint("/v1/workflows/runs/{run_id}", "GET", 0.11, 9, 0.40, (("404", 0.010),), 0, 1_500),
    Endpoint("/v1/files", "POST", 0.04, 45, 0.60, (("413", 0.006), ("500", 0.001)), 180_000, 240, "201"),
    Endpoint("/v1/files/{file_id}", "GET", 0.06, 18, 0.60, (("404", 0.012),), 0, 150_000),
    Endpoint("/v1/users/{user_id}", "GET", 0.10, 6, 0.40, (("404", 0.008), ("401", 0.004)), 0, 420),
)  # fmt: skip


CHAT: Final = "/v1/chat/completions"
CHAT_SHARE: Final = sum(endpoint.share for endpoint in ENDPOINTS if endpoint.route == CHAT)
# Provider calls per request beside those of chats: of workflows and WebSocket messages.
OTHER_CALLS: Final = sum(1.4 * e.share for e in ENDPOINTS if e.median_ms > 50 and e.route != CHAT)


@dataclass(frozen=True)
class Model:
    """A provider's model: its share of that provider's calls, latency and tokens of one call (medians)."""

    name: str
    share: float
    median_ms: float
    sigma: float
    first_token_ms: float
    prompt_tokens: float
    completion_tokens: float
    cached_share: float  # of prompt tokens
    cache_write_tokens: float = 0.0  # written to the provider's cache, beside the prompt's
    reasoning_share: float = 0.0  # of completion tokens


@dataclass(frozen=True)
class Provider:
    """An LLM provider: its share of calls, its models, what it allows a minute, and requests a day (0: any number).

    `cached_inside_prompt`: whether its count of prompt tokens includes the cached ones (OpenAI) or not (Anthropic).
    """

    name: str
    share: float
    models: tuple[Model, ...]
    requests_per_minute: int
    tokens_per_minute: int
    requests_per_day: int
    statuses: tuple[tuple[str, float], ...]
    cached_inside_prompt: bool


PROVIDERS: Final = (
    Provider("openai", 0.50, (
        Model("gpt-4o", 0.4, 1_150, 0.55, 380, 620, 210, 0.35),
        Model("gpt-4o-mini", 0.6, 620, 0.50, 260, 480, 180, 0.30),
    ), 900, 800_000, 1_000_000, (("500", 0.002), ("429", 0.002)), True),
    Provider("anthropic", 0.35, (
        Model("claude-3-5-sonnet", 0.6, 1_250, 0.50, 450, 700, 260, 0.45, 60),
        Model("claude-3-5-haiku", 0.4, 650, 0.45, 280, 420, 170, 0.30, 30),
    ), 600, 600_000, 0, (("529", 0.002), ("429", 0.003)), False),
    Provider("mistral", 0.15, (
        Model("mistral-large", 0.8, 980, 0.50, 340, 520, 190, 0.0),
        # In no list of prices, as new models are.
        Model("ministral-preview", 0.2, 420, 0.45, 180, 300, 150, 0.0, reasoning_share=0.3),
    ), 300, 200_000, 250_000, (("500", 0.003), ("429", 0.002)), True),
)  # fmt: skip


@dataclass(frozen=True)
class Cache:
    """A cache of the gateway: look-ups per request of the whole gateway, and how many of them hit."""

    name: str
    lookups_per_request: float
    hit_share: float


CACHES: Final = (Cache("completions", 0.36, 0.22), Cache("embeddings", 0.18, 0.55), Cache("sessions", 1.0, 0.93))


@dataclass(frozen=True)
class Operation:
    """A kind of database query: how many a request of the gateway makes on average, and how long they take."""

    name: str
    per_request: float
    median_ms: float
    sigma: float


OPERATIONS: Final = (
    Operation("select_user", 0.90, 0.9, 0.5),
    Operation("select_run", 0.16, 1.4, 0.6),
    Operation("insert_run", 0.05, 2.6, 0.6),
    Operation("insert_usage", 0.54, 1.8, 0.5),
    Operation("select_file", 0.10, 1.2, 0.5),
    Operation("insert_file", 0.04, 2.2, 0.6),
    Operation("delete_file", 0.03, 2.0, 0.6),
)
POOL_SIZE: Final = 20


@dataclass(frozen=True)
class WebSockets:
    """Connections open at level 1, how long they live, what they say, and why they end."""

    open: float
    median_seconds: float
    sigma: float
    in_per_second: float  # messages a connection sends
    out_per_second: float  # and receives: a streamed answer is many
    in_bytes: float
    out_bytes: float
    reasons: tuple[tuple[str, float], ...]


WEBSOCKETS: Final = WebSockets(
    60,
    90,
    0.9,
    0.05,
    1.2,
    380,
    90,
    (("normal", 0.78), ("going_away", 0.17), ("timeout", 0.03), ("abnormal", 0.02)),
)


@dataclass(frozen=True)
class Tool:
    """A tool of an MCP server that workflows call: how often a run does, and how long it takes (median)."""

    server: str
    name: str
    per_run: float
    median_ms: float


TOOLS: Final = (
    Tool("repository", "FetchContext", 2 / 3, 420),
    Tool("search", "SearchIndex", 1.0, 650),
    Tool("ci", "RunTests", 1 / 3, 900),
)
TOOL_SIGMA: Final = 0.5

USERS: Final = 140  # active in five minutes at level 1
SESSIONS: Final = 2_000  # users who exist


def traffic_level(epoch_seconds: float) -> float:
    """How busy it is, 1 being the mean of a day: a low at 04:00 UTC, a high in the afternoon, a wave in between."""
    turn = 2 * math.pi * (epoch_seconds % _DAY) / _DAY
    return 1 + 0.45 * math.sin(turn - 2.4) + 0.08 * math.sin(3 * turn) + 0.03 * math.sin(11 * turn)
