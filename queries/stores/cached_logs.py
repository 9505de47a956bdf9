"""A store of logs whose answers are cached."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Final, TypeVar

from queries.core.deadline import Deadline
from queries.logs.types import (
    Around,
    LogContext,
    LogExplorer,
    LogFacets,
    LogHistogram,
    LogLine,
    LogPage,
    LogPatterns,
    LogQuery,
    LogTail,
    Paging,
)
from queries.search.results import Facet, FieldList, SignificantValues
from queries.stores.health import StoreHealth
from queries.stores.log_store import LogStore
from queries.stores.query_cache import Answers, Source

T = TypeVar("T")
# Seconds for which answers are good: lines come all the time, names of fields seldom.
_LINES: Final = 10.0
_VALUES: Final = 30.0
_FIELDS: Final = 60.0
_TAIL: Final = 1.0


class CachedLogStore:
    """`LogStore` over another one: the same question is asked once and its answer kept for seconds."""

    def __init__(self, store: LogStore, answers: Answers, health: StoreHealth | None = None) -> None:
        self._store, self._answers = store, answers
        self._source = Source(store.name, health)

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return self._store.name

    def through(self, answers: Answers) -> CachedLogStore:
        """The same store, its answers taken from elsewhere."""
        return CachedLogStore(self._store, answers, self._source.health)

    def search(self, query: LogQuery, paging: Paging, deadline: Deadline) -> LogPage:
        """One page of lines, with the total."""
        ask = partial(self._store.search, query, paging, deadline)
        return self._get(("search", query, paging), ask, deadline, _LINES)

    def histogram(self, query: LogQuery, buckets: int, deadline: Deadline) -> LogHistogram:
        """Lines by level over the whole range."""
        ask = partial(self._store.histogram, query, buckets, deadline)
        return self._get(("histogram", query, buckets), ask, deadline, _LINES)

    def facets(self, query: LogQuery, fields: Sequence[str], size: int, deadline: Deadline) -> LogFacets:
        """The most frequent values of each field."""
        ask = partial(self._store.facets, query, fields, size, deadline)
        return self._get(("facets", query, tuple(fields), size), ask, deadline, _LINES)

    def explore(
        self, query: LogQuery, paging: Paging, buckets: int, fields: Sequence[str], size: int, deadline: Deadline
    ) -> LogExplorer:
        """Search, histogram and facets in one round to the backend."""
        ask = partial(self._store.explore, query, paging, buckets, fields, size, deadline)
        return self._get(("explore", query, paging, buckets, tuple(fields), size), ask, deadline, _LINES)

    def fields(self, query: LogQuery, limit: int, deadline: Deadline) -> FieldList:
        """Fields there are."""
        ask = partial(self._store.fields, query, limit, deadline)
        return self._get(("fields", query, limit), ask, deadline, _FIELDS)

    def values(self, query: LogQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with `prefix`."""
        ask = partial(self._store.values, query, field, prefix, size, deadline)
        return self._get(("values", query, field, prefix, size), ask, deadline, _VALUES)

    def line(self, line_id: str, deadline: Deadline) -> LogLine:
        """One line, uncut."""
        return self._get(("line", line_id), partial(self._store.line, line_id, deadline), deadline, _LINES)

    def context(self, line_id: str, around: Around, before: int, after: int, deadline: Deadline) -> LogContext:
        """Lines before and after it."""
        ask = partial(self._store.context, line_id, around, before, after, deadline)
        return self._get(("context", line_id, around, before, after), ask, deadline, _LINES)

    def tail(self, query: LogQuery, cursor: str, limit: int, deadline: Deadline) -> LogTail:
        """What came since the cursor."""
        ask = partial(self._store.tail, query, cursor, limit, deadline)
        return self._get(("tail", query, cursor, limit), ask, deadline, _TAIL)

    def patterns(self, query: LogQuery, size: int, deadline: Deadline) -> LogPatterns:
        """Lines grouped by message template."""
        ask = partial(self._store.patterns, query, size, deadline)
        return self._get(("patterns", query, size), ask, deadline, _LINES)

    def correlated(self, correlation_id: str, limit: int, deadline: Deadline) -> LogPage:
        """Every line of one correlation id."""
        ask = partial(self._store.correlated, correlation_id, limit, deadline)
        return self._get(("correlated", correlation_id, limit), ask, deadline, _LINES)

    def significant_values(
        self, selection: LogQuery, around: LogQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Fields that tell the selection from the rest."""
        ask = partial(self._store.significant_values, selection, around, size, deadline)
        return self._get(("significant_values", selection, around, size), ask, deadline, _LINES)

    def close(self) -> None:
        """Let go of connections and temporary files."""
        self._store.close()

    def _get(self, question: Hashable, ask: Callable[[], T], deadline: Deadline, seconds: float) -> T:
        return self._answers.get(self._source, ("logs", question), ask, deadline, seconds)
