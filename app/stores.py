"""From settings to the stores of logs and traces."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from app.settings import Settings
from app.sources import secret
from pages.alerts.source import AlertSource
from pages.runbooks.source import RunbookSource
from pages.session import Stores
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.redact import split_credentials
from queries.logs.types import LogQuery
from queries.metrics.stats import Stats
from queries.search.results import Range
from queries.stores.cached_logs import CachedLogStore
from queries.stores.cached_traces import CachedTraceStore
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from queries.stores.duckdb.traces import FileTraceSettings, FileTraceStore
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.elastic.traces import ElasticTraceStore
from queries.stores.health import Check, StoreHealth
from queries.stores.log_store import LogStore
from queries.stores.query_cache import QueryCache
from queries.stores.trace_store import TraceStore
from queries.traces.types import TraceQuery

WARM_SECONDS: Final = 120.0


def stores_of(
    settings: Settings,
    stats: Stats,
    clock: Callable[[], float],
    alerts: AlertSource | None = None,
    runbooks: RunbookSource | None = None,
) -> Stores:
    """Elasticsearch where the settings name one, else the files of the sinks, else nothing."""
    cache, logs, traces = QueryCache(stats), _logs(settings, clock), _traces(settings)
    return Stores(
        cache,
        CachedLogStore(logs, cache, _health(settings, logs.name, partial(_count_lines, logs, clock))) if logs else None,
        CachedTraceStore(traces, cache, _health(settings, traces.name, partial(_count_spans, traces, clock)))
        if traces
        else None,
        alerts,
        runbooks,
    )


def _health(settings: Settings, name: str, check: Check) -> StoreHealth | None:
    """Whether a cluster answers; files that are being read for the first time are no cluster that is away."""
    return StoreHealth(name, check) if settings.elasticsearch_url else None


def _count_lines(logs: LogStore, clock: Callable[[], float], deadline: Deadline) -> None:
    """A small question, to find out whether the store answers. Raises QueryError."""
    logs.histogram(LogQuery(_minute(clock())), 1, deadline)


def _count_spans(traces: TraceStore, clock: Callable[[], float], deadline: Deadline) -> None:
    traces.services(TraceQuery(_minute(clock())), 1, deadline)


def _minute(now: float) -> Range:
    return Range.of_seconds(now - 60, now)


def warm(stores: Stores, now: float) -> None:
    """Ask each store something small in the background: files are read, layouts found before the first viewer comes."""
    hour = Range.of_seconds(now - 3_600, now)
    questions: list[Callable[[], object]] = []
    if stores.logs:
        questions.append(partial(stores.logs.histogram, LogQuery(hour), 1, Deadline.after(WARM_SECONDS)))
    if stores.traces:
        questions.append(partial(stores.traces.services, TraceQuery(hour), 1, Deadline.after(WARM_SECONDS)))
    for question in questions:
        threading.Thread(target=_quietly, args=(question,), name="warm", daemon=True).start()


def _quietly(question: Callable[[], object]) -> None:
    with suppress(QueryError):  # a request that needs the answer gets the error
        question()


def _logs(settings: Settings, clock: Callable[[], float]) -> LogStore | None:
    if settings.elasticsearch_url:
        return ElasticLogStore(_elastic(settings), clock)
    return FileLogStore(FileLogSettings(settings.logs_dir), clock) if settings.logs_dir else None


def _traces(settings: Settings) -> TraceStore | None:
    if settings.elasticsearch_url:
        return ElasticTraceStore(_elastic(settings))
    return FileTraceStore(FileTraceSettings(settings.traces_dir)) if settings.traces_dir else None


def _elastic(settings: Settings) -> ElasticSettings:
    endpoint = split_credentials(settings.elasticsearch_url)
    return ElasticSettings(
        endpoint.url,
        settings.logs_index,
        settings.logs_layout,
        settings.traces_index,
        settings.traces_layout,
        settings.elasticsearch_user or endpoint.user,
        secret(settings.elasticsearch_password_file) or endpoint.password,
        secret(settings.elasticsearch_api_key_file),
        str(settings.elasticsearch_ca_file or ""),
    )
