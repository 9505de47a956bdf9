"""Providers behind the proxy: an OpenAI-compatible server that answers with made-up text, and sometimes fails.

python -m demo.litellm.providers --port 8086
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from demo.ports import HOST

# Model: share of failed and of refused calls.
FAULTS: Final = {"o3": (0.10, 0.0), "gpt-4.1-mini": (0.0, 0.5), "mistral-large-latest": (0.04, 0.02)}
REASONING: Final = frozenset({"o3"})
LIMIT: Final = 1_000
_DICE: Final = random.Random(5)


async def health(_: Request) -> Response:
    """200 once the server runs."""
    return JSONResponse({"status": "ok"})


async def complete(request: Request) -> Response:
    """A chat completion with usage, or an error; `stream` sends it word by word."""
    body = await request.json()
    model = str(body["model"])
    failed, refused = FAULTS.get(model, (0.005, 0.005))
    dice = _DICE.random()
    headers = _limits()
    if dice < failed:
        return JSONResponse(_error("The provider is overloaded.", "server_error"), 500, headers)
    if dice < failed + refused:
        return JSONResponse(_error("Rate limit reached.", "rate_limit_exceeded"), 429, headers)
    usage = _usage(model)
    await asyncio.sleep(_DICE.uniform(0.05, 0.4))
    if body.get("stream"):
        return StreamingResponse(_stream(model, usage), media_type="text/event-stream", headers=headers)
    await asyncio.sleep(usage["completion_tokens"] / 600)
    message = {"role": "assistant", "content": "word " * 20}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return JSONResponse({**_head(model, "chat.completion"), "choices": [choice], "usage": usage}, headers=headers)


async def _stream(model: str, usage: dict[str, Any]) -> AsyncIterator[str]:
    head = _head(model, "chat.completion.chunk")
    for number in range(10):
        await asyncio.sleep(usage["completion_tokens"] / 6_000)
        delta = {"role": "assistant", "content": f"word{number} "}
        yield _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield _event({**head, "choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _event(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps(chunk)}\n\n"


def _usage(model: str) -> dict[str, Any]:
    """Tokens as OpenAI counts them: cached ones inside the prompt, reasoning inside the completion."""
    prompt, completion = _DICE.randint(300, 3_000), _DICE.randint(50, 600)
    cached = prompt // 2 if _DICE.random() < 0.4 else 0
    reasoning = completion // 2 if model in REASONING else 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def _limits() -> dict[str, str]:
    used = int(time.time()) % 60 * 10
    return {"x-ratelimit-limit-requests": str(LIMIT), "x-ratelimit-remaining-requests": str(LIMIT - used)}


def _error(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": kind}}


def _head(model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{_DICE.getrandbits(48):x}", "object": kind, "created": int(time.time()), "model": model}


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m demo.litellm.providers", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    routes = [Route("/health", health), Route("/v1/chat/completions", complete, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), host=HOST, port=parser.parse_args().port, log_level="warning")


if __name__ == "__main__":
    main()
