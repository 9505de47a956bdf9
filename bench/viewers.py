"""Simulated viewers: each asks the refresh address of its board at its own moment, again and again.

Requests go over a few kept-open connections, as they come from a proxy in front of the app.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

CONNECTIONS = 32


@dataclass(frozen=True)
class Served:
    """Of one run: milliseconds of each answered request, bytes received, requests that failed."""

    milliseconds: tuple[float, ...]
    bytes: int
    failed: int

    def percentile(self, share: float) -> float:
        """The time within which that share was answered; nan without any answer."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def look(host: str, port: int, paths: Sequence[str], viewers: int, every: float, seconds: float) -> Served:
    """Let `viewers` look for that many seconds, viewer n at path n (modulo), each asking once per `every`."""
    pool: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(min(CONNECTIONS, viewers)):
        pool.put_nowait(_Connection(host, port))
    until = time.monotonic() + seconds
    runs = [_viewer(pool, paths[number % len(paths)], every, until) for number in range(viewers)]
    results = [result for results in await asyncio.gather(*runs) for result in results]
    good = [result for result in results if result is not None]
    return Served(tuple(ms for ms, _ in good), sum(size for _, size in good), len(results) - len(good))


async def _viewer(
    pool: asyncio.Queue[_Connection], path: str, every: float, until: float
) -> list[tuple[float, int] | None]:
    results: list[tuple[float, int] | None] = []
    due = time.monotonic() + random.uniform(0, min(every, until - time.monotonic()))
    while due < until:
        await asyncio.sleep(due - time.monotonic())
        begun = time.perf_counter()  # a viewer waits for a free connection as well
        connection = await pool.get()
        size = await connection.get(path)
        pool.put_nowait(connection)
        results.append(None if size is None else ((time.perf_counter() - begun) * 1000, size))
        due += every
    return results


class _Connection:
    """One kept-open HTTP/1.1 connection, as plain as can be: the client must not be what is measured."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> int | None:
        """Bytes of the body of a 200, None for anything else; tried twice, since a server may close an idle one."""
        for _ in range(2):
            try:
                return await self._get(path)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                self._streams = None
        return None

    async def _get(self, path: str) -> int | None:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: br\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        size = int(head.split("content-length:")[1].split("\r\n")[0])
        await reader.readexactly(size)
        if "connection: close" in head:
            writer.close()
            self._streams = None
        return size if head.startswith("http/1.1 200") else None
