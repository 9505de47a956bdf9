"""What a question to a store came to: its answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass
from typing import Generic, TypeVar

from queries.core.deadline import Deadline
from queries.core.errors import QueryError, SourceUnavailable

T = TypeVar("T")
_GRACE_SECONDS = 0.2  # a store that ends at the deadline still says why


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """An answer or an error, never both."""

    answer: T | None = None
    error: QueryError | None = None

    def get(self) -> T:
        """The answer. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.answer  # type: ignore[return-value]  # None may be an answer


def outcome(question: Callable[[], T]) -> Outcome[T]:
    """What a question comes to."""
    try:
        return Outcome(question())
    except QueryError as error:
        return Outcome(error=error.without_frames())


@dataclass(frozen=True)
class StoreCall(Generic[T]):
    """A question that is under way in another thread."""

    future: Future[Outcome[T]]
    deadline: Deadline

    def outcome(self) -> Outcome[T]:
        """What it came to; at the deadline an error."""
        try:
            return self.future.result(self.deadline.remaining + _GRACE_SECONDS)
        except WaitedTooLong:
            self.future.cancel()
            return Outcome(error=SourceUnavailable("stores", "There was no time left for this part of the page."))
