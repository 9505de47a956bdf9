"""The shared tier: flask-caching's back-ends, holding plain bytes.

flask-caching pickles by default, and whoever can write to a shared store could then run code in every worker.
Here only bytes go in and only bytes come out.
"""

from __future__ import annotations

import logging
import os
import struct
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol, TypeVar

from flask_caching.backends import FileSystemCache, NullCache, RedisCache, SimpleCache

from queries.core.errors import InvalidInput
from queries.core.redact import redact

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)
_MEMORY_ENTRIES: Final = 4_096
_FILES: Final = 20_000


class Store(Protocol):
    """Bytes under keys, each for a limited time; losing them costs a query, never an answer."""

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The value of each key, None where there is none or the store fails."""
        ...

    def set_many(self, values: Mapping[str, bytes], seconds: int) -> None:
        """Keep the values for that long; a failing store is logged and ignored."""
        ...


class BytesSerializer:
    """What cachelib asks of a serializer, for bytes and for the file count that its file system back-end keeps."""

    def dumps(self, value: bytes | int) -> bytes:
        """Bytes as they are, behind a mark."""
        return b"#%d" % value if isinstance(value, int) else b"=" + value

    def loads(self, data: bytes | None) -> bytes | int | None:
        """The value again; None for what this class did not write."""
        if data is None or data[:1] not in (b"=", b"#"):
            return None
        return data[1:] if data[:1] == b"=" else int(data[1:])

    def dump(self, value: bytes | int, file: Any) -> None:
        """`dumps` into a file."""
        file.write(self.dumps(value))

    def load(self, file: Any) -> bytes | int | None:
        """`loads` from a file."""
        return self.loads(file.read())


class Folder(FileSystemCache):
    """flask-caching's files, but a write that fails raises OSError once and leaves no file behind.

    The original logs a traceback for every key and keeps what it had begun to write: on a full disk, for ever.
    """

    def set(self, key: str, value: Any, timeout: Any = None, mgmt_element: bool = False) -> bool:
        """Keep a value; `timeout` in seconds. Raises OSError."""
        if not mgmt_element:
            self._prune()
        path = self._get_filename(key)
        is_new = not os.path.exists(path)
        handle, temporary = tempfile.mkstemp(suffix=self._fs_transaction_suffix, dir=self._path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(struct.pack("I", 0 if mgmt_element else self._normalize_timeout(timeout)))
                self.serializer.dump(value, file)
            os.chmod(temporary, self._mode or 0o600)
            os.replace(temporary, path)
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        if is_new and not mgmt_element:
            self._update_count(delta=1)
        return True


class FlaskCachingStore:
    """A flask-caching back-end that is allowed to fail; after a failure it is left alone for `rest` seconds.

    A failure is logged once in `quiet` seconds.
    """

    def __init__(
        self, backend: Any, rest: float = 2.0, clock: Callable[[], float] = time.monotonic, quiet: float = 60.0
    ) -> None:
        self._backend = backend
        self._backend.serializer = BytesSerializer()
        self._rest = rest
        self._clock = clock
        self._rests_until = float("-inf")
        self._quiet = quiet
        self._quiet_until = float("-inf")
        self.errors = 0

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The value of each key, None where there is none or the store fails."""
        values = self._guarded(lambda: list(self._backend.get_many(*keys)), [None] * len(keys)) if keys else []
        return [value if isinstance(value, bytes) else None for value in values]

    def set_many(self, values: Mapping[str, bytes], seconds: int) -> None:
        """Keep the values for that long; a failing store is logged and ignored."""
        if values:
            self._guarded(lambda: self._backend.set_many(dict(values), timeout=seconds), None)

    def _guarded(self, act: Callable[[], T], fallback: T) -> T:
        if self._clock() < self._rests_until:
            return fallback
        try:
            return act()
        except Exception as error:  # each back-end has errors of its own, and none of them may reach a viewer
            self.errors += 1
            now = self._clock()
            self._rests_until = now + self._rest
            if now >= self._quiet_until:
                self._quiet_until = now + self._quiet
                _LOG.warning("shared cache: %s (%d failures so far)", redact(str(error)), self.errors)
            return fallback


def open_store(address: str, prefix: str = "cad:") -> FlaskCachingStore:
    """The store at `redis://…`, `rediss://…`, `file:///folder`, `memory:` or `none:`. Raises InvalidInput."""
    scheme, _, rest = address.partition(":")
    if scheme in ("redis", "rediss"):
        return FlaskCachingStore(RedisCache(host=redis_client(address), key_prefix=prefix))
    if scheme == "file":
        return FlaskCachingStore(Folder(f"{rest.removeprefix('//')}/entries", threshold=_FILES, mode=0o600))
    if scheme == "memory":
        return FlaskCachingStore(SimpleCache(threshold=_MEMORY_ENTRIES))
    if scheme in ("none", ""):
        return FlaskCachingStore(NullCache())
    name = redact(address)[:40]
    raise InvalidInput("cache", f"“{name}” is not a cache.", "Write redis://…, file:///folder, memory: or none:.")


def redis_client(address: str) -> Any:
    """A Redis client that gives up quickly: a slow cache must not be slower than no cache."""
    import redis

    return redis.Redis.from_url(
        address, socket_timeout=0.25, socket_connect_timeout=0.25, health_check_interval=15, retry=None
    )
