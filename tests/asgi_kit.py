"""An ASGI application asked in this process, by somebody at a given address."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette


class Caller:
    """Asks an application from `host`; `body` is what httpx takes: `json`, `content`, `headers`."""

    def __init__(self, app: Starlette, host: str = "127.0.0.1") -> None:
        self._app, self._host = app, host

    def get(self, path: str, **body: Any) -> httpx.Response:
        return self._ask("GET", path, body)

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self._ask("POST", path, body)

    def put(self, path: str, **body: Any) -> httpx.Response:
        return self._ask("PUT", path, body)

    def delete(self, path: str, **body: Any) -> httpx.Response:
        return self._ask("DELETE", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(self._host, 5_000))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return await client.request(method, path, **body)

        return asyncio.run(ask())
