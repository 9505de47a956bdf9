"""Leases: the right to do something alone, among threads, processes or machines, that a dead holder loses."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from queries.metrics.cache.backends import redis_client

Release = Callable[[], None]

_DAY: Final = 86_400
_REST: Final = 2.0  # seconds without Redis after an error: its time-outs must not slow every query down
# Delete or prolong only what is still ours.
_RELEASE: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
_RENEW: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
)


class Leases(Protocol):
    """Grants leases by name."""

    def acquire(self, name: str) -> Release | None:
        """The function that gives the lease back, or None when somebody else holds it."""
        ...


class NoLeases:
    """For a process of its own: everything is granted."""

    def acquire(self, name: str) -> Release | None:  # noqa: ARG002  part of the protocol
        """Always granted."""
        return _nothing


class FileLeases:
    """For processes of one machine: locked files, which the kernel unlocks when their holder dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._tidy()

    def acquire(self, name: str) -> Release | None:
        """Granted to one process at a time; also when the folder cannot be written."""
        path = self._folder / f"{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}.lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return _nothing
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        os.utime(handle)
        return lambda: os.close(handle)

    def _tidy(self) -> None:
        """One file a name is left behind; those of yesterday's names go."""
        for path in self._folder.glob("*.lock"):
            try:
                if path.stat().st_mtime < time.time() - _DAY:
                    path.unlink()
            except OSError:  # another worker was faster
                continue


class RedisLeases:
    """For replicas: keys that expire. A thread prolongs those held: a slow holder keeps its lease, a dead one not."""

    def __init__(self, client: Any, seconds: float, prefix: str = "cad:lease:") -> None:
        self._client = client
        self._milliseconds = max(1, int(seconds * 1000))
        self._prefix = prefix
        self._rests_until = float("-inf")
        self._held: dict[str, str] = {}
        self._lock = threading.Lock()
        self._keeper: threading.Thread | None = None
        self._wake = threading.Event()

    def acquire(self, name: str) -> Release | None:
        """Granted to one at a time; to everybody while Redis is away, since working twice beats not working."""
        if time.monotonic() < self._rests_until:
            return _nothing
        key, token = self._prefix + name, secrets.token_hex(8)
        try:
            if not self._client.set(key, token, nx=True, px=self._milliseconds):
                return None
        except Exception:  # the client's errors are many; none may stop a query
            self._rests_until = time.monotonic() + _REST
            return _nothing
        with self._lock:
            self._held[key] = token
            self._keep()
        return lambda: self._release(key, token)

    def _release(self, key: str, token: str) -> None:
        with self._lock:
            self._held.pop(key, None)
            if not self._held:
                self._wake.set()
        try:
            self._client.eval(_RELEASE, 1, key, token)
        except Exception:  # it expires by itself
            return

    def _keep(self) -> None:
        if self._keeper is None or not self._keeper.is_alive():
            self._wake.clear()
            self._keeper = threading.Thread(target=self._renew_while_held, name="lease-keeper", daemon=True)
            self._keeper.start()

    def _renew_while_held(self) -> None:
        while True:
            self._wake.wait(self._milliseconds / 3_000)
            with self._lock:
                self._wake.clear()
                held = dict(self._held)
                if not held:
                    self._keeper = None
                    return
            for key, token in held.items():
                try:
                    self._client.eval(_RENEW, 1, key, token, self._milliseconds)
                except Exception:  # not prolonged: others may then work too
                    break


def open_leases(address: str, seconds: float) -> Leases:
    """Leases that fit the shared tier at `address`, see `queries.metrics.cache.backends.open_store`."""
    scheme, _, rest = address.partition(":")
    if scheme in ("redis", "rediss"):
        return RedisLeases(redis_client(address), seconds)
    if scheme == "file":
        return FileLeases(Path(rest.removeprefix("//")) / "leases")
    return NoLeases()


def _nothing() -> None:
    return None
