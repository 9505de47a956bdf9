"""From settings to the stores of logs and traces."""

from __future__ import annotations

from collections.abc import Callable

from app.settings import Settings
from app.sources import secret
from explore.page import Stores
from queries.asking import Asking
from queries.logs.store import LogStore
from queries.sources.elastic.client import ElasticSettings
from queries.sources.elastic.logs import ElasticLogStore
from queries.sources.elastic.traces import ElasticTraceStore
from queries.sources.files.logs import FileLogSettings, FileLogStore
from queries.sources.files.traces import FileTraceSettings, FileTraceStore
from queries.stats import Stats
from queries.traces.store import TraceStore


def stores_of(settings: Settings, stats: Stats, clock: Callable[[], float]) -> Stores:
    """Elasticsearch where the settings name one, else the files of the sinks, else nothing."""
    return Stores(Asking(stats), _logs(settings, clock), _traces(settings))


def _logs(settings: Settings, clock: Callable[[], float]) -> LogStore | None:
    if settings.elasticsearch_url:
        return ElasticLogStore(_elastic(settings), clock)
    return FileLogStore(FileLogSettings(settings.logs_dir), clock) if settings.logs_dir else None


def _traces(settings: Settings) -> TraceStore | None:
    if settings.elasticsearch_url:
        return ElasticTraceStore(_elastic(settings))
    return FileTraceStore(FileTraceSettings(settings.traces_dir)) if settings.traces_dir else None


def _elastic(settings: Settings) -> ElasticSettings:
    return ElasticSettings(
        settings.elasticsearch_url, settings.logs_index, settings.logs_layout, settings.traces_index,
        settings.traces_layout, settings.elasticsearch_user, secret(settings.elasticsearch_password_file),
        secret(settings.elasticsearch_api_key_file), str(settings.elasticsearch_ca_file or ""),
    )  # fmt: skip
