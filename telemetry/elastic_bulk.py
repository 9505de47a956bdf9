"""Writes documents to Elasticsearch in bulk and loses none while the cluster is away, as far as the spill reaches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from telemetry.elastic_http import BUSY, Cluster, Refused, Unreachable
from telemetry.lenient_json import dumps
from telemetry.logs import get_logger
from telemetry.spill import Spill, pairs

LONGEST_PAUSE: Final = 60.0
UNKNOWN_CALLER: Final = 401
FORBIDDEN: Final = 403
TOO_LARGE: Final = 413
REPLAY_BATCH: Final = 500
log = get_logger("CodeAgent.Telemetry")
_BULK: Final = "/_bulk?filter_path=errors,items.*.status,items.*.error.type"


@dataclass(frozen=True)
class Document:
    """A document with the id that makes sending it twice harmless."""

    index: str
    id: str
    source: dict[str, Any]

    def lines(self) -> bytes:
        """As `_bulk` takes it: action and source."""
        action = {"create": {"_index": self.index, "_id": self.id}}
        return dumps(action) + b"\n" + dumps(self.source) + b"\n"


@dataclass
class Counts:
    """Counts of documents: indexed, refused by the cluster, lost because the disk is full, and waiting on disk."""

    sent: int = 0
    refused: int = 0
    dropped: int = 0
    spilled: int = 0


class BulkWriter:
    """Sends, backs off, spills and replays. Not for several threads: a Batcher calls it.

    `prepare` is called before the first document (templates); `plain` turns the two lines of a document that the
    mapping refuses into lines that it will take.
    """

    def __init__(
        self,
        cluster: Cluster,
        spill: Spill | None,
        prepare: Callable[[Cluster], None],
        plain: Callable[[bytes], bytes] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster, self._spill, self._prepare, self._plain, self._clock = cluster, spill, prepare, plain, clock
        self._prepared = False
        self._pause, self._retry_at = 0.0, 0.0
        self._replayed: dict[Path, int] = {}
        self.counts = Counts()

    def write(self, documents: Sequence[bytes]) -> None:
        """Deliver or keep; never raises."""
        if self._clock() < self._retry_at:
            self._keep(documents)
            return
        again = self._attempt(documents)
        if again:
            self._keep(again)
        else:
            self.idle()

    def idle(self) -> None:
        """Send what waits on disk, when the cluster is there."""
        if self._spill is None or self._clock() < self._retry_at:
            return
        for path in self._spill.claim():
            if not self._replay(path):
                return

    def _replay(self, path: Path) -> bool:
        """Send a file from where the last attempt ended; whether it is done with."""
        done = self._replayed.get(path, 0)
        for batch in _batches(_from(path, done)):
            again = self._attempt(batch)
            if again:  # those that went through are refused as duplicates the next time
                return False
            done += len(batch)
            self._replayed[path] = done
        self._replayed.pop(path, None)
        path.unlink(missing_ok=True)
        return True

    def _attempt(self, documents: Sequence[bytes]) -> list[bytes]:
        """Deliver once; the documents to try again later."""
        try:
            self._get_ready()
            again = self._deliver(documents)
        except Unreachable:
            self._back_off()
            return list(documents)
        except Refused as refused:
            return self._refused(documents, refused.status)
        if again:
            self._back_off()
        else:
            self._pause = 0.0
        return again

    def _get_ready(self) -> None:
        """Register templates; a key that may only write documents goes on without."""
        if self._prepared:
            return
        try:
            self._prepare(self._cluster)
        except Refused as refused:
            if refused.status == UNKNOWN_CALLER:
                raise
            log.warning("The index template could not be put: {Reason}", Reason=str(refused))
        self._prepared = True

    def _refused(self, documents: Sequence[bytes], status: int) -> list[bytes]:
        """The documents to try again after the cluster refused the whole request."""
        if status in (UNKNOWN_CALLER, FORBIDDEN):  # somebody will mend the rights, or the key that ran out
            self._back_off()
            return list(documents)
        if status == TOO_LARGE and len(documents) > 1:
            half = len(documents) // 2
            return [*self._attempt(documents[:half]), *self._attempt(documents[half:])]
        self.counts.refused += len(documents)
        return []

    def _deliver(self, documents: Sequence[bytes]) -> list[bytes]:
        answer = self._cluster.call("POST", _BULK, b"".join(documents))
        results = [next(iter(item.values()))["status"] for item in answer.get("items", ())]
        if len(results) != len(documents):
            raise Unreachable("The response does not contain a result for every document.")
        again = [document for document, status in zip(documents, results, strict=True) if status in BUSY]
        refused = [d for d, status in zip(documents, results, strict=True) if status == 400]
        self.counts.sent += sum(status < 300 or status == 409 for status in results)
        self.counts.refused += sum(400 < status < 500 and status not in (*BUSY, 409) for status in results)
        self._deliver_plain(refused)
        return again

    def _deliver_plain(self, refused: Sequence[bytes]) -> None:
        """A mapping takes the first type that it saw: send the others in a form that any mapping takes."""
        if not refused or self._plain is None:
            self.counts.refused += len(refused)
            return
        answer = self._cluster.call("POST", _BULK, b"".join(map(self._plain, refused)))
        accepted = sum(next(iter(item.values()))["status"] in (200, 201, 409) for item in answer.get("items", ()))
        self.counts.sent += accepted
        self.counts.refused += len(refused) - accepted

    def _keep(self, documents: Sequence[bytes]) -> None:
        if self._spill is not None and self._spill.append(b"".join(documents)):
            self.counts.spilled += len(documents)
        else:
            self.counts.dropped += len(documents)

    def _back_off(self) -> None:
        self._pause = min(max(1.0, self._pause * 2), LONGEST_PAUSE)
        self._retry_at = self._clock() + self._pause


def _from(path: Path, skip: int) -> Iterator[bytes]:
    for index, pair in enumerate(pairs(path)):
        if index >= skip:
            yield pair


def _batches(documents: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(documents)
    while batch := list(islice(rest, REPLAY_BATCH)):
        yield batch
