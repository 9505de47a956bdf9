"""Answers of the log and trace stores: the same question is asked once, kept for seconds, never too many at once.

Extents do not fit them: a page of lines has no step that could be merged. What fits is an aligned range (so that
everybody asks the same) and a short memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, Busy, QueryError, SourceUnavailable
from queries.core.single_flight import SingleFlight
from queries.metrics.stats import Stats
from queries.stores.health import StoreHealth

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
DOUBTFUL_SECONDS = 1.0  # how long a partial answer is kept
_MORE_TIME = 0.25  # seconds: enough to ask again what another one had no time for


@dataclass(frozen=True)
class Source:
    """The store behind a question: its name in messages, and whether it is known to be away."""

    name: str
    health: StoreHealth | None = None

    @property
    def subject(self) -> str:
        """How a sentence about it begins."""
        return self.name if self.name[:1].isupper() else f"The {self.name}"

    def admit(self) -> None:
        """Raises CircuitOpen while the store is known to be away."""
        if self.health:
            self.health.admit()

    def failed(self, error: QueryError) -> None:
        """A question to it had no answer."""
        if self.health:
            self.health.failed(error)


class Answers(Protocol):
    """Where a cached store looks for the answer to a question."""

    def get(self, source: Source, key: Hashable, ask: Callable[[], T], deadline: Deadline, seconds: float) -> T:
        """The answer, good for so many seconds. Raises what `ask` raises."""
        ...


@dataclass
class PartialResultTracker:
    """The answers of one page; remembers whether one failed or came in part: such a page is not for keeping."""

    answers: Answers
    doubtful: bool = False

    def get(self, source: Source, key: Hashable, ask: Callable[[], T], deadline: Deadline, seconds: float) -> T:
        """As the answers below."""
        try:
            value = self.answers.get(source, key, ask, deadline, seconds)
        except QueryError:
            self.doubtful = True
            raise
        self.doubtful = self.doubtful or is_partial(value)
        return value


class Uncached:
    """Asks every time."""

    def get(self, source: Source, key: Hashable, ask: Callable[[], T], deadline: Deadline, seconds: float) -> T:
        """The store's answer. Raises what `ask` raises, and CircuitOpen while the store is known to be away."""
        del key, deadline, seconds  # nothing is kept, and nobody waited for
        source.admit()
        try:
            return understood(source.name, ask)
        except QueryError as error:
            source.failed(error)
            raise


def is_partial(value: object) -> bool:
    """Whether an answer says that something is missing in it."""
    quality = getattr(value, "quality", None)
    return quality is not None and bool(quality.partial)


@dataclass
class QueryCache:
    """Answers by source and question. Safe for threads; `at_once` questions run at the same time.

    At most `most` answers are kept, and of them as many as hold `most_parts` lines and spans together: about 60 MB.
    """

    stats: Stats
    at_once: int = 6
    most: int = 256
    most_parts: int = 25_000
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _results: OrderedDict[Hashable, tuple[float, Any]] = field(default_factory=OrderedDict)
    _flights: SingleFlight[Hashable, Any] = field(default_factory=SingleFlight)

    def __post_init__(self) -> None:
        self._room = threading.BoundedSemaphore(self.at_once)

    def get(self, source: Source, key: Hashable, ask: Callable[[], T], deadline: Deadline, seconds: float) -> T:
        """The store's answer: cached, shared with an identical request in flight, or fresh.

        Raises what `ask` raises, CircuitOpen while the store is known to be away, Busy when no place came free in
        time, and SourceUnavailable when the deadline passes while another one asks.
        """
        key = (source.name, key)
        while True:
            cached = self._fresh(key)
            if cached is not None:
                self.stats.answers.labels("cache").inc()
                value: T = cached
                return value
            mine: list[bool] = []

            def ask_now(mine: list[bool] = mine) -> T:
                mine.append(True)
                return self._ask_source(key, source, ask, deadline, seconds)

            try:
                value, joined = self._flights.run(key, ask_now, deadline.remaining)
            except TimeoutError:
                sentence = f"{source.subject} did not answer in time."
                raise SourceUnavailable(source.name, sentence, "Choose a shorter range.") from None
            except QueryError as error:
                # Who came to this question late had little time left for it: that failure is not ours.
                if mine or not isinstance(error, SourceUnavailable) or deadline.remaining < _MORE_TIME:
                    raise error.without_frames() from None
            else:
                self.stats.answers.labels("joined" if joined else "fresh").inc()
                return value

    def _fresh(self, key: Hashable) -> Any:
        with self._lock:
            until, value = self._results.get(key, (0.0, None))
            if value is None or self.clock() >= until:
                return None
            self._results.move_to_end(key)
            return value

    def _ask_source(self, key: Hashable, source: Source, ask: Callable[[], T], deadline: Deadline, seconds: float) -> T:
        try:
            value = self._limited(source, ask, deadline)
        except QueryError:
            self.stats.upstream.labels(source.name, "failed").inc()
            raise
        self.stats.upstream.labels(source.name, "ok").inc()
        self._keep(key, value, seconds)
        return value

    def _limited(self, source: Source, ask: Callable[[], T], deadline: Deadline) -> T:
        source.admit()
        if not self._room.acquire(timeout=deadline.remaining):
            raise Busy(source.name, f"Too many queries to {source.name} are running.", 2.0)
        try:
            source.admit()  # it may have become known while this question waited
            with self.stats.timed("store"):
                return understood(source.name, ask)
        except QueryError as error:
            source.failed(error)
            raise
        finally:
            self._room.release()

    def _keep(self, key: Hashable, value: Any, seconds: float) -> None:
        if is_partial(value):
            seconds = min(seconds, DOUBTFUL_SECONDS)
        now = self.clock()
        with self._lock:
            for old in [cached for cached, (until, _) in self._results.items() if until <= now]:
                del self._results[old]
            self._results[key] = (now + seconds, value)
            parts = sum(_parts(cached) for _, cached in self._results.values())
            while len(self._results) > self.most or parts > self.most_parts:
                _, (_, gone) = self._results.popitem(last=False)
                parts -= _parts(gone)


def understood(source: str, ask: Callable[[], T]) -> T:
    """The answer of a store; what it cannot make sense of is logged and raised as AnswerMalformed.

    A backend may send anything (a hit without its sort values, an object in place of a number): a page that says so is
    better than none.
    """
    try:
        return ask()
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
        _LOG.exception("The response of the %s is not valid", source)
        raise AnswerMalformed(
            source, f"The response of the {source} is not valid.", "See this application's log for details."
        ) from None


def _parts(value: Any) -> int:
    """How many lines or spans an answer holds."""
    held = (getattr(value, name, None) for name in ("spans", "lines"))
    return sum(len(items) for items in held if isinstance(items, tuple))
