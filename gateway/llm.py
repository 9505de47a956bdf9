"""Calls to the LLM providers: streamed, measured, traced, with rate limits read from the answers."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import orjson
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from gateway.billing import dollars
from gateway.budgets import Budgets
from gateway.catalog import PROVIDERS
from gateway.faults import Switches
from gateway.metrics import GatewayMetrics
from gateway.providers import limit_headers
from gateway.rotation import FALLBACKS, Rotation
from gateway.tenants import Key, key_of
from telemetry import correlation
from telemetry.logs import get_logger, scope
from telemetry.traces import TRACER

log = get_logger("CodeAgent.API.Providers")
TIMEOUT = httpx.Timeout(30, connect=2)
PROBE_TIMEOUT = 2.0
CONCURRENT = 64  # calls of an instance to one provider; more wait in the gateway's queue
OnPiece = Callable[[str], Awaitable[None]]


class ProviderFailed(Exception):
    """A provider did not answer well. `status` is what the gateway's own client gets to see.

    `has_begun`: pieces of the answer have been passed on, so that no other provider can answer instead.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
        self.has_begun = False


@dataclass(frozen=True)
class Ask:
    """One call: to whom, for whom, what, in how many pieces the answer is streamed."""

    provider: str
    model: str
    user_id: str
    messages: list[dict[str, str]]
    pieces: int = 6
    tokens_factor: float = 1.0  # how many times the usual tokens
    request_id: str = field(default_factory=lambda: new_request_id())

    @property
    def key(self) -> Key:
        """The API key of the user."""
        return key_of(self.user_id)


@dataclass
class Answer:
    """What came back. Times in milliseconds; `first_ms` stays None until the first token.

    `queued_ms` is the time that the call waited in the gateway before it was sent.
    """

    text: str = ""
    usage: dict[str, int] = field(default_factory=dict)
    first_ms: float | None = None
    total_ms: float = 0.0
    queued_ms: float = 0.0


def new_request_id() -> str:
    """An id for one call."""
    return f"req_{uuid.uuid4().hex[:16]}"


def pick_model(rng: random.Random, requested: str | None) -> tuple[str, str]:
    """Provider and model: the requested one, or one by the catalogue's shares; KeyError when it is unknown."""
    if requested:
        return next((p.name, m.name) for p in PROVIDERS for m in p.models if m.name == requested)
    provider = rng.choices(PROVIDERS, [p.share for p in PROVIDERS])[0]
    return provider.name, rng.choices(provider.models, [m.share for m in provider.models])[0].name


