"""Questions and answers about log lines. Instants are epoch nanoseconds; every text is text, however hostile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from queries.search.results import Count, Facet, Filter, Position, Quality, Range

LEVELS: Final = ("Verbose", "Debug", "Information", "Warning", "Error", "Fatal")  # Serilog's words, by severity
UNKNOWN_LEVEL: Final = ""

# Fields that every store answers to, whatever the layout of its documents; other names are the lines' own properties.
CANONICAL: Final = (
    "level", "message", "template", "service", "host", "logger", "environment",
    "trace_id", "span_id", "correlation_id", "exception", "exception.type", "file",
)  # fmt: skip

Around = Literal["file", "host", "correlation"]


@dataclass(frozen=True)
class LogFailure:
    """An exception of a line: its class, its text, its stack; any may be empty.

    `causes` are the exceptions within it, outermost first; where the stack tells of them they are not repeated.
    """

    kind: str = ""
    message: str = ""
    stack: str = ""
    causes: tuple[LogFailure, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class LogLine:
    """One line. `id` finds it again (`LogStore.line`), in any process. `level` is one of LEVELS or empty.

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
    def at(self) -> float:
        """Epoch seconds."""
        return self.at_ns / 1e9

    @property
    def position(self) -> Position:
        """Where it stands in the order in which its store gives pages."""
        return self.stored_position or Position(self.at_ns, self.place, 0, self.id)


@dataclass(frozen=True)
class LogQuery:
    """Which lines: within `range`, of any of `levels` (all when empty), all `filters`, and the search box's `text`."""

    range: Range
    text: str = ""
    levels: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Paging:
    """Which page: newest first unless `oldest_first`; `cursor` comes from a page before (empty: the first).

    `count_all`: the total is exact, however many lines there are; else a store may stop counting.
    """

    limit: int = 100
    oldest_first: bool = False
    cursor: str = ""
    count_all: bool = False


@dataclass(frozen=True)
class LogPage:
    """Lines in the asked order. `next` continues the same way, `previous` goes back; empty at either end."""

    lines: tuple[LogLine, ...]
    total: Count
    next: str = ""
    previous: str = ""
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class HistogramBucket:
    """Lines by level from `start_ns` for the histogram's width; incomplete where the range covers only a part of it."""

    start_ns: int
    by_level: Mapping[str, int]
    incomplete: bool = False

    @property
    def total(self) -> int:
        """All levels together."""
        return sum(self.by_level.values())


@dataclass(frozen=True)
class LogHistogram:
    """The whole range in buckets of `width_s` seconds, empty ones included."""

    width_s: int
    buckets: tuple[HistogramBucket, ...]
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogFacets:
    """One facet for each asked field, in that order."""

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
    """Lines that came since the cursor, oldest first. `skipped` counts lines beyond the limit, the oldest of them."""

    lines: tuple[LogLine, ...]
    cursor: str
    skipped: int = 0
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogPattern:
    """Lines of one message template; `mined` when the template was found by us and not written by the service."""

    template: str
    count: int
    by_level: Mapping[str, int]
    first_ns: int
    last_ns: int
    example: str = ""
    mined: bool = False


@dataclass(frozen=True)
class LogPatterns:
    """Patterns by count. `looked_at` lines of `total` were grouped."""

    patterns: tuple[LogPattern, ...]
    looked_at: int
    total: Count
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class LogExplorer:
    """A whole page of the explorer in one round: page, histogram and facets of the same query."""

    page: LogPage
    histogram: LogHistogram
    facets: LogFacets
