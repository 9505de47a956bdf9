"""Questions to the log and trace stores: the same one is asked once, kept for some seconds, and never too many at once.

Extents do not fit them: a page of lines has no step that could be merged. What fits is an aligned range (so that
everybody asks the same) and a short memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, Busy, QueryError, SourceUnavailable
from queries.metrics.stats import Stats

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
DOUBTFUL_SECONDS = 1.0  # how long a partial answer is kept


class Asks(Protocol):
    """How pages ask stores."""

    def __call__(self, method: Callable[..., T], *question: Hashable, deadline: Deadline, seconds: float = 10.0) -> T:
        """The store's answer, good for so many seconds. Raises what the store raises."""
        ...


@dataclass
class Witness:
    """Asks for one page, and remembers whether something failed or came in part: such a page is not for keeping."""

    asks: Asks
    doubtful: bool = False

    def __call__(self, method: Callable[..., T], *question: Hashable, deadline: Deadline, seconds: float = 10.0) -> T:
        """As the other answers."""
        try:
            found = self.asks(method, *question, deadline=deadline, seconds=seconds)
        except QueryError:
            self.doubtful = True
            raise
        self.doubtful = self.doubtful or is_partial(found)
        return found


def is_partial(value: object) -> bool:
    """Whether an answer says that something is missing in it."""
    quality = getattr(value, "quality", None)
    return quality is not None and bool(quality.partial)


@dataclass
class Asking:
    """Asks methods of stores. Safe for threads; `at_once` questions run at the same time.

    At most `most` answers are kept, and of them as many as hold `most_parts` lines and spans together: about 60 MB.
    """

    stats: Stats
    at_once: int = 6
    most: int = 256
    most_parts: int = 25_000
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: OrderedDict[Hashable, tuple[float, Any]] = field(default_factory=OrderedDict)
    _under_way: dict[Hashable, Future[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._room = threading.BoundedSemaphore(self.at_once)

    def __call__(self, method: Callable[..., T], *question: Hashable, deadline: Deadline, seconds: float = 10.0) -> T:
        """The store's answer: kept, shared with who asks the same right now, or fresh.

        Raises what the store raises, and SourceUnavailable when the deadline passes while another one asks.
        """
        source = str(getattr(method.__self__, "name", ""))  # type: ignore[attr-defined]
        key = (source, method.__name__, question)
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
            if value is not None and self.clock() < until:
                self._kept.move_to_end(key)
                self.stats.answers.labels("cache").inc()
                kept: T = value
                return kept
            other: Future[T] | None = self._under_way.get(key)
            if other is None:
                mine: Future[T] = Future()
                self._under_way[key] = mine
        if other is not None:
            return self._joined(other, source, deadline)

        def ask() -> T:
            return method(*question, deadline=deadline)

        return self._asked(key, mine, source, ask, deadline, seconds)

    def _joined(self, other: Future[T], source: str, deadline: Deadline) -> T:
        self.stats.answers.labels("joined").inc()
        try:
            return other.result(deadline.remaining)
        except WaitedTooLong:
            raise SourceUnavailable(
                source, f"The {source} did not answer in time.", "Choose a shorter range."
            ) from None

    def _asked(
        self, key: Hashable, mine: Future[T], source: str, ask: Callable[[], T], deadline: Deadline, seconds: float
    ) -> T:
        try:
            value = self._limited(source, ask, deadline)
        except BaseException as error:
            self.stats.upstream.labels(source, "failed").inc()
            mine.set_exception(error.without_frames() if isinstance(error, QueryError) else error)
            mine.exception()  # nobody may wait for it; that is no forgotten error
            raise
        else:
            self.stats.upstream.labels(source, "ok").inc()
            self.stats.answers.labels("fresh").inc()
            self._keep(key, value, seconds)
            mine.set_result(value)
            return value
        finally:
            with self._lock:
                self._under_way.pop(key, None)

    def _limited(self, source: str, ask: Callable[[], T], deadline: Deadline) -> T:
        if not self._room.acquire(timeout=deadline.remaining):
            raise Busy(source, f"The {source} are busy with {self.at_once} other questions.", 2.0)
        try:
            with self.stats.timed("store"):
                return understood(source, ask)
        finally:
            self._room.release()

    def _keep(self, key: Hashable, value: Any, seconds: float) -> None:
        if is_partial(value):
            seconds = min(seconds, DOUBTFUL_SECONDS)
        now = self.clock()
        with self._lock:
            for old in [each for each, (until, _) in self._kept.items() if until <= now]:
                del self._kept[old]
            self._kept[key] = (now + seconds, value)
            parts = sum(_parts(each) for _, each in self._kept.values())
            while len(self._kept) > self.most or parts > self.most_parts:
                _, (_, gone) = self._kept.popitem(last=False)
                parts -= _parts(gone)


def understood(source: str, ask: Callable[[], T]) -> T:
    """The answer of a store; what it cannot make sense of is logged and raised as AnswerMalformed.

    A backend may send anything (a hit without its sort values, an object in place of a number): a page that says so is
    better than none.
    """
    try:
        return ask()
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
        _LOG.exception("An answer of the %s is not understood", source)
        raise AnswerMalformed(
            source, f"An answer of the {source} is not understood.", "The log of this app has the details."
        ) from None


def _parts(value: Any) -> int:
    """How many lines or spans an answer holds."""
    held = (getattr(value, name, None) for name in ("spans", "lines"))
    return sum(len(each) for each in held if isinstance(each, tuple))
