"""One backend with an HTTP API: its credentials, its limits, and its failures as typed errors.

Everything that is asked of Prometheus or Alertmanager goes through here.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError

from queries.core.deadline import Deadline
from queries.core.errors import (
    AccessDenied,
    AnswerMalformed,
    Busy,
    LimitExceeded,
    QueryError,
    QueryRejected,
    SourceUnavailable,
)
from queries.core.redact import Endpoint, split_credentials
from queries.core.transport import MAX_BYTES, AnswerTooLarge, BoundedSession, UnknownEncoding

# Longer queries go by POST: proxies cut addresses off at 4 to 8 kB.
_LONG: Final = 2_000
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
# Codes whose body says in the API's own words what is wrong.
EXPLAINED: Final = (400, 422)


@dataclass(frozen=True)
class Connection:
    """How to reach a backend; user and password may also stand in the address."""

    name: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer_token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""  # a CA of one's own; empty: the system's
    connections: int = 16  # as many as may ask at once; more would queue in the backend
    max_bytes: int = MAX_BYTES

    @property
    def endpoint(self) -> Endpoint:
        """The address without user information; user and password, of which those given apart from it go first."""
        written = split_credentials(self.url)
        url = written.url.rstrip("/")
        return Endpoint(url, self.username or written.user, self.password or written.password)


@dataclass(frozen=True)
class Reply:
    """A body with status 200 or one of EXPLAINED. `as_of` is the backend's clock in epoch seconds."""

    body: bytes
    as_of: float
    status: int = 200


