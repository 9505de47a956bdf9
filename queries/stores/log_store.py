"""What the pages ask of a store of logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

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


class LogStore(Protocol):
    """Every method raises QueryError (GrammarError for the search box) and keeps the deadline; parts are marked."""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        ...

    def search(self, query: LogQuery, paging: Paging, deadline: Deadline) -> LogPage:
        """One page of lines, with the total."""
        ...

    def histogram(self, query: LogQuery, buckets: int, deadline: Deadline) -> LogHistogram:
        """Lines by level over the whole range in at most about `buckets` buckets."""
        ...

    def facets(self, query: LogQuery, fields: Sequence[str], size: int, deadline: Deadline) -> LogFacets:
        """The most frequent values of each field."""
        ...

    def explore(
        self, query: LogQuery, paging: Paging, buckets: int, fields: Sequence[str], size: int, deadline: Deadline
    ) -> LogExplorer:
        """Search, histogram and facets in one round to the backend."""
        ...

    def fields(self, query: LogQuery, limit: int, deadline: Deadline) -> FieldList:
        """Fields there are, for completion and columns."""
        ...

    def values(self, query: LogQuery, field: str, prefix: str, size: int, deadline: Deadline) -> Facet:
        """Frequent values of a field that begin with `prefix` (case does not matter), for completion."""
        ...

    def line(self, line_id: str, deadline: Deadline) -> LogLine:
        """One line, uncut. Raises InvalidInput when there is none (any more)."""
        ...

    def context(self, line_id: str, around: Around, before: int, after: int, deadline: Deadline) -> LogContext:
        """Lines before and after it in the same file, of the same host or the same correlation id."""
        ...

    def tail(self, query: LogQuery, cursor: str, limit: int, deadline: Deadline) -> LogTail:
        """What came since the cursor (empty: the newest `limit` lines); the query's range only bounds the start."""
        ...

    def patterns(self, query: LogQuery, size: int, deadline: Deadline) -> LogPatterns:
        """Lines grouped by message template."""
        ...

    def correlated(self, correlation_id: str, limit: int, deadline: Deadline) -> LogPage:
        """Every line of one correlation id over all services and times, oldest first."""
        ...

    def significant_values(
        self, selection: LogQuery, around: LogQuery, size: int, deadline: Deadline
    ) -> SignificantValues:
        """Fields that tell the selection from the rest; `around` holds the selection and the rest."""
        ...

    def close(self) -> None:
        """Let go of connections and temporary files."""
        ...
