"""Which backend is asked, and as whom: what one of them answers must never be shown for another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import msgspec

from queries.core.redact import Endpoint
from queries.metrics.prometheus.http_api import Connection

_BYTES: Final = 16
# Each guess at a credential costs 16 MiB and some 50 ms: whoever reads the keys of a shared store cannot try a list.
_COST: Final = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 2**20}
_PORTS: Final = {"http": 80, "https": 443}


def backend_identity(connection: Connection) -> str:
    """A name for one address, asked with one set of credentials and headers.

    It is the same in every process, differs where any of them differs, and does not reveal the credentials.
    """
    endpoint = connection.endpoint
    address = _canonical(endpoint.url)
    return _digest((address, _credentials(connection, endpoint, address)))


def joint_identity(identities: Iterable[str]) -> str:
    """One name for several backends."""
    return _digest(sorted(identities))


def _credentials(connection: Connection, endpoint: Endpoint, address: str) -> str:
    headers = sorted((name.lower(), value) for name, value in connection.headers.items())
    secrets = (connection.bearer_token, endpoint.user, endpoint.password, headers, urlsplit(endpoint.url).query)
    if not any(secrets):
        return ""
    return hashlib.scrypt(_encoded(secrets), salt=address.encode(), dklen=_BYTES, **_COST).hex()


def _canonical(url: str) -> str:
    """The address in one spelling: case of scheme and host, default ports and a last slash make no difference."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 0)
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}"


def _digest(content: object) -> str:
    return hashlib.blake2b(_encoded(content), digest_size=_BYTES).hexdigest()


def _encoded(content: object) -> bytes:
    """Unambiguous bytes: no separator that a part could contain."""
    return msgspec.json.encode(content)
