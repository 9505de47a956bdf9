"""The REST endpoints."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from gateway.catalog import ENDPOINTS, PROVIDERS, Endpoint
from gateway.database import RUNS, USAGE, USERS
from gateway.llm import Answer, Ask, pick_model
from gateway.parts import Parts
from gateway.users import Refused, signed_in
from gateway.workflows import InvalidWorkflow, summary, validate
from telemetry.logs import get_logger

log = get_logger("CodeAgent.API")
Handler = Callable[[Request], Awaitable[Response]]
COMPLETION_SECONDS, EMBEDDING_SECONDS = 900, 3_600
DIMENSIONS = 1_536
FACTS = {(e.method, e.route): e for e in ENDPOINTS}


def handlers(parts: Parts) -> dict[tuple[str, str], Handler]:
    """A handler for each method and route of the catalogue."""
    api = Api(parts)
    return {
        ("POST", "/v1/chat/completions"): api.chat,
        ("POST", "/v1/embeddings"): api.embeddings,
        ("GET", "/v1/models"): api.models,
        ("POST", "/v1/workflows/{workflow_id}/runs"): api.start_run,
        ("GET", "/v1/workflows/runs/{run_id}"): api.show_run,
        ("POST", "/v1/files"): api.upload,
        ("GET", "/v1/files/{file_id}"): api.download,
        ("GET", "/v1/users/{user_id}"): api.show_user,
    }


class Api:
    """The handlers over the shared parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def chat(self, request: Request) -> Response:
        """A chat completion, from the cache when the same was asked before."""
        started = time.perf_counter()
        user = await signed_in(self._parts, request)
        body = await _json_body(request)
        ask = self._ask(body, user)
        key = hashlib.sha256(orjson.dumps([ask.model, ask.messages])).hexdigest()
        if (cached := await self._parts.cache.get("completions", key)) is not None:
            return _json(cached)
        answer = await self._parts.providers.complete(ask)
        await self._note_usage(ask, answer)
        content = orjson.dumps(_completion(ask, answer))
        await self._parts.cache.put("completions", key, content, COMPLETION_SECONDS)
        own_ms = (time.perf_counter() - started) * 1000 - answer.total_ms - answer.queued_ms
        self._parts.measures.metrics.record(
            "codeagent_gateway_overhead", own_ms, provider=ask.provider, model=ask.model
        )
        return _json(content)

    async def embeddings(self, request: Request) -> Response:
        """Embeddings from a small model of the gateway's own."""
        user = await signed_in(self._parts, request)
        text = (await _json_body(request)).get("input")
        if not isinstance(text, str) or not text:
            raise Refused(400, "An embedding needs an input.")
        key = hashlib.sha256(text.encode()).hexdigest()
        if (cached := await self._parts.cache.get("embeddings", key)) is not None:
            await self._pace("POST", "/v1/embeddings", 0.4)
            return _json(cached)
        await self._pace("POST", "/v1/embeddings", 1.6)
        content = orjson.dumps({"object": "list", "data": [{"embedding": embed(text)}], "model": "gateway-embed"})
        await self._parts.cache.put("embeddings", key, content, EMBEDDING_SECONDS)
        usage = {"user_id": user, "model": "gateway-embed", "prompt": len(text) // 4, "completion": 0}
        await self._parts.database.write("insert_usage", sa.insert(USAGE).values(**usage, created=time.time()))
        return _json(content)

    async def models(self, _request: Request) -> Response:
        """The available models."""
        await self._pace("GET", "/v1/models", 0.7)
        models = [{"id": m.name, "object": "model", "owned_by": p.name} for p in PROVIDERS for m in p.models]
        return _json(orjson.dumps({"object": "list", "data": models}))

    async def start_run(self, request: Request) -> Response:
        """Run a workflow; the answer comes when it is done, or after a while with the run still going."""
        user = await signed_in(self._parts, request)
        body, workflow = await _json_body(request), request.path_params["workflow_id"]
        try:
            validate(workflow, body)
        except InvalidWorkflow as error:
            raise Refused(400, str(error)) from error
        task = asyncio.create_task(self._parts.runner.execute(workflow, user, body))
        done, _pending = await asyncio.wait({task}, timeout=self._parts.settings.workflow_wait)
        if not done:
            task.add_done_callback(_note_late_failure)
            return _json(orjson.dumps({"workflow": workflow, "status": "running"}), 202)
        return _json(orjson.dumps(summary(task.result())), 202)

    async def show_run(self, request: Request) -> Response:
        """A workflow run and its steps."""
        await signed_in(self._parts, request)
        await self._pace("GET", "/v1/workflows/runs/{run_id}", 0.5)
        query = sa.select(RUNS).where(RUNS.c.id == request.path_params["run_id"])
        run = await self._parts.database.first("select_run", query)
        if run is None:
            raise Refused(404, "There is no such run.")
        return _json(orjson.dumps(run))

    async def upload(self, request: Request) -> Response:
        """Keep a file of limited size."""
        user, limit = await signed_in(self._parts, request), self._parts.settings.max_upload
        if int(request.headers.get("content-length", 0)) > limit:
            raise Refused(413, f"A file may have {limit} bytes.")
        content = await request.body()
        if len(content) > limit:
            raise Refused(413, f"A file may have {limit} bytes.")
        await self._pace("POST", "/v1/files", 0.7)
        name = request.headers.get("x-file-name", "unnamed")
        return _json(orjson.dumps(await self._parts.uploads.keep(name, user, content)), 201)

    async def download(self, request: Request) -> Response:
        """A file's bytes."""
        await signed_in(self._parts, request)
        await self._pace("GET", "/v1/files/{file_id}", 0.7)
        upload = await self._parts.uploads.find(request.path_params["file_id"])
        if upload is None:
            raise Refused(404, "There is no such file.")
        return Response(upload[1], media_type="application/octet-stream")

    async def show_user(self, request: Request) -> Response:
        """A user's account."""
        await signed_in(self._parts, request)
        await self._pace("GET", "/v1/users/{user_id}", 0.5)
        query = sa.select(USERS).where(USERS.c.id == request.path_params["user_id"])
        user = await self._parts.database.first("select_user", query)
        if user is None:
            raise Refused(404, "There is no such user.")
        return _json(orjson.dumps({key: value for key, value in user.items() if key != "api_key"}))

    def _ask(self, body: dict[str, Any], user: str) -> Ask:
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Refused(400, "A completion needs messages.")
        try:
            provider, model = pick_model(self._parts.rng, body.get("model"))
        except StopIteration:
            raise Refused(400, "There is no such model.") from None
        return Ask(provider, model, user, messages)

    async def _note_usage(self, ask: Ask, answer: Answer) -> None:
        values = {
            "user_id": ask.user_id,
            "model": ask.model,
            "prompt": answer.usage.get("prompt", 0),
            "completion": answer.usage.get("completion", 0),
            "created": time.time(),
        }
        await self._parts.database.write("insert_usage", sa.insert(USAGE).values(values))

    async def _pace(self, method: str, route: str, share: float) -> None:
        facts: Endpoint = FACTS[method, route]
        await self._parts.pace(facts.median_ms * share, facts.sigma)


def embed(text: str) -> list[float]:
    """A unit vector that depends on the text alone."""
    seed = hashlib.shake_128(text.encode()).digest(DIMENSIONS)
    vector = [byte - 127.5 for byte in seed]
    length = math.sqrt(sum(value * value for value in vector))
    return [round(value / length, 5) for value in vector]


def _completion(ask: Ask, answer: Answer) -> dict[str, Any]:
    return {
        "id": ask.request_id,
        "object": "chat.completion",
        "model": ask.model,
        "choices": [{"message": {"role": "assistant", "content": answer.text}, "finish_reason": "stop"}],
        "usage": answer.usage,
    }


async def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Refused(400, "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body is not a JSON object.")
    return body


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")


def _note_late_failure(task: asyncio.Task[Any]) -> None:
    """A run that failed after its request was answered: its spans say so, and nobody awaits the task."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("A workflow run failed late: {Reason}", Reason=str(error))
