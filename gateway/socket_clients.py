"""WebSocket clients with lives of their own: they come, ask now and then, and leave politely, rudely or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from gateway.calls import TEXT, someone
from gateway.catalog import WEBSOCKETS
from gateway.database import api_key

LOOK_EVERY = 1.0
JOIN_SHARE = 0.05  # of what is missing, each second: a crowd gathers over half a minute
FROZEN_SECONDS = 60.0  # a client that stopped answering is kept until the gateway has given it up


class Crowd:
    """Keeps about as many connections open as `wanted` says."""

    def __init__(self, urls: Sequence[str], target: Callable[[], float], rng: random.Random) -> None:
        self._urls = [url.replace("http", "ws", 1) + "/v1/stream" for url in urls]
        self._target, self._rng = target, rng
        self._lives: set[asyncio.Task[None]] = set()
        self.open = 0

    async def run(self) -> None:
        """Let clients come as others leave; when far too many are there, the rest leaves by itself."""
        while True:
            missing = self._target() - len(self._lives)
            for _ in range(self._joining(missing)):
                life = asyncio.create_task(self._live())
                self._lives.add(life)
                life.add_done_callback(self._lives.discard)
            for life in list(self._lives)[: max(0, round(-missing * JOIN_SHARE))] if missing < -20 else ():
                life.cancel()
            await asyncio.sleep(LOOK_EVERY)

    async def close(self) -> None:
        """End every connection."""
        for life in list(self._lives):
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)

    def _joining(self, missing: float) -> int:
        share = max(missing, 0) * JOIN_SHARE
        return int(share) + (self._rng.random() < share % 1)

    async def _live(self) -> None:
        headers = {"authorization": f"Bearer {api_key(someone(self._rng))}"}
        with contextlib.suppress(OSError, WebSocketException, TimeoutError):
            url = self._rng.choice(self._urls)
            socket = await connect(
                url, additional_headers=headers, compression=None, ping_interval=None, open_timeout=10
            )
            self.open += 1
            try:
                await self._talk(socket)
            finally:
                self.open -= 1

    async def _talk(self, socket: ClientConnection) -> None:
        reading = asyncio.create_task(_read(socket))
        seconds = WEBSOCKETS.median_seconds * self._rng.lognormvariate(0, WEBSOCKETS.sigma)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await asyncio.sleep(self._rng.expovariate(WEBSOCKETS.in_per_second))
                    await socket.send(self._question())
        except TimeoutError:
            await self._leave(socket)
        finally:
            if not socket.transport.is_closing():
                await socket.close(1001)
            reading.cancel()

    async def _leave(self, socket: ClientConnection) -> None:
        reasons, shares = zip(*WEBSOCKETS.reasons, strict=True)
        match self._rng.choices(reasons, shares)[0]:
            case "normal":
                await socket.close(1000)
            case "going_away":
                await socket.close(1001)
            case "timeout":  # a laptop that was closed: the connection stays and nobody answers
                socket.transport.pause_reading()
                await asyncio.sleep(FROZEN_SECONDS)
                socket.transport.abort()
            case _:
                socket.transport.abort()

    def _question(self) -> str:
        size = round(WEBSOCKETS.in_bytes * self._rng.lognormvariate(0, 0.8))
        content = (TEXT * (size // len(TEXT) + 1))[: max(size - 45, 10)]
        return orjson.dumps({"messages": [{"role": "user", "content": content}]}).decode()


async def _read(socket: ClientConnection) -> None:
    with contextlib.suppress(WebSocketException, OSError):
        async for _ in socket:
            pass