class HttpApi:
    """Asks one backend; safe to share between threads."""

    def __init__(self, connection: Connection) -> None:
        self.name = connection.name
        self.url = connection.endpoint.url
        self.session = _session(connection)
        # Seconds that the backend's clock is ahead of this machine's, by its last answer; 0 as far as can be told.
        self.clock_skew = 0.0

    def ask(
        self, path: str, parameters: Mapping[str, str], deadline: Deadline, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """What the address answers before the deadline. Raises QueryError for everything else."""
        if deadline.passed:
            raise SourceUnavailable(self.name, f"Not enough time left to query {self.name}.")
        sent = time.time()
        response = self._sent(path, parameters, deadline, headers)
        if isinstance(response, QueryError):
            raise response  # here, outside of the handler: the context would hold what was read of the answer
        self.clock_skew = _skew(_server_time(response), sent, time.time())
        if response.status_code != 200 and response.status_code not in EXPLAINED:
            raise self._refusal(response)
        return Reply(response.content, _server_time(response), response.status_code)

    def write(self, method: str, path: str, content: object, deadline: Deadline) -> Reply:
        """What a request with a JSON body is answered. Raises QueryError, also for what the backend refuses."""
        try:
            response = self.session.request(method, self.url + path, json=content, timeout=deadline)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self.failure(error) from None
        if response.status_code in EXPLAINED or response.status_code == 404:
            words = response.content[:300].decode(errors="replace").strip()
            raise QueryRejected(f"{self.name} refused the change: {words}", words)
        if response.status_code != 200:
            raise self._refusal(response)
        return Reply(response.content, _server_time(response), response.status_code)

    def close(self) -> None:
        """Close its connections."""
        self.session.close()

    def failure(self, error: Exception) -> QueryError:
        """An exception of the connection as a typed error."""
        if isinstance(error, AnswerTooLarge):
            return LimitExceeded(str(error), "Choose a shorter range or fewer series.")
        if isinstance(error, UnknownEncoding):
            return AnswerMalformed(self.name, f"{self.name}: {error}", "Check any proxy in front of it.")
        if isinstance(error, (requests.Timeout, TimeoutError)):
            return SourceUnavailable(self.name, f"{self.name} did not answer in time.")
        if isinstance(error, requests.exceptions.SSLError):
            return self._untrusted(error)
        if isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
            return AnswerMalformed(self.name, f"The response from {self.name} was cut off.")
        if _is_unresolved(error):
            host = urlsplit(self.url).hostname
            return SourceUnavailable(
                self.name, f"{self.name}: the host name “{host}” cannot be resolved.", "Check the address."
            )
        return SourceUnavailable(self.name, f"{self.name} cannot be reached at {self.url}.", "Is it running?")

    def _sent(
        self, path: str, parameters: Mapping[str, str], deadline: Deadline, headers: Mapping[str, str] | None
    ) -> requests.Response | QueryError:
        try:
            return self._send(path, parameters, deadline, headers)
        except (requests.RequestException, HTTPError, OSError) as error:
            return self.failure(error)

    def _send(
        self, path: str, parameters: Mapping[str, str], deadline: Deadline, headers: Mapping[str, str] | None
    ) -> requests.Response:
        # Label values exist with GET only: POST is answered with 405.
        post = sum(map(len, parameters.values())) > _LONG and not path.startswith("/api/v1/label/")
        return self.session.request(
            "POST" if post else "GET",
            self.url + path,
            params=None if post else parameters,
            data=parameters if post else None,
            headers=headers,
            timeout=deadline,
        )

    def _refusal(self, response: requests.Response) -> QueryError:
        code = response.status_code
        if code in (401, 403):
            return AccessDenied(
                self.name,
                f"{self.name} did not accept the credentials ({code}).",
                "Check the credentials in the settings.",
            )
        if code == 429 or code >= 500:
            return Busy(self.name, f"{self.name} is busy or failing ({code}).", _retry_after(response))
        if 300 <= code < 400:
            return AnswerMalformed(
                self.name,
                f"{self.name} redirects to another page ({code}), perhaps a sign-in page.",
                "Check the address and the credentials in the settings.",
            )
        return AnswerMalformed(self.name, f"{self.name} answered with status {code}.", "Check its address.")

    def _untrusted(self, error: Exception) -> QueryError:
        reason = _tls_reason(error)
        return SourceUnavailable(
            self.name, f"{self.name} at {self.url}: the TLS connection failed ({reason}).", _tls_hint(reason)
        )


def _session(connection: Connection) -> BoundedSession:
    session = BoundedSession(connection.connections, connection.max_bytes)
    session.headers.update(connection.headers)
    host = urlsplit(connection.url).hostname
    # Compression costs the backend more than a loopback connection. Without the header requests would ask for more
    # encodings than are understood here.
    session.headers["Accept-Encoding"] = "identity" if host in _LOOPBACK else "gzip"
    if connection.bearer_token:
        session.headers["Authorization"] = f"Bearer {connection.bearer_token}"
    else:
        endpoint = connection.endpoint
        session.auth = (endpoint.user, endpoint.password) if endpoint.user else None
    if connection.ca_file:
        session.verify = connection.ca_file
    return session


def _server_time(response: requests.Response) -> float:
    try:
        return parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return time.time()


def _skew(stamp: float, sent: float, received: float) -> float:
    """How far a stamp, which is in whole seconds, lies outside of the time in which it can have been made."""
    return max(0.0, stamp - received) or min(0.0, stamp + 1 - sent)


def _retry_after(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(float(text), 60.0) if text.isdecimal() and len(text) < 6 else 0.0


def _is_unresolved(error: Exception) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NameResolutionError)


def _tls_reason(error: BaseException) -> str:
    """OpenSSL's own words, from whatever the libraries wrapped round them."""
    cause: object = error
    for _ in range(5):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return str(cause.reason or cause).replace("_", " ").lower()
        arguments = getattr(cause, "args", ())
        cause = getattr(cause, "reason", None) or (arguments[0] if arguments else None)
    return str(error)[:120]


def _tls_hint(reason: str) -> str:
    if "wrong version" in reason or "http request" in reason:
        return "The server speaks plain HTTP at this port: write http:// in the address."
    if "certificate" in reason or "issuer" in reason:
        return "Name the certificate authority in the CA file setting, or renew the certificate."
    if "mismatch" in reason.lower():
        return "Use the host name that the certificate names."
    return "Check the address and the certificate."
