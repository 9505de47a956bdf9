"""What a layout of log documents is, and how several of them in one cluster are read together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from queries.logs.levels import level_of, severity_level
from queries.logs.types import LogFailure, LogLine
from queries.stores.documents.document import Document, Place, dig, moment, texts
from queries.stores.documents.values import whole

One = TypeVar("One")
Source = Mapping[str, Any]

# Paths whose numbers are OpenTelemetry's severities, 1 to 24; other paths of a level hold words or tens.
SEVERITIES: Final = ("severity_number", "SeverityNumber", "event.severity")
EVENT: Final = "processor.event"  # APM's kind of document: its errors need no level


@dataclass(frozen=True)
class LogLayout:
    """One way to write log lines as documents, or several together (`parts`).

    `index` is where they lie by default, `marks` are fields that tell the layout (any of them), `places` where the
    canonical fields are, best first, `own` the prefixes of the lines' own properties, `brief` what a pattern needs.
    """

    name: str
    index: str
    marks: tuple[str, ...]
    places: Mapping[str, tuple[Place, ...]]
    own: tuple[str, ...]
    brief: tuple[str, ...]
    failure: Callable[[Source], LogFailure | None]
    fields: Callable[[Source], dict[str, Any]]
    time: str = "@timestamp"
    never: tuple[dict[str, Any], ...] = ()  # queries for documents in the same indices that are not log lines
    parts: tuple[LogLayout, ...] = field(default=(), repr=False)

    def line(self, document: Document, at_ns: int) -> LogLine:
        """The document as a line, uncut; `at_ns` where it has no readable time of its own."""
        source = document.source
        part = self._of(source)
        own_ns = moment(dig(source, self.time))
        level, raw = part.level(source)
        return LogLine(
            id=f"{document.place}/{document.id}",
            at_ns=at_ns if own_ns is None else own_ns,
            level=level,
            raw_level=raw,
            message=part.text(source, "message"),
            template=part.text(source, "template"),
            service=part.text(source, "service"),
            host=part.text(source, "host"),
            logger=part.text(source, "logger"),
            trace_id=part.text(source, "trace_id"),
            span_id=part.text(source, "span_id"),
            correlation_id=part.text(source, "correlation_id"),
            failure=part.failure(source),
            fields=part.fields(source),
            place=document.place,
        )

    def text(self, source: Source, name: str) -> str:
        """A canonical field of the document, empty where it has none."""
        for place in self._of(source).places.get(name, ()):
            value = dig(source, place.path)
            if value not in (None, "", [], {}):
                return texts(value)
        return ""

    def level(self, source: Source) -> tuple[str, str]:
        """One of ours or an empty one, and the service's own word, by the first place that has a value."""
        levels = [read_level(place.path, dig(source, place.path)) for place in self.places["level"]]
        known = [level for level in levels if level]
        return (known[0][0], next((raw for _, raw in known if raw), "")) if known else ("", "")

    def _of(self, source: Source) -> LogLayout:
        """Which of several layouts the document has."""
        if not self.parts:
            return self
        marked = (part for part in self.parts if any(dig(source, mark) is not None for mark in part.marks))
        return next(marked, self.parts[-1])


def read_level(path: str, value: Any) -> tuple[str, str] | None:
    """What a place says of the level: one of ours or an empty one, and the service's own word; None for nothing."""
    if path in SEVERITIES:
        level = severity_level(whole(value))
        return (level, "") if level else None
    if path == EVENT:
        return ("Error", "error") if value == "error" else None
    return (level_of(value), texts(value)) if value not in (None, "") else None


def together(layouts: Sequence[LogLayout]) -> LogLayout:
    """Several layouts as one: each document is read by its own, a search looks at the places of all.

    The last one reads documents that none of the others knows.
    """
    if len(layouts) == 1:
        return layouts[0]
    names = dict.fromkeys(name for layout in layouts for name in layout.places)
    first = layouts[0]
    return LogLayout(
        name="+".join(layout.name for layout in layouts),
        # An exclusion takes away from what stands before it: patterns with one come first.
        index=",".join(
            sorted((layout.index for layout in layouts if layout.index), key=lambda index: ",-" not in index)
        ),
        marks=_union(layout.marks for layout in layouts),
        places={name: _union(layout.places.get(name, ()) for layout in layouts) for name in names},
        own=_union(layout.own for layout in layouts),
        brief=_union((*layout.brief, *layout.marks) for layout in layouts),
        failure=first.failure,
        fields=first.fields,
        never=tuple(query for layout in layouts for query in layout.never),
        parts=tuple(layouts),
    )


def _union(parts: Iterable[Sequence[One]]) -> tuple[One, ...]:
    return tuple(dict.fromkeys(item for part in parts for item in part))


def places(**paths: str | tuple[Place, ...]) -> dict[str, tuple[Place, ...]]:
    """Places by canonical name, from paths with spaces between; `exception_type` stands for `exception.type`."""
    return {
        name.replace("exception_type", "exception.type"): tuple(Place(path) for path in listed.split())
        if isinstance(listed, str)
        else listed
        for name, listed in paths.items()
    }
