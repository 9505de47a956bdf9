"""What a layout of log documents is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from queries.logs.levels import level_of
from queries.logs.types import LogFailure, LogLine
from queries.sources.elastic.document import Document, dig, moment, texts
from queries.sources.elastic.dsl import Place, Query


@dataclass(frozen=True)
class LogLayout:
    """One way to write log lines as documents.

    `index` is where they lie by default, `marks` are fields that tell the layout (any of them), `places` where the
    canonical fields are, best first, `own` the prefixes of the lines' own properties, `brief` what a pattern needs.
    """

    name: str
    index: str
    marks: tuple[str, ...]
    places: Mapping[str, tuple[Place, ...]]
    own: tuple[str, ...]
    brief: tuple[str, ...]
    failure: Callable[[Mapping[str, Any]], LogFailure | None]
    fields: Callable[[Mapping[str, Any]], dict[str, Any]]
    level: Callable[[Mapping[str, Any]], tuple[str, str]]  # ours, and the service's own word
    time: str = "@timestamp"
    never: Query | None = None  # documents in the same indices that are no log lines

    def line(self, found: Document, at_ns: int) -> LogLine:
        """The document as a line, uncut; `at_ns` where it has no readable time of its own."""
        source = found.source
        at = moment(dig(source, self.time))
        level, raw = self.level(source)
        return LogLine(
            id=f"{found.place}/{found.id}", at_ns=at_ns if at is None else at, level=level, raw_level=raw,
            message=self.text(source, "message"), template=self.text(source, "template"),
            service=self.text(source, "service"), host=self.text(source, "host"), logger=self.text(source, "logger"),
            trace_id=self.text(source, "trace_id"), span_id=self.text(source, "span_id"),
            correlation_id=self.text(source, "correlation_id"), failure=self.failure(source),
            fields=self.fields(source), place=found.place,
        )  # fmt: skip

    def text(self, source: Mapping[str, Any], name: str) -> str:
        """A canonical field of the document, empty where it has none."""
        for place in self.places.get(name, ()):
            value = dig(source, place.path)
            if value not in (None, ""):
                return texts(value)
        return ""


def places(**paths: str | tuple[Place, ...]) -> dict[str, tuple[Place, ...]]:
    """Places by canonical name, from paths with spaces between; `exception_type` stands for `exception.type`."""
    return {
        name.replace("exception_type", "exception.type"): tuple(Place(path) for path in found.split())
        if isinstance(found, str)
        else found
        for name, found in paths.items()
    }


def word_level(raw: Any) -> tuple[str, str]:
    """From a word or number."""
    return level_of(raw), texts(raw)
