"""A source that speaks the Prometheus HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics.

prometheus-api-client holds connection, authentication, headers and metadata; queries take the same session but
read bytes, bounded in time and size, and decode them themselves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from queries import decode
from queries.deadline import Deadline
from queries.errors import AnswerMalformed, Busy, LimitExceeded, QueryError, QueryRejected, SourceUnavailable
from queries.profile import CODEAGENT, Profile
from queries.request import Request
from queries.sources import scrape
from queries.sources.base import Fetched, Target
from queries.window import Window

T = TypeVar("T")

_CHUNK: Final = 65_536
# Longer queries go by POST: proxies cut addresses off at 4 to 8 kB.
_LONG_QUERY: Final = 2_000
_INTERVAL_LIFE: Final = 60.0  # seconds; a changed configuration is noticed within a minute
_INTERVAL_RETRY: Final = 10.0  # seconds, when the backend did not say
_METADATA_SECONDS: Final = 2  # for status pages, which are short; a page is waiting
_LOOPBACK: Final = ("://127.", "://localhost", "://[::1]")


@dataclass(frozen=True)
class PrometheusSettings:
    """How to reach one Prometheus."""

    url: str = "http://127.0.0.1:9090"
    name: str = "Prometheus"
    profile: Profile = CODEAGENT
    # X-Scope-OrgID for a tenant of Mimir, for instance.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer_token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""  # a CA of one's own; empty: the system's
    connections: int = 16  # as many as may ask at once; more would queue in the backend
    job: str = ""  # the gateway's scrape job, whose interval counts; empty: the smallest of all
    scrape_interval: int = 0  # seconds; 0 asks the backend
    max_series: int = 2_000  # more lines than that no panel can show, and no browser can draw
    max_bytes: int = 64 * 2**20  # an answer of 64 MiB is a mistake in the query, not a chart


class PrometheusSource:
    """Queries and metadata of one Prometheus; safe to share between threads."""

    def __init__(self, settings: PrometheusSettings) -> None:
        self._settings = settings
        self._session = _session(settings)
        self._connect = _connect(settings, self._session)
        self._interval: tuple[int, float] = (
            settings.scrape_interval,
            float("inf") if settings.scrape_interval else 0.0,
        )
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """How it is called in messages and keys."""
        return self._settings.name

    @property
    def profile(self) -> Profile:
        """How its metrics are named."""
        return self._settings.profile

    @property
    def url(self) -> str:
        """Its address, without credentials."""
        return self._settings.url.rstrip("/")

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        """The request's expression over its window, with the time left as the backend's own time-out."""
        window = request.window
        parameters = {"query": request.expr, "timeout": f"{max(deadline.remaining, 0.1):.3f}"}
        if window.start == window.end:
            parameters["time"] = str(window.end)
            body, as_of = self._ask("/api/v1/query", parameters, deadline, request.tenant)
        else:
            parameters |= {"start": str(window.start), "end": str(window.end), "step": str(window.step)}
            body, as_of = self._ask("/api/v1/query_range", parameters, deadline, request.tenant)
        decoded = decode.frame(
            body,
            window,
            self.name,
            lambda labels: self.profile.answer_labels(labels, request.expr),
            self._settings.max_series,
        )
        return Fetched(decoded.frame, as_of, decoded.warned, len(body))

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        """Values of a canonical label within the window, sorted."""
        deployed = self.profile.labels.get(label, label)
        parameters = {"start": str(window.start), "end": str(window.end)} | ({"match[]": match} if match else {})
        body, _ = self._ask(f"/api/v1/label/{deployed}/values", parameters, deadline)
        mapped = {new: old for old, new in self.profile.values.get(label, {}).items()}
        return tuple(sorted(mapped.get(value, value) for value in decode.strings(body, self.name)))

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        """Whether any series of that deployed name had a sample in the window."""
        return bool(self.label_values("__name__", metric, window, deadline))

    def scrape_interval(self) -> int:
        """Seconds between scrapes, asked once a minute; 15 when the backend does not say.

        Only the very first call waits for the answer; later ones get what is known while a thread asks again.
        """
        with self._lock:
            known, valid_until = self._interval
            if time.monotonic() < valid_until:
                return known or scrape.DEFAULT
            self._interval = (known, time.monotonic() + _INTERVAL_RETRY)
        if not known:
            return self._learn_interval()
        threading.Thread(target=self._learn_interval, name="scrape-interval", daemon=True).start()
        return known

    def _learn_interval(self) -> int:
        found = self._ask_interval(Deadline.after(_METADATA_SECONDS))
        with self._lock:
            known = found or self._interval[0]
            self._interval = (known, time.monotonic() + (_INTERVAL_LIFE if found else _INTERVAL_RETRY))
            return known or scrape.DEFAULT

    def _ask_interval(self, deadline: Deadline) -> int:
        try:
            found = scrape.interval(self.targets(deadline), self._settings.job)
            if found:
                return found
            body, _ = self._ask("/api/v1/status/config", {}, deadline)
            return scrape.configured(decode.configuration(body, self.name))
        except QueryError:
            return 0

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """What it scrapes; empty when it does not say (Thanos, Mimir)."""
        return self._metadata(lambda: scrape.targets(self._connect), (), deadline)

    def started_at(self, deadline: Deadline) -> float:
        """When its process started; 0 when it does not say."""
        body, _ = self._ask("/api/v1/status/runtimeinfo", {}, deadline)
        text = decode.runtime_start(body, self.name)
        return datetime.fromisoformat(text).timestamp() if text else 0.0

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def _metadata(self, ask: Callable[[], T], fallback: T, deadline: Deadline) -> T:
        if deadline.passed:
            raise SourceUnavailable(self.name, f"There was no time left to ask {self.name}.")
        try:
            return ask()
        except PrometheusApiClientException:
            return fallback
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise self._unreachable(error) from None

    def _ask(
        self, path: str, parameters: Mapping[str, str], deadline: Deadline, tenant: str = ""
    ) -> tuple[bytes, float]:
        """Body and the backend's time; raises QueryError for everything but a usable body."""
        if deadline.passed:
            raise SourceUnavailable(self.name, f"There was no time left to ask {self.name}.")
        try:
            with self._send(path, parameters, deadline, tenant) as response:
                body = self._read(response, deadline)
                self._check(response, body)
                return body, _server_time(response)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._unreachable(error) from None

    def _send(self, path: str, parameters: Mapping[str, str], deadline: Deadline, tenant: str) -> requests.Response:
        post = len(parameters.get("query", "")) > _LONG_QUERY
        seconds = max(deadline.remaining, 0.05)
        return self._session.request(
            "POST" if post else "GET",
            self.url + path,
            params=None if post else parameters,
            data=parameters if post else None,
            headers={"X-Scope-OrgID": tenant} if tenant else None,
            timeout=(min(seconds, 5.0), seconds),
            stream=True,
            allow_redirects=False,
        )

    def _read(self, response: requests.Response, deadline: Deadline) -> bytes:
        """The whole body; a socket's own time-out starts anew with each byte, so the clock is looked at here."""
        parts, size = [], 0
        # read1 returns what has come; read would wait for a full chunk however slowly it drips in.
        while part := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self._settings.max_bytes:
                raise LimitExceeded(
                    f"The answer is larger than the limit of {self._settings.max_bytes // 2**20} MiB.",
                    "Choose a shorter range or fewer series.",
                )
            if deadline.passed:
                raise SourceUnavailable(self.name, f"{self.name} answered too slowly.")
        return b"".join(parts)

    def _check(self, response: requests.Response, body: bytes) -> None:
        code = response.status_code
        if code == 200:
            return
        if code in (400, 422):
            decode.strings(body, self.name)  # raises what the envelope says
            raise QueryRejected(f"{self.name} refused the query.")
        if code in (401, 403):
            raise QueryRejected(
                f"{self.name} did not let us in ({code}).", hint="Check the credentials in the settings."
            )
        if code == 429 or code >= 500:
            raise Busy(self.name, f"{self.name} is busy or failing ({code}).", _retry_after(response))
        raise AnswerMalformed(self.name, f"{self.name} answered with status {code}.", "Check its address.")

    def _unreachable(self, error: Exception) -> QueryError:
        if isinstance(error, requests.Timeout):
            return SourceUnavailable(self.name, f"{self.name} did not answer in time.")
        if isinstance(error, (requests.ConnectionError, OSError)) and not isinstance(
            error, requests.exceptions.ChunkedEncodingError
        ):
            return SourceUnavailable(self.name, f"{self.name} cannot be reached at {self.url}.", "Is it running?")
        return AnswerMalformed(self.name, f"{self.name} broke its answer off.")


def _session(settings: PrometheusSettings) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # the address in the settings is the address that is asked
    session.headers.update(settings.headers)
    # Compression costs the backend more than a loopback connection.
    local = any(mark in settings.url for mark in _LOOPBACK)
    session.headers["Accept-Encoding"] = "identity" if local else "gzip"
    if settings.bearer_token:
        session.headers["Authorization"] = f"Bearer {settings.bearer_token}"
    elif settings.username:
        session.auth = (settings.username, settings.password)
    if settings.ca_file:
        session.verify = settings.ca_file
    return session


def _connect(settings: PrometheusSettings, session: requests.Session) -> Any:
    """The client on our session; its own retries (three, with pauses) are ours to decide, so they are off."""
    client = PrometheusConnect(
        url=settings.url.rstrip("/"), session=session, retry=Retry(total=0, redirect=0), timeout=_METADATA_SECONDS
    )
    adapter = HTTPAdapter(
        pool_connections=2, pool_maxsize=settings.connections, max_retries=Retry(total=0, redirect=0), pool_block=False
    )
    session.mount(client.url, adapter)
    return client


def _server_time(response: requests.Response) -> float:
    try:
        return parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return time.time()


def _retry_after(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(float(text), 60.0) if text.isdigit() else 0.0
