"""The few calls that telemetry makes to Elasticsearch, without a client library in the instrumented service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import orjson
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})


class Unreachable(OSError):
    """The cluster did not answer, or said that it cannot take anything now. Worth another try later."""


class Refused(ValueError):
    """The cluster understood and will not do it: rights, a bad mapping, an unknown path. `status` is HTTP's."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Cluster:
    """An address such as `http://elasticsearch:9200`, with user and password in it or an API key beside it."""

    url: str
    api_key: str = field(default="", repr=False)
    timeout: float = 5.0

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call with a JSON body (bytes are sent as NDJSON); the decoded answer.

        Unreachable when trying again may help, Refused when not.
        """
        raw = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        headers = {**self._headers, "Content-Type": NDJSON if isinstance(body, bytes) else JSON}
        try:
            answer = self._pool.request(method, self._base + path, body=raw, headers=headers, retries=False)
        except HTTPError as error:
            raise Unreachable(f"{type(error).__name__} at {self._base}") from error
        if answer.status in BUSY:
            raise Unreachable(f"{self._base} answered {answer.status}.")
        if answer.status >= 400:
            raise Refused(f"{method} {path} was answered with {answer.status}: {_reason(answer.data)}", answer.status)
        try:
            return orjson.loads(answer.data or b"{}")
        except ValueError as error:  # a proxy's page in front of the cluster
            raise Unreachable(f"{self._base} answered something that is not JSON.") from error

    @cached_property
    def _base(self) -> str:
        url = parse_url(self.url)
        if not url.host or url.scheme not in ("http", "https"):
            raise ValueError("The address of Elasticsearch must look like http://host:9200.")
        return f"{url.scheme}://{url.netloc}{(url.path or '').rstrip('/')}"

    @cached_property
    def _headers(self) -> Mapping[str, str]:
        headers = {"Accept": JSON}
        auth = parse_url(self.url).auth
        if self.api_key:
            headers["Authorization"] = f"ApiKey {self.api_key}"
        elif auth:
            headers |= urllib3.make_headers(basic_auth=auth)
        return headers

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(
            maxsize=2, timeout=urllib3.Timeout(connect=min(2.0, self.timeout), read=self.timeout)
        )


def _reason(body: bytes) -> str:
    try:
        error_ = orjson.loads(body)["error"]
        return str(error_.get("reason", error_) if isinstance(error_, dict) else error_)[:300]
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")
