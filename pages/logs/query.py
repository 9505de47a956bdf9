"""The address of the log page as a question to the log store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, cast, get_args

from pages.page_url import PageUrl
from queries.core.errors import InvalidInput
from queries.logs.types import Around, LogLine, LogQuery, Paging
from queries.search.grammar import fields_of, parse
from queries.search.results import Filter

# What boards and other pages call a field, and what lines call it.
LABELS: Final = {
    "endpoint": "Endpoint",
    "provider": "ProviderId",
    "model": "Model",
    "environment": "environment",
    "trace": "trace_id",
}
NARROWING: Final = (*LABELS, "q", "level", "f")
PARAMETERS: Final = (*NARROWING, "cols", "sort", "view")
PAGE_LINES: Final = 100
MOST_COLUMNS: Final = 8
VIEWS: Final = ("patterns", "different")
BESIDE: Final = 20
MOST_BESIDE: Final = 400
LONGEST_ID: Final = 200  # characters
AROUND_S: Final = 1_800  # the range given to filters that are set on a line without one


@dataclass(frozen=True)
class SearchQuery:
    """A search and how its lines are looked at; `fields` are those that the text names."""

    url: PageUrl
    lines: LogQuery
    paging: Paging
    view: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class LineQuery:
    """A line between others: so many before and after it, of the same file, host or request."""

    url: PageUrl
    line: str
    around: Around
    before: int
    after: int


@dataclass(frozen=True)
class RequestQuery:
    """Everything of one correlation id."""

    url: PageUrl
    correlation: str


LogsQuery = SearchQuery | LineQuery | RequestQuery


def read(url: PageUrl) -> LogsQuery:
    """What the URL asks for. Raises InvalidInput, and GrammarError for what was typed."""
    if url.value("correlation"):
        return _request(url)
    if url.value("line"):
        around = cast(Around, url.choice("around", get_args(Around), "file"))
        return LineQuery(url, url.value("line"), around, _beside(url, "before"), _beside(url, "after"))
    fields = fields_of(parse(url.value("q")))
    return SearchQuery(url, query_of(url), paging_of(url), url.choice("view", VIEWS), tuple(fields))


def _request(url: PageUrl) -> RequestQuery:
    correlation = url.value("correlation").strip()
    if len(correlation) > LONGEST_ID:
        raise InvalidInput("correlation", f"A correlation id has {LONGEST_ID} characters at most.")
    return RequestQuery(url, correlation)


def _beside(url: PageUrl, name: str) -> int:
    requested = url.number(name)
    return min(MOST_BESIDE, BESIDE if requested is None else int(requested))


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
    """Whether the query has more than a range."""
    return bool(query.text.strip() or query.levels or query.filters)


def columns_of(url: PageUrl) -> tuple[str, ...]:
    """The chosen fields beside the message (`cols=Endpoint,Status`)."""
    names = (name.strip() for name in url.value("cols").split(","))
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_COLUMNS]


def searching(url: PageUrl, line: LogLine | None = None) -> PageUrl:
    """The search that a click on a page of one line or one request leads to; without a range, the time round a line."""
    parameters = {name: url.parameters[name] for name in ("from", "to", *PARAMETERS) if name in url.parameters}
    if line is not None and "from" not in parameters:
        middle = line.at_ns // 1_000_000_000
        parameters |= {"from": (str(middle - AROUND_S),), "to": (str(middle + AROUND_S),)}
    return replace(url, path="/logs", parameters=parameters)


def with_column(url: PageUrl, name: str) -> str:
    """The address with one more column; a second time without it."""
    columns = columns_of(url)
    others = [other for other in columns if other != name]
    return url.href(cols=",".join(others if name in columns else (*columns, name)))


def with_level(url: PageUrl, level: str) -> str:
    """The address with a level switched."""
    levels = url.all("level")
    others = [other for other in levels if other != level]
    return url.href(level=others if level in levels else (*levels, level))