class Providers:
    """A client of all providers behind one address."""

    def __init__(
        self, client: httpx.AsyncClient, measures: GatewayMetrics, switches: Switches, budgets: Budgets
    ) -> None:
        self._client, self._measures, self._switches, self._budgets = client, measures, switches, budgets
        self._repeats: set[asyncio.Task[Answer]] = set()
        self._rotation = Rotation(measures.cooled_down)
        self._queues = {provider.name: asyncio.Semaphore(CONCURRENT) for provider in PROVIDERS}
        measures.watch_deployments(lambda provider, model: not self._rotation.is_out(provider, model))

    async def complete(self, ask: Ask, on_piece: OnPiece | None = None) -> Answer:
        """One completion, told piece by piece to `on_piece`; ProviderFailed when it does not come.

        Where the API key has fallbacks, another provider's model answers for a deployment that fails or has failed.
        """
        ask = self._enlarged(ask)
        self._repeat(ask)
        if not ask.key.falls_back:
            return await self._call(ask, on_piece)
        if self._rotation.is_out(ask.provider, ask.model):
            return await self._fall_back(ask, on_piece)
        try:
            return await self._call(ask, on_piece)
        except ProviderFailed as error:
            if error.has_begun:
                raise
        return await self._fall_back(ask, on_piece)

    async def _fall_back(self, ask: Ask, on_piece: OnPiece | None) -> Answer:
        provider, model = FALLBACKS[ask.model]
        instead = replace(ask, provider=provider, model=model, request_id=new_request_id())
        result = "failed"
        try:
            answer = await self._call(instead, on_piece)
            result = "succeeded"
            return answer
        finally:
            self._measures.fell_back(ask.model, result, ask.key)

    def _enlarged(self, ask: Ask) -> Ask:
        explosion = self._switches.active("token-explosion")
        is_meant = explosion is not None and explosion["team"] == ask.key.team
        return replace(ask, tokens_factor=explosion["factor"]) if explosion and is_meant else ask

    def _repeat(self, ask: Ask) -> None:
        """Call again, as a wrong retry policy does, without use for the answers."""
        storm = self._switches.active("retry-storm")
        extra = max(0.0, storm["factor"] - 1) if storm else 0.0
        for _ in range(int(extra) + (random.random() < extra % 1)):
            self._measures.metrics.add("codeagent_llm_retries_total", 1, provider=ask.provider, model=ask.model)
            task = asyncio.create_task(self._call(replace(ask, request_id=new_request_id()), None))
            self._repeats.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Answer]) -> None:
        self._repeats.discard(task)
        if not task.cancelled():
            task.exception()  # it was measured where it happened

    async def _call(self, ask: Ask, on_piece: OnPiece | None) -> Answer:
        opened = trace.get_tracer(TRACER).start_as_current_span(
            f"chat {ask.model}",
            kind=SpanKind.CLIENT,
            attributes=_attributes(ask),
            record_exception=False,
            set_status_on_exception=False,
        )
        with scope(ProviderId=ask.provider, RequestId=ask.request_id, UserId=ask.user_id), opened as span:
            begun = time.perf_counter()
            async with self._queues[ask.provider]:
                answer = Answer(queued_ms=(time.perf_counter() - begun) * 1000)
                await self._measured(ask, answer, on_piece, span)
                return answer

    async def _measured(self, ask: Ask, answer: Answer, on_piece: OnPiece | None, span: Span) -> None:
        started, status = time.perf_counter(), "error"
        try:
            if network := self._switches.active("slow-network"):
                await asyncio.sleep(network["milliseconds"] / 1000)
            path = f"/{ask.provider}/v1/chat/completions"
            async with self._client.stream(
                "POST", path, content=_body(ask), headers=_headers(ask), timeout=TIMEOUT
            ) as response:
                status = str(response.status_code)
                self._read_limits(ask.provider, response.headers)
                if response.status_code != 200:
                    raise _refused(ask, response.status_code)
                await _read_stream(response.aiter_lines(), answer, started, on_piece)
        except httpx.TimeoutException as error:
            status = "timeout"
            late = ProviderFailed(f"{ask.provider} did not answer in time", 504)
            raise self._failed(span, late, error, answer) from error
        except (httpx.HTTPError, ProviderFailed) as error:
            failed = (
                error
                if isinstance(error, ProviderFailed)
                else ProviderFailed(f"{ask.provider}: {str(error) or type(error).__name__}", 502)
            )
            raise self._failed(span, failed, error, answer) from error
        finally:
            answer.total_ms = (time.perf_counter() - started) * 1000
            self._record(ask, answer, status)
        _describe(span, answer)
        log.info(
            "{ProviderId} answered {Model} with {CompletionTokens} tokens in {Duration} ms",
            Model=ask.model,
            CompletionTokens=answer.usage.get("completion", 0),
            Duration=round(answer.total_ms, 1),
        )

    def _failed(self, span: Span, failed: ProviderFailed, cause: BaseException, answer: Answer) -> ProviderFailed:
        failed.has_begun = answer.first_ms is not None
        span.record_exception(cause)
        span.set_attribute("error.type", type(cause).__name__)
        span.set_status(Status(StatusCode.ERROR, str(failed)))
        log.warning("Provider call failed: {Reason}", Reason=str(failed), StatusCode=failed.status)
        return failed

    def _record(self, ask: Ask, answer: Answer, status: str) -> None:
        labels = {"provider": ask.provider, "model": ask.model}
        metrics, tenant = self._measures.metrics, ask.key.labels
        metrics.add("codeagent_llm_requests_total", 1, **labels, status=status, **tenant)
        metrics.record("codeagent_llm_latency", answer.total_ms, **labels)
        metrics.record("codeagent_gateway_queue_time", answer.queued_ms, **labels)
        if status == "429":
            metrics.add("codeagent_llm_rate_limited_total", 1, provider=ask.provider)
        if answer.first_ms is not None:
            metrics.record("codeagent_llm_time_to_first_token", answer.first_ms, **labels)
        if not answer.usage:
            self._rotation.failed(ask.provider, ask.model)
            return
        self._rotation.answered(ask.provider, ask.model)
        if answer.first_ms is not None and (others := answer.usage["completion"] - 1) > 0:
            milliseconds = (answer.total_ms - answer.first_ms) / others
            metrics.record("codeagent_llm_time_per_output_token", milliseconds, **labels)
        for kind, tokens in answer.usage.items():
            if tokens:
                metrics.add("codeagent_llm_tokens_total", tokens, **labels, kind=kind, **tenant)
        if spent := dollars(ask.provider, ask.model, answer.usage):
            metrics.add("codeagent_llm_cost_usd_total", spent, **labels, **tenant)
            self._budgets.spend(ask.key, spent)

    def _read_limits(self, provider: str, headers: Mapping[str, str]) -> None:
        requests, tokens = self._measures.limits, self._measures.token_limits
        for unit, limits, window in (
            ("requests", requests, "minute"),
            ("requests-day", requests, "day"),
            ("tokens", tokens, "minute"),
        ):
            limit, remaining = limit_headers(provider, unit)
            try:
                limits[provider, window] = float(headers[remaining]), float(headers[limit])
            except (KeyError, ValueError):
                continue

    async def probe(self) -> None:
        """Ask every provider whether it is well, and note the answer."""
        for provider in PROVIDERS:
            try:
                answer = await self._client.get(f"/{provider.name}/health", timeout=PROBE_TIMEOUT)
                self._measures.up[provider.name] = answer.status_code == 200
            except httpx.HTTPError:
                self._measures.up[provider.name] = False


