"""The faults of `bench.faults`: of a backend, of the server, of its clients and of the disk."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.fault_proxy import FaultProxy
from bench.fault_servers import App
from bench.fault_viewers import PageCheck


@dataclass(frozen=True)
class Fault:
    """A fault by name: `begin` breaks something and returns what ends it; `look` sees whether all is well."""

    name: str
    begin: Callable[[], Callable[[], None]]
    look: Callable[[], PageCheck]


def backend_faults(
    name: str, proxy: FaultProxy, faults: Sequence[str], look: Callable[[], PageCheck]
) -> Iterator[Fault]:
    for fault in faults:

        def begin(fault: str = fault) -> Callable[[], None]:
            proxy.begin(fault)
            return proxy.end

        yield Fault(f"{name} {fault}", begin, look)


def server_faults(app: App, look: Callable[[], PageCheck]) -> Iterator[Fault]:
    def kill() -> Callable[[], None]:
        os.kill(app.worker, signal.SIGKILL)
        return lambda: None

    def reload() -> Callable[[], None]:
        os.kill(app.master, signal.SIGHUP)
        return lambda: None

    def restart() -> Callable[[], None]:
        app.stop()
        app.start()
        return lambda: None

    yield Fault("server: worker killed", kill, look)
    yield Fault("server: HUP", reload, look)
    yield Fault("server: TERM, started again", restart, look)


def client_faults(app: App, logs: str, look: Callable[[], PageCheck]) -> Iterator[Fault]:
    address = ("127.0.0.1", app.port)
    half = b"GET /overview HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
    export = f"GET /api/logs/export.ndjson?{logs} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    yield Fault("clients: silent connections", lambda: _open(address, 1_010, b""), look)
    yield Fault("clients: half-sent requests", lambda: _open(address, 500, half), look)
    yield Fault("clients: slow readers", lambda: _open(address, 20, export), look)
    yield Fault("clients: bodies of 400 MB", lambda: _bodies(address, 8), look)


def _open(address: tuple[str, int], count: int, text: bytes) -> Callable[[], None]:
    """Connections that send `text` and neither end their request nor read an answer."""
    sockets: list[socket.socket] = []
    for _ in range(count):
        with suppress(OSError):
            connection = socket.create_connection(address, timeout=1)
            connection.sendall(text)
            sockets.append(connection)

    def close() -> None:
        for connection in sockets:
            connection.close()

    return close


def _bodies(address: tuple[str, int], count: int) -> Callable[[], None]:
    stopped = threading.Event()

    def send() -> None:
        with suppress(OSError), socket.create_connection(address, timeout=5) as connection:
            size = 400 * 2**20
            connection.sendall(b"POST /api/logs/tail HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % size)
            block = b"x" * 2**20
            for _ in range(400):
                if stopped.is_set():
                    return
                connection.sendall(block)

    for _ in range(count):
        threading.Thread(target=send, daemon=True).start()
    return stopped.set


def fill(disk: Path) -> Callable[[], None]:
    """Leave no byte free; returns what makes room again."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 65_536) == 65_536:
            pass
    return ballast.unlink
