"""Requests to push services. Their addresses come from browsers, so anything may be in them.

Only https is used, and only addresses of the public internet, unless the operator names a host. The name is resolved
once, and the connection goes to the address that was checked: a second look-up could give another one.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3

from queries.core.errors import InvalidInput
from queries.core.transport import TimedHTTPSConnection

LONGEST: Final = 1_000  # characters; the services in use give 150 to 600
SECONDS: Final = 5.0
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_FIELD: Final = "endpoint"
Resolve = Callable[..., list[Any]]


class PushFailed(Exception):
    """The service cannot be asked; the message says why, without the address."""


@dataclass(frozen=True)
class Endpoint:
    """The address of a subscription, in its parts. `origin` is what a token is made for."""

    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host with its port, unless that is the usual one."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return f"https://{self.authority}"


class _Pool(urllib3.HTTPSConnectionPool):
    ConnectionCls = TimedHTTPSConnection


@dataclass(frozen=True)
class PushServices:
    """`private_hosts` may have any address. `ca_file` has authorities for them, in place of the system's."""

    private_hosts: tuple[str, ...] = ()
    ca_file: Path | None = None
    resolve: Resolve = socket.getaddrinfo

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status that the service answers within some seconds. Raises InvalidInput, PushFailed."""
        endpoint = endpoint_of(address)
        with _Pool(
            self.usable_address(endpoint),
            endpoint.port,
            server_hostname=endpoint.host,
            assert_hostname=endpoint.host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(self.ca_file) if self.ca_file else None,
        ) as pool:
            try:
                answer = pool.urlopen(
                    "POST",
                    endpoint.target,
                    body,
                    {"Host": endpoint.authority, **headers},
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    timeout=urllib3.Timeout(total=SECONDS),
                    preload_content=False,
                )
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                raise PushFailed(f"{endpoint.host} cannot be reached ({type(error).__name__})") from None
            answer.close()  # the body says nothing that is needed
            return answer.status

    def usable_address(self, endpoint: Endpoint) -> str:
        """An address of the host that may be connected to. Raises InvalidInput, PushFailed."""
        try:
            rows = self.resolve(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise PushFailed(f"the name {endpoint.host} cannot be resolved") from None
        addresses = [str(row[4][0]) for row in rows]
        if endpoint.host not in self.private_hosts and not (addresses and all(map(is_public, addresses))):
            raise InvalidInput(
                _FIELD,
                f"{endpoint.host} is not a public push service.",
                "The operator can name a service of the own network in CODEAGENT_PUSH_HOSTS.",
            )
        return addresses[0]


def endpoint_of(address: str) -> Endpoint:
    """An address in its parts. Raises InvalidInput unless it is one of https that a push service may have."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port or 443
    except ValueError:
        host, port, parts = "", 0, urlsplit("")
    is_plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    if parts.scheme != "https" or not host or "@" in parts.netloc or not is_plain or len(address) > LONGEST:
        raise InvalidInput(_FIELD, f"A push service has an address with https:// of at most {LONGEST:,} characters.")
    return Endpoint(host, port, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")


def is_public(text: str) -> bool:
    """Whether an IP address belongs to the public internet, also inside of one that carries it."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            address = carried
    return address.is_global and not address.is_multicast
