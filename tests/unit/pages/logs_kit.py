"""A folder of compact JSON lines as the file sink writes them, and the page over it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from pages.logs.query import query_of
from pages.page_url import PageUrl, parse_url
from pages.session import Session, Stores
from queries.logs.types import LogQuery
from queries.metrics.stats import Stats
from queries.stores.cached_logs import CachedLogStore
from queries.stores.cached_traces import CachedTraceStore
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from queries.stores.query_cache import QueryCache

START = 1_790_000_000  # epoch seconds; the lines are of the ten minutes from here
NOW = START + 700.0
REQUEST = "c0ffee00c0ffee00"
FILE = "codeagent-20260921.json"
TRACE = "0af7651916cd43dd8448eb211c80319c"
HOSTILE = "<script>alert(1)</script> \x1b[31mred \u202eevil"


def timestamp(second: float) -> str:
    """A time of the sink."""
    return datetime.fromtimestamp(START + second, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def line(second: float, template: str, level: str = "Information", **fields: Any) -> dict[str, Any]:
    """One event."""
    return {
        "@t": timestamp(second),
        "@mt": template,
        "@l": level,
        "Application": "Gateway",
        "MachineName": "h1",
        "SourceContext": "Api",
        **fields,
    }


def lines() -> list[dict[str, Any]]:
    """120 answers, ten of them failures of one endpoint, one request over two services, and hostile text."""
    answered = "{Endpoint} answered {Status}"
    entries = [line(n * 4, answered, Endpoint="/v1/files" if n % 2 else "/v1/models", Status=200) for n in range(120)]
    entries += [
        line(
            300 + n,
            answered,
            "Error",
            Endpoint="/v1/chat",
            Status=500,
            **{"@x": "ValueError: no answer\n  at Answer() in answer.py:line 12\n  at Main()"},
        )
        for n in range(10)
    ]
    of_request = {"CorrelationId": REQUEST, "TraceId": TRACE}
    entries += [
        line(500.1, "Asked", SpanId="b7ad6b7169203331", **of_request),
        line(500.4, "Sent", Application="Worker", **of_request),
        line(510, "Text {Text}", "Warning", Text=HOSTILE),
        line(511, "Long {Text}", "Warning", Text="x" * 1_000_000),
        line(512, "Formula", "Debug", Cell="=1+1"),
    ]
    return sorted(entries, key=lambda entry: entry["@t"])


def write(folder: Path, events: list[dict[str, Any]] | None = None) -> Path:
    """The file; gives its path."""
    path = folder / FILE
    path.write_text("".join(json.dumps(event) + "\n" for event in (lines() if events is None else events)))
    return path


def stores(folder: Path, traces: Any = None) -> Stores:
    """The stores of the page."""
    logs = FileLogStore(FileLogSettings(folder), lambda: NOW)
    cache = QueryCache(Stats(CollectorRegistry()))
    return Stores(cache, CachedLogStore(logs, cache), traces and CachedTraceStore(traces, cache), 30.0)


def session(folder: Path, traces: Any = None) -> Session:
    """One page's questions to them."""
    return stores(folder, traces).session()


def url(query: dict[str, str | list[str]] | None = None) -> PageUrl:
    """An address of the page, over the ten minutes."""
    parameters = {"from": str(START), "to": str(START + 600), **(query or {})}
    return parse_url(
        "/logs", {name: [value] if isinstance(value, str) else value for name, value in parameters.items()}, NOW
    )


def query() -> LogQuery:
    """All lines of the ten minutes."""
    return query_of(url())
