"""Every store there is, by name: given lines or spans and an empty folder, it makes one that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from queries.logs.types import LogLine
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from queries.stores.duckdb.traces import FileTraceSettings, FileTraceStore
from queries.stores.log_store import LogStore
from queries.stores.trace_store import TraceStore
from queries.traces.types import Span
from tests.integration.stores import elastic_makers
from tests.integration.stores.corpus import write_clef, write_otlp

One = TypeVar("One")
Store = TypeVar("Store")
LogMaker = Callable[[Sequence[LogLine], Path], LogStore]
TraceMaker = Callable[[Sequence[Span], Path], TraceStore]


def file_logs(lines: Sequence[LogLine], folder: Path) -> LogStore:
    """Over files of compact JSON lines."""
    write_clef(lines, folder)
    return FileLogStore(FileLogSettings(folder, memory_mb=64))


def file_traces(spans: Sequence[Span], folder: Path) -> TraceStore:
    """Over files of OTLP JSON lines."""
    write_otlp(spans, folder)
    return FileTraceStore(FileTraceSettings(folder, memory_mb=64))


def _without_folder(make: Callable[[Sequence[One]], Store]) -> Callable[[Sequence[One], Path], Store]:
    return lambda result, _: make(result)


LOG_MAKERS: Final[Mapping[str, LogMaker]] = {
    "files": file_logs,
    **{name: _without_folder(make) for name, make in elastic_makers.LOG_MAKERS.items()},
}
TRACE_MAKERS: Final[Mapping[str, TraceMaker]] = {
    "files": file_traces,
    **{name: _without_folder(make) for name, make in elastic_makers.TRACE_MAKERS.items()},
}
