"""The address of the log page as a question to the log store."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pages.page_url import PageUrl
from queries.logs.types import LogLine, LogQuery, Paging
from queries.search.results import Filter

# What boards and other pages call a field, and what lines call it.
LABELS: Final = {
    "endpoint": "Endpoint", "provider": "ProviderId", "model": "Model", "environment": "environment",
    "trace": "trace_id",
}  # fmt: skip
NARROWING: Final = (*LABELS, "q", "level", "f")
PARAMETERS: Final = (*NARROWING, "cols", "sort", "view")
PAGE_LINES: Final = 100
MOST_COLUMNS: Final = 8
AROUND_S: Final = 1_800  # the range given to filters that are set on a line without one


def query_of(url: PageUrl) -> LogQuery:
    """The question. Raises InvalidInput (and GrammarError when the store compiles the text)."""
    labels = tuple(Filter(field, url.all(name)) for name, field in LABELS.items() if url.all(name))
    return LogQuery(url.range, url.value("q"), url.all("level"), (*labels, *url.filters))


def paging_of(url: PageUrl, limit: int = PAGE_LINES) -> Paging:
    """Order and place in the list."""
    return Paging(limit, is_oldest_first(url), url.value("cursor"))


def is_oldest_first(url: PageUrl) -> bool:
    """Whether lines read downwards in time."""
    return url.choice("sort", ("newest", "oldest"), "newest") == "oldest"


def is_narrowed(query: LogQuery) -> bool:
    """Whether anything but the range is asked for."""
    return bool(query.text.strip() or query.levels or query.filters)


def columns_of(url: PageUrl) -> tuple[str, ...]:
    """The chosen fields beside the message (`cols=Endpoint,Status`)."""
    names = (name.strip() for name in url.value("cols").split(","))
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_COLUMNS]


def searching(url: PageUrl, line: LogLine | None = None) -> PageUrl:
    """The search that a click on a page of one line or one request leads to; without a range, the time round a line."""
    kept = {name: url.parameters[name] for name in ("from", "to", *PARAMETERS) if name in url.parameters}
    if line is not None and "from" not in kept:
        middle = line.at_ns // 1_000_000_000
        kept |= {"from": (str(middle - AROUND_S),), "to": (str(middle + AROUND_S),)}
    return replace(url, path="/logs", parameters=kept)


def with_column(url: PageUrl, name: str) -> str:
    """The address with one more column; a second time without it."""
    columns = columns_of(url)
    kept = [each for each in columns if each != name]
    return url.href(cols=",".join(kept if name in columns else (*columns, name)))


def with_level(url: PageUrl, level: str) -> str:
    """The address with a level switched."""
    levels = url.all("level")
    kept = [each for each in levels if each != level]
    return url.href(level=kept if level in levels else (*levels, level))
