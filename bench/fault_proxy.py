"""A TCP proxy between the app and a backend that misbehaves on demand."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable
from typing import Final

from bench.common import free_port

HTTP_FAULTS: Final = (
    "stopped",
    "paused",
    "slow",
    "dripping",
    "reset",
    "half-open",
    "garbage",
    "429",
    "500",
    "huge",
    "bomb",
)
TCP_FAULTS: Final = ("stopped", "paused", "slow", "dripping", "reset", "half-open", "garbage")
_SLOW_SECONDS: Final = 2.0
_DRIP_SECONDS: Final = 0.5
_HUGE_BYTES: Final = 200 * 2**20
_CHUNK: Final = 65_536


class FaultProxy:
    """Forwards a port of its own to `upstream`; `fault` is one of the faults above, or empty.

    It runs an event loop in a thread of its own.
    """

    def __init__(self, upstream: int) -> None:
        self.port, self._upstream = free_port(), upstream
        self.fault = ""
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._thread.start()
        self._run(self._listen())

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self, fault: str) -> None:
        """Misbehave from now on; connections that are open see it too."""
        self._run(self._begin(fault))

    def end(self) -> None:
        """Forward again. What was broken stays broken: open connections are reset."""
        self._run(self._begin(""))

    def close(self) -> None:
        """Stop listening."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    async def _begin(self, fault: str) -> None:
        self.fault = fault
        if fault not in ("paused", "slow", "dripping", "half-open"):
            for writer in list(self._writers):
                writer.transport.abort()
        if fault == "stopped":
            await self._stop()
        elif self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=2**20)

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _end(self) -> None:
        """Stop, and let go of every connection."""
        await self._stop()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            speak = self._speaker()
            await (speak(reader, writer) if speak else self._forward(reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # a server's tasks may not end cancelled: its own callback would raise
        finally:
            writer.close()
            self._writers.discard(writer)

    def _speaker(self) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None:
        """What answers in the backend's place, where the fault is one of the answer."""
        return {
            "reset": _reset,
            "garbage": _garbage,
            "429": _status(b"429 Too Many Requests"),
            "500": _status(b"500 Internal Server Error"),
            "huge": _huge,
            "bomb": _bomb,
        }.get(self.fault)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, to_upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._writers.add(to_upstream)
        pumps = [
            asyncio.ensure_future(self._pump(reader, to_upstream, answers=False)),
            asyncio.ensure_future(self._pump(upstream, writer, answers=True)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            to_upstream.close()
            self._writers.discard(to_upstream)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._write(data, writer, answers)
        except OSError:
            return

    async def _write(self, data: bytes, writer: asyncio.StreamWriter, answers: bool) -> None:
        fault = self.fault
        if fault == "slow" and answers:
            await asyncio.sleep(_SLOW_SECONDS)
        elif fault == "dripping" and answers:
            data = await self._drip(data, writer)
        elif fault == "half-open" and answers:
            writer.write(data[: len(data) // 2])
            await self._while_lasting(fault)
            writer.transport.abort()
            return
        elif fault == "paused":
            await self._while_lasting(fault)
        writer.write(data)
        await writer.drain()

    async def _drip(self, data: bytes, writer: asyncio.StreamWriter) -> bytes:
        """One byte after the other while the fault lasts; what is left then."""
        position = 0
        while self.fault == "dripping" and position < len(data):
            writer.write(data[position : position + 1])
            position += 1
            await asyncio.sleep(_DRIP_SECONDS)
        return data[position:]

    async def _while_lasting(self, fault: str) -> None:
        while self.fault == fault:
            await asyncio.sleep(0.05)


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(_CHUNK)
    writer.write(os.urandom(4_096))
    await writer.drain()


def _status(line: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + line + b"\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy")
        await writer.drain()

    return speak


async def _huge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A list of numbers without end, in chunks, so that nothing announces its length."""
    await reader.readuntil(b"\r\n\r\n")
    head = b'{"status":"success","data":{"resultType":"matrix","result":['
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    writer.write(b"%x\r\n%b\r\n" % (len(head), head))
    block = b"10000\r\n" + b"1," * (_CHUNK // 2) + b"\r\n"
    for _ in range(_HUGE_BYTES // _CHUNK):
        writer.write(block)
        await writer.drain()


async def _bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(_BOMB), _BOMB))
    await writer.drain()


def _compressed_gigabyte() -> bytes:
    compressor = zlib.compressobj(9, wbits=31)
    return b"".join(compressor.compress(b" " * 2**20) for _ in range(1_024)) + compressor.flush()


_BOMB: Final = _compressed_gigabyte()