def _body(ask: Ask) -> bytes:
    body = {"model": ask.model, "messages": ask.messages, "stream": True, "chunks": ask.pieces}
    return orjson.dumps({**body, "tokens_factor": ask.tokens_factor})


def _headers(ask: Ask) -> dict[str, str]:
    return {"content-type": "application/json", "x-request-id": ask.request_id}


def _attributes(ask: Ask) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": ask.provider,
        "gen_ai.request.model": ask.model,
        "gen_ai.request.stream": True,
        "provider.id": ask.provider,
        "request.id": ask.request_id,
        "user.id": ask.user_id,
        correlation.ATTRIBUTE: correlation.current(),
    }


def _describe(span: Span, answer: Answer) -> None:
    span.set_attributes(
        {
            "gen_ai.usage.input_tokens": answer.usage.get("prompt", 0),
            "gen_ai.usage.output_tokens": answer.usage.get("completion", 0),
            "gen_ai.usage.cache_read.input_tokens": answer.usage.get("cached", 0),
            "gen_ai.usage.cache_creation.input_tokens": answer.usage.get("cache_write", 0),
            "gen_ai.usage.reasoning.output_tokens": answer.usage.get("reasoning", 0),
            "gen_ai.response.finish_reasons": ["stop"],
        }
    )


def _refused(ask: Ask, status: int) -> ProviderFailed:
    if status == 429:
        return ProviderFailed(f"{ask.provider} is rate limiting", 429)
    return ProviderFailed(f"{ask.provider} answered {status}", 502)


async def _read_stream(lines: AsyncIterator[str], answer: Answer, started: float, on_piece: OnPiece | None) -> None:
    """Gather the pieces of a server-sent stream; ProviderFailed when it breaks off."""
    pieces: list[str] = []
    async for line in lines:
        if not line.startswith("data: "):
            continue
        event = orjson.loads(line[6:])
        if "usage" in event:
            answer.usage = event["usage"]
            answer.text = " ".join(pieces)
            return
        if answer.first_ms is None:
            answer.first_ms = (time.perf_counter() - started) * 1000
        pieces.append(event["delta"])
        if on_piece is not None:
            await on_piece(event["delta"])
    raise ProviderFailed("The provider's stream broke off", 502)
