"""The first spans of traces that have no root, in a table of their own: their caller lies outside, or is lost.

Which they are depends on all spans there are, so they are looked for when spans came or went, but not at every look.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from queries.core.deadline import Deadline
from queries.stores.duckdb.database import Database, TooLarge
from queries.stores.duckdb.ingest import Ingest, Progress
from queries.stores.duckdb.trace_table import TABLE, TOPS

PAUSE: Final = 2.0  # seconds between two looks
# Hashes of ids are grouped ten times as fast as ids. A span that names itself as its parent has none.
_LOOK: Final = (
    f"CREATE OR REPLACE TABLE {TOPS} AS WITH rootless AS MATERIALIZED (SELECT hash(trace_id) AS trace FROM {TABLE} "  # noqa: S608
    "GROUP BY trace HAVING NOT bool_or(parent_id = '')), inside AS MATERIALIZED (SELECT trace_id, span_id, parent_id "
    f"FROM {TABLE} WHERE hash(trace_id) IN (SELECT trace FROM rootless)) SELECT DISTINCT trace_id, span_id FROM inside "
    "WHERE NOT EXISTS (SELECT 1 FROM inside AS above WHERE above.trace_id = inside.trace_id "
    "AND above.span_id = inside.parent_id AND above.span_id <> inside.span_id)"
)


class Tops:
    """Keeps the table in step with the spans. Safe for threads."""

    def __init__(self, database: Database, ingest: Ingest, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._ingest, self._clock = database, ingest, clock
        self._lock = threading.Lock()
        self._generation, self._looked = 0, -PAUSE

    def refresh(self, progress: Progress, deadline: Deadline) -> None:
        """Look anew if spans came or went since the last time. Raises SourceUnavailable when the database broke."""
        with self._lock:
            if progress.generation == self._generation or self._clock() - self._looked < PAUSE:
                return
            with suppress(TooLarge):  # what was known before is better than no answer
                if self._ingest.alone(lambda: self._database.write(_LOOK), deadline):
                    self._generation, self._looked = progress.generation, self._clock()
