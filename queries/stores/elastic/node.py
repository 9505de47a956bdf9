"""The Elasticsearch client's connection with a limit on bytes, and a time-out that holds for the whole answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import urllib3
from elastic_transport import NodeConfig, Urllib3HttpNode

from queries.core.transport import CONNECT_SECONDS, MAX_BYTES, TimedHTTPConnection, TimedHTTPSConnection, read_body

_DEFAULT_SECONDS: Final = 10.0


@dataclass(frozen=True)
class _ReadResponse:
    """What the client's node looks at."""

    status: int
    headers: Any
    data: bytes


class _BoundedPool:
    """A connection pool that reads every answer whole, within `most` bytes."""

    def __init__(self, pool: urllib3.HTTPConnectionPool, most: int) -> None:
        self._pool, self._most = pool, most
        secure = isinstance(pool, urllib3.HTTPSConnectionPool)
        pool.ConnectionCls = TimedHTTPSConnection if secure else TimedHTTPConnection

    def urlopen(self, method: str, target: str, timeout: float = _DEFAULT_SECONDS, **options: Any) -> _ReadResponse:
        """The answer; `timeout` is in seconds for all of it."""
        limit = urllib3.Timeout(total=timeout, connect=min(timeout, CONNECT_SECONDS), read=timeout)
        waiting: Any = {"pool_timeout": timeout}  # as long for a connection; its annotation knows whole seconds only
        response = self._pool.urlopen(method, target, timeout=limit, preload_content=False, **waiting, **options)
        try:
            return _ReadResponse(response.status, response.headers, read_body(response, self._most))
        finally:
            response.close()  # a connection that was read to its end has gone back to the pool by now
            response.release_conn()  # a closed one still has its place there: without it, eight such answers block all

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class BoundedNode(Urllib3HttpNode):
    """A node whose answers are bounded."""

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self.pool: Any = _BoundedPool(self.pool, MAX_BYTES)
