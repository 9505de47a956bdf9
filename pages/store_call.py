"""Results of store queries that run in parallel: a value or an error."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Generic, TypeVar

from queries.core.deadline import Deadline
from queries.core.errors import QueryError, SourceUnavailable

T = TypeVar("T")
_GRACE_SECONDS = 0.2  # a store that stops at the deadline still reports why


@dataclass(frozen=True)
class StoreResult(Generic[T]):
    """A value or an error, never both."""

    value: T | None = None
    error: QueryError | None = None

    def get(self) -> T:
        """The value. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # None may be a value


def result_of(query: Callable[[], T]) -> StoreResult[T]:
    """Run a query; a QueryError becomes part of the result."""
    try:
        return StoreResult(query())
    except QueryError as error:
        return StoreResult(error=error.without_frames())


class Late(SourceUnavailable):
    """The answer is on its way: a request in a moment gets it."""


@dataclass(frozen=True)
class StoreCall(Generic[T]):
    """A store query that runs in another thread."""

    future: Future[StoreResult[T]]
    deadline: Deadline

    def result(self) -> StoreResult[T]:
        """Wait for the result until the deadline; after it, an error."""
        try:
            return self.future.result(self.deadline.remaining + _GRACE_SECONDS)
        except FutureTimeout:
            self.future.cancel()
            return StoreResult(
                error=SourceUnavailable("stores", "There was not enough time for this part of the page.")
            )

    def result_by(self, until: Deadline) -> StoreResult[T]:
        """Wait for the result until another deadline; after it, Late, while the query goes on until its own."""
        if until.expires_at >= self.deadline.expires_at:
            return self.result()
        try:
            return self.future.result(until.remaining)
        except FutureTimeout:
            return StoreResult(error=Late("stores", "This part is on its way."))
