"""A source that speaks the Prometheus HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics.

prometheus-api-client asks for metadata; queries are read and decoded here. Both use the same bounded session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from queries.alerts.types import Rule
from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, QueryError, QueryRejected, SourceUnavailable
from queries.core.time_range import Window
from queries.core.transport import MAX_BYTES
from queries.metrics.alerts import FiringAlert
from queries.metrics.identity import backend_identity
from queries.metrics.prometheus import alert_rules, decode, scrape
from queries.metrics.prometheus.http_api import Connection, HttpApi, Reply
from queries.metrics.prometheus.intervals import ScrapeIntervals
from queries.metrics.request import Request
from queries.metrics.source import Fetched, Target
from telemetry.contract import BY_NAME

T = TypeVar("T")

_JOB_NAMES: Final = 60  # of one request: an address of 2 to 3 kB
_JOBS_SECONDS: Final = 3_600  # looked back for the jobs of the contract's metrics
_METADATA_SECONDS: Final = 2  # for status pages, which are short; a page is waiting


@dataclass(frozen=True)
class PrometheusSettings:
    """How to reach one Prometheus."""

    url: str = field(default="http://127.0.0.1:9090", repr=False)  # may hold user and password
    name: str = "Prometheus"
    # Deployed names of a gateway's metrics, without suffixes: their jobs are the gateway's.
    gateway_metrics: Collection[str] = tuple(BY_NAME)
    # X-Scope-OrgID for a tenant of Mimir, for instance.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer_token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""  # a CA of one's own; empty: the system's
    connections: int = 16  # as many as may ask at once; more would queue in the backend
    job: str = ""  # the gateway's scrape job, for metrics of an unknown one; empty: those that export the contract's
    scrape_interval: int = 0  # seconds, for all metrics; 0 asks the backend
    max_series: int = 2_000  # more lines than that no panel can show, and no browser can draw
    max_bytes: int = MAX_BYTES

    @property
    def connection(self) -> Connection:
        """What the HTTP client needs."""
        return Connection(
            self.name,
            self.url,
            self.headers,
            self.bearer_token,
            self.username,
            self.password,
            self.ca_file,
            self.connections,
            self.max_bytes,
        )


class PrometheusSource:
    """Queries and metadata of one Prometheus; safe to share between threads."""

    def __init__(self, settings: PrometheusSettings) -> None:
        self._settings = settings
        self._api = HttpApi(settings.connection)
        self._identity = backend_identity(settings.connection)
        self._connect = _connect(self._api)
        self._intervals = ScrapeIntervals(self)

    @property
    def name(self) -> str:
        """How it is called in messages and keys."""
        return self._settings.name

    @property
    def identity(self) -> str:
        """Which address this is, asked with which credentials."""
        return self._identity

    @property
    def url(self) -> str:
        """Its address, without credentials."""
        return self._api.url

    @property
    def clock_skew(self) -> float:
        """Seconds that its clock is ahead of this machine's, by its last answer."""
        return self._api.clock_skew

    def range(self, request: Request, deadline: Deadline) -> Fetched:
        """The request's expression over its window, with the time left as the backend's own time-out."""
        window = request.window
        parameters = {"query": request.expr, "timeout": _time_left(deadline)}
        if window.start == window.end:
            parameters["time"] = str(window.end)
            body, as_of = self._ask("/api/v1/query", parameters, deadline, request.tenant)
        else:
            parameters |= {"start": str(window.start), "end": str(window.end), "step": str(window.step)}
            body, as_of = self._ask("/api/v1/query_range", parameters, deadline, request.tenant)
        decoded = decode.frame(body, window, self.name, self._settings.max_series)
        return Fetched(decoded.frame, as_of, decoded.warned, len(body))

    def instant(self, expr: str, deadline: Deadline) -> tuple[tuple[Mapping[str, str], float], ...]:
        """Labels and values of an expression now, by the backend's own clock; names are those of the backend."""
        body, _ = self._ask("/api/v1/query", {"query": expr, "timeout": _time_left(deadline)}, deadline)
        return decode.vector(body, self.name)

    def label_values(self, label: str, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        """Values of a deployed label within the window, sorted."""
        parameters = {"start": str(window.start), "end": str(window.end)} | ({"match[]": match} if match else {})
        body, _ = self._ask(f"/api/v1/label/{label}/values", parameters, deadline)
        return tuple(sorted(decode.strings(body, self.name)))

    def label_names(self, match: str, window: Window, deadline: Deadline) -> tuple[str, ...]:
        """Names of the labels of series that match a selector within the window, sorted."""
        parameters = {"start": str(window.start), "end": str(window.end), "match[]": match}
        body, _ = self._ask("/api/v1/labels", parameters, deadline)
        return tuple(sorted(decode.strings(body, self.name)))

    def metric_exists(self, metric: str, window: Window, deadline: Deadline) -> bool:
        """Whether any series of that deployed name had a sample in the window."""
        return bool(self.label_values("__name__", metric, window, deadline))

    def scrape_interval(self, metrics: Collection[str] = ()) -> int:
        """Seconds between samples of these deployed series names; see ScrapeIntervals."""
        return self._settings.scrape_interval or self._intervals.of(metrics)

    def usual_interval(self, targets: tuple[Target, ...], deadline: Deadline) -> int:
        """The scrape interval of the gateway's jobs, else the smallest there is; 0 when nothing says it."""
        known = scrape.interval(targets, self._jobs(deadline))
        if known:
            return known
        try:
            body, _ = self._ask("/api/v1/status/config", {}, deadline)
            return scrape.configured(decode.configuration(body, self.name))
        except QueryError:  # Thanos and Mimir have no such page
            return 0

    def _jobs(self, deadline: Deadline) -> tuple[str, ...]:
        """The jobs that exported metrics of the contract within the last hour."""
        if self._settings.job:
            return (self._settings.job,)
        now = int(time.time())
        window = Window(now - _JOBS_SECONDS, now, 60)
        jobs: set[str] = set()
        # Label values can only be requested with GET: several short addresses instead of a long one.
        names = sorted(self._settings.gateway_metrics)
        for start in range(0, len(names), _JOB_NAMES):
            batch = "|".join(names[start : start + _JOB_NAMES])
            match = f'{{__name__=~"(?:{batch})(?:_bucket|_count|_sum|_total)?"}}'
            jobs.update(self.label_values("job", match, window, deadline))
        return tuple(sorted(jobs))

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """What it scrapes; empty when it does not say (Thanos, Mimir)."""
        return self._metadata(lambda: scrape.targets(self._connect), (), deadline)

    def started_at(self, deadline: Deadline) -> float:
        """When its process started; 0 when it does not say."""
        body, _ = self._ask("/api/v1/status/runtimeinfo", {}, deadline)
        text = decode.runtime_start(body, self.name)
        return datetime.fromisoformat(text).timestamp() if text else 0.0

    def metric_types(self, deadline: Deadline, metric: str = "") -> Mapping[str, tuple[str, str]]:
        """Type and help text of metrics, or of one, as exporters give them; empty where the backend has no metadata."""
        parameters = {"limit_per_metric": "1"} | ({"metric": metric} if metric else {})
        try:
            body, _ = self._ask("/api/v1/metadata", parameters, deadline)
            return decode.metric_types(body, self.name)
        except QueryError:
            return {}

    def close(self) -> None:
        """Close its connections."""
        self._api.close()

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that its own rules fire."""
        body, as_of = self._ask("/api/v1/alerts", {}, deadline)
        return decode.alerts(body, self.name, as_of)

    def rules(self, deadline: Deadline) -> tuple[Rule, ...]:
        """Its alerting rules with their alerts."""
        body, _ = self._ask("/api/v1/rules", {"type": "alert"}, deadline)
        return alert_rules.rules(body, self.name)

    def _metadata(self, ask: Callable[[], T], fallback: T, deadline: Deadline) -> T:
        if deadline.passed:
            raise SourceUnavailable(self.name, f"Not enough time left to query {self.name}.")
        try:
            return ask()
        except PrometheusApiClientException:
            return fallback
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._api.failure(error) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise decode.malformed(self.name, str(error)) from None

    def _ask(
        self, path: str, parameters: Mapping[str, str], deadline: Deadline, tenant: str = ""
    ) -> tuple[bytes, float]:
        """Body and the backend's time; raises QueryError for everything but a usable body."""
        reply = self._api.ask(path, parameters, deadline, {"X-Scope-OrgID": tenant} if tenant else None)
        self._check(reply)
        return reply.body, reply.as_of

    def _check(self, reply: Reply) -> None:
        if reply.status != 200:
            words = reply.body[:300].decode(errors="replace")
            with suppress(AnswerMalformed):  # Thanos' query-frontend leaves quotes in its errors as they are
                decode.strings(reply.body, self.name)  # raises what the envelope says
            raise QueryRejected(f"{self.name} refused the query: {words}", words)


def _time_left(deadline: Deadline) -> str:
    """The backend's own time-out, in seconds."""
    return f"{max(deadline.remaining, 0.1):.3f}"


def _connect(api: HttpApi) -> Any:
    """The client on our session; its own retries (three, with pauses) are ours to decide, so they are off."""
    retry, adapter = Retry(total=0, redirect=0), api.session.get_adapter(api.url)
    client = PrometheusConnect(url=api.url, session=api.session, retry=retry, timeout=_METADATA_SECONDS)
    api.session.mount(client.url, adapter)  # it mounts an adapter of its own
    return client
