"""What viewers feel while hostile or slow clients hold connections.

    python -m bench.slow_clients [--quick] [--url URL]

Waves, one after the other, each held for some seconds: 500 slow clients (half-sent heads, half-sent bodies, idle kept
connections, silent connections and readers who take a kilobyte a second, 100 of each), 1,010 idle connections, and
four bodies of 400 MB at once. Meanwhile ten viewers ask for a board's list on new connections and a probe asks
`/health/live`, twice a second each. `p99_ms` and `failed` are theirs over all waves; unanswered within 5 s is failed.
With `--url` a running server is asked instead of one started for the run, whatever its kind.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.common import arguments, finish, free_port, say, wait_ready

PATIENCE = 5.0  # seconds
EVERY = 0.5
HUGE = 400 * 2**20
Client = Callable[[str, int, str], Coroutine[Any, Any, None]]


@dataclass
class Felt:
    """Milliseconds of every answered request of the viewers and the probe, and how many were not answered."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0

    def percentile(self, share: float) -> float:
        """nan without an answer."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def half_head(host: str, port: int, _large: str) -> None:
    """A byte of a header every two seconds."""
    _, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /api/boards HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    await _drip(writer)


async def half_body(host: str, port: int, _large: str) -> None:
    """A byte of a body every two seconds."""
    _, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST /api/logs/tail HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
    await _drip(writer)


async def idle(host: str, port: int, _large: str) -> None:
    """One request, then nothing."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(3_600)


async def silent(host: str, port: int, _large: str) -> None:
    """Nothing at all."""
    await asyncio.open_connection(host, port)
    await asyncio.sleep(3_600)


async def slow_reader(host: str, port: int, large: str) -> None:
    """A megabyte of a script, a kilobyte a second."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (host, port))
    await loop.sock_sendall(sock, f"GET {large} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    while await loop.sock_recv(sock, 1_024):
        await asyncio.sleep(1)


async def huge_body(host: str, port: int, _large: str) -> None:
    """400 MB as fast as the server takes them."""
    _, writer = await asyncio.open_connection(host, port)
    writer.write(f"POST /api/logs/tail HTTP/1.1\r\nHost: localhost\r\nContent-Length: {HUGE}\r\n\r\n".encode())
    piece = bytes(2**18)
    for _ in range(HUGE // len(piece)):
        writer.write(piece)
        await writer.drain()
    await asyncio.sleep(3_600)


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(2)


WAVES: tuple[tuple[str, tuple[tuple[Client, int], ...]], ...] = (
    ("nobody else", ()),
    ("100 half-sent heads", ((half_head, 100),)),
    ("100 half-sent bodies", ((half_body, 100),)),
    ("100 readers of 1 kB/s", ((slow_reader, 100),)),
    ("500 slow clients", tuple((kind, 100) for kind in (half_head, half_body, idle, silent, slow_reader))),
    ("1,010 idle connections", ((idle, 505), (silent, 505))),
    ("4 bodies of 400 MB", ((huge_body, 4),)),
)


async def wave(host: str, port: int, large: str, clients: tuple[tuple[Client, int], ...], seconds: float) -> Felt:
    """What is felt while these clients are there."""
    tasks = [asyncio.create_task(_quiet(kind(host, port, large))) for kind, number in clients for _ in range(number)]
    await asyncio.sleep(1)
    felt, until = Felt(), time.monotonic() + seconds
    paths = ["/health/live"] + 10 * ["/api/boards"]
    await asyncio.gather(*(_viewer(host, port, path, until, felt) for path in paths))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return felt


async def _quiet(client: Coroutine[Any, Any, None]) -> None:
    with suppress(OSError, EOFError):  # the server may end it: that is its right
        await client


async def _viewer(host: str, port: int, path: str, until: float, felt: Felt) -> None:
    while time.monotonic() < until:
        began = time.perf_counter()
        try:
            status = await asyncio.wait_for(_status_line(host, port, path), PATIENCE)
        except (OSError, EOFError, TimeoutError):
            status = b""
        if status.startswith(b"HTTP/1.1 200"):
            felt.milliseconds.append((time.perf_counter() - began) * 1000)
        else:
            felt.failed += 1
        await asyncio.sleep(EVERY)


async def _status_line(host: str, port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return await reader.readuntil(b"\r\n")
    finally:
        writer.close()


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """The app with no backend: address and process id of gunicorn, ended afterwards."""
    port = free_port()
    environ = {**os.environ, "CODEAGENT_PROMETHEUS_URL": "http://127.0.0.1:9", "CODEAGENT_PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app.main:server"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_ready(f"http://127.0.0.1:{port}/health/live")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def largest_memory(pid: int) -> float:
    """The most memory that a child of the process ever held, MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    texts = (Path(f"/proc/{child}/status").read_text() for child in children)
    return max((int(match[1]) / 1024 for text in texts if (match := re.search(r"VmHWM:\s*(\d+)", text))), default=0.0)


def run(url: str, pid: int, seconds: float) -> None:
    """All waves, a line each."""
    address = urlsplit(url)
    host, port, every = str(address.hostname), int(address.port or 80), Felt()
    large = "/_dash-component-suites/dash/dcc/async-graph.js"
    page = asyncio.run(_page(host, port))
    if match := re.search(r'content="(/static/plotly[^"]+)"', page):
        large = match[1]
    say("others                    answered  failed   p50 ms   p99 ms   longest ms")
    for name, clients in WAVES:
        felt = asyncio.run(wave(host, port, large, clients, seconds))
        p50, p99, most = (felt.percentile(share) for share in (0.5, 0.99, 1.0))
        say(f"{name:25} {len(felt.milliseconds):8} {felt.failed:7} {p50:8.1f} {p99:8.1f} {most:12.1f}")
        every.milliseconds += felt.milliseconds
        every.failed += felt.failed
    memory = largest_memory(pid) if pid else 0.0
    finish(failed=every.failed, p99_ms=every.percentile(0.99), longest_ms=every.percentile(1.0), worker_mb=memory)


async def _page(host: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /overview HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return (await reader.read()).decode(errors="replace")


def main() -> None:
    """Against a server of our own, or a running one."""
    options = arguments(__doc__)
    seconds = 4.0 if options.quick else 15.0
    if options.url:
        run(options.url, 0, seconds)
        return
    with served() as (url, pid):
        run(url, pid, seconds)


if __name__ == "__main__":
    main()
