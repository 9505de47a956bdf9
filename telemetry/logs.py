"""Structured logs: structlog over the standard library, shaped once, masked once, written to several sinks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, cast

import structlog

from telemetry.events import PROPERTIES, Event, shape

Mask = Callable[[Event], Event]

VERBOSE: Final = 5  # below the standard library's lowest level; Serilog's word for it
logging.addLevelName(VERBOSE, "VERBOSE")


class Logger(structlog.stdlib.BoundLogger):
    """structlog's logger, with Serilog's lowest level."""

    def verbose(self, event: str, **properties: Any) -> None:
        """Log what only a developer wants to see."""
        if self._logger.isEnabledFor(VERBOSE):
            arguments, passed = _to_record(None, "verbose", {**self._context, "event": event, **properties})
            self._logger.log(VERBOSE, *arguments, **passed)


class Sink(Protocol):
    """Where events go. `write` must not block; what it raises is counted and goes no further."""

    def write(self, event: Event) -> None:
        """Take one event."""

    def flush(self) -> None:
        """Bring out what is still held."""

    def close(self) -> None:
        """Flush and let go."""


class FanOut(logging.Handler):
    """Converts each record once and passes it to every sink; a sink that fails does not affect the others."""

    def __init__(self, sinks: Sequence[Sink], fixed: Mapping[str, Any], mask: Mask | None = None) -> None:
        super().__init__()
        self.sinks = tuple(sinks)
        self.failed = [0] * len(self.sinks)
        self._fixed, self._mask = dict(fixed), mask

    def emit(self, record: logging.LogRecord) -> None:
        """Shape, mask, hand over."""
        try:
            event = shape(record, self._fixed)
            event = self._mask(event) if self._mask else event
        except Exception:
            self.handleError(record)
            return
        for index, sink in enumerate(self.sinks):
            try:
                sink.write(event)
            except Exception:
                self.failed[index] += 1

    def flush(self) -> None:
        """Flush every sink."""
        self._call_all("flush")

    def close(self) -> None:
        """Close every sink."""
        self._call_all("close")
        super().close()

    def _call_all(self, method: str) -> None:
        for index, sink in enumerate(self.sinks):
            try:
                getattr(sink, method)()
            except Exception:
                self.failed[index] += 1


def install(
    sinks: Sequence[Sink], fixed: Mapping[str, Any], levels: Mapping[str, str], mask: Mask | None = None
) -> FanOut:
    """Send all records of the process to the sinks; `levels` by logger name, the root's under an empty name."""
    handler = FanOut(sinks, fixed, mask)
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, FanOut)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    set_levels(levels)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _to_record],
        wrapper_class=Logger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    return handler


def set_levels(levels: Mapping[str, str]) -> None:
    """Change levels at run time: logger name to level word; ValueError for an unknown word."""
    for name, level in levels.items():
        logging.getLogger(name or None).setLevel(level.upper())


def get_logger(name: str) -> Logger:
    """A logger whose events are message templates: `log.info("Took {Count} rows", Count=3)`."""
    return cast("Logger", structlog.stdlib.get_logger(name))


def scope(**properties: Any) -> AbstractContextManager[None]:
    """Properties that every event inside carries, a library's too: `with scope(ProviderId="openai"): …`."""
    return cast("AbstractContextManager[None]", structlog.contextvars.bound_contextvars(**properties))


def _to_record(_: Any, __: str, event: MutableMapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """Hand a structlog event to the standard library without its properties becoming record attributes."""
    exception = event.pop("exc_info", None)
    template = event.pop("event")
    passed: dict[str, Any] = {"extra": {PROPERTIES: event}}
    if exception:
        passed["exc_info"] = exception
    return (template,), passed
