"""Query and result types of log lines. Instants are epoch nanoseconds; all texts are untrusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from queries.search.results import Count, Facet, Filter, Position, Quality, Range

LEVELS: Final = ("Verbose", "Debug", "Information", "Warning", "Error", "Fatal")  # Serilog's words, by severity
UNKNOWN_LEVEL: Final = ""

# Fields that every store supports, for every document layout; other names are properties of the lines.
CANONICAL: Final = (
    "level", "message", "template", "service", "host", "logger", "environment",
    "trace_id", "span_id", "correlation_id", "exception", "exception.type", "file",
)  # fmt: skip

Around = Literal["file", "host", "correlation"]


@dataclass(frozen=True)
class LogFailure:
    """The exception of a line: class, message and stack trace; each may be empty.

    `causes` are the inner exceptions, outermost first; those that the stack trace contains are not repeated.
    """

    kind: str = ""
    message: str = ""
    stack: str = ""
    causes: tuple[LogFailure, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class LogLine:
    """One line. `id` identifies it in every process (`LogStore.line`). `level` is one of LEVELS or empty.

    `message` and the values of `fields` are cut in lists (`is_cut`), never in `LogStore.line`; `more_fields` counts
    fields that were left out. `place` is the file or the index it lies in. `stored_position` is where it stands in the
    store's order, where that is not simply the order of time, place and id.
    """

    id: str
    at_ns: int
    level: str
    message: str
    template: str = ""
    raw_level: str = ""
    service: str = ""
    host: str = ""
    logger: str = ""
    trace_id: str = ""
    span_id: str = ""
    correlation_id: str = ""
    failure: LogFailure | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    more_fields: int = 0
    place: str = ""
    is_cut: bool = False
    stored_position: Position | None = None

    @property
    def position(self) -> Position:
        """The line's position in the order of its store's pages."""
        return self.stored_position or Position(self.at_ns, self.place, 0, self.id)


@dataclass(frozen=True)
class LogQuery:
    """Lines within `range` with one of `levels` (empty: all) that match all `filters` and the search `text`."""

    range: Range
    text: str = ""
    levels: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Paging:
    """One page: newest first unless `oldest_first`; `cursor` comes from another page (empty: the first page).

    `count_all`: the total is always exact; otherwise a store may stop counting at a limit.
    """

    limit: int = 100
    oldest_first: bool = False
    cursor: str = ""
    count_all: bool = False


@dataclass(frozen=True)
class LogPage:
    """Lines in the requested order. `next` and `previous` are cursors of the neighbouring pages, empty at the ends."""

    lines: tuple[LogLine, ...]
    total: Count
    next: str = ""
    previous: str = ""
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class HistogramBucket:
    """Lines by level from `start_ns` for the histogram's width; `incomplete` if the range covers only a part of it."""

    start_ns: int
    by_level: Mapping[str, int]
    incomplete: bool = False

    @property
    def total(self) -> int:
        """The lines of all levels."""
        return sum(self.by_level.values())


@dataclass(frozen=True)
class LogHistogram:
    """The whole range in buckets of `width_s` seconds, including empty ones."""

    width_s: int
    buckets: tuple[HistogramBucket, ...]
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogFacets:
    """One facet for each requested field, in the order of the request."""

    facets: tuple[Facet, ...]
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogContext:
    """The lines before and after a line, oldest first; `key` is the shared file, host or correlation id."""

    before: tuple[LogLine, ...]
    line: LogLine
    after: tuple[LogLine, ...]
    around: Around
    key: str
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogTail:
    """New lines since the cursor, oldest first. `skipped` counts the oldest new lines, beyond the limit."""

    lines: tuple[LogLine, ...]
    cursor: str
    skipped: int = 0
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogPattern:
    """Lines of one message template; `mined` if the template was derived from messages, not written by the service."""

    template: str
    count: int
    by_level: Mapping[str, int]
    first_ns: int
    last_ns: int
    example: str = ""
    mined: bool = False


@dataclass(frozen=True)
class LogPatterns:
    """Patterns by count. `looked_at` is the number of grouped lines, out of `total`."""

    patterns: tuple[LogPattern, ...]
    looked_at: int
    total: Count
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogExplorer:
    """Page, histogram and facets of the same query, from one request."""

    page: LogPage
    histogram: LogHistogram
    facets: LogFacets
