"""Whether a store answers: a small question in the background finds out, no viewer waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from queries.core.deadline import Deadline
from queries.core.errors import CircuitOpen, LimitExceeded, QueryError, SourceUnavailable

Check = Callable[[Deadline], object]


class StoreHealth:
    """Refuses questions to a store that is known to be away.

    A question that failed may have been too large while the store is well, and one viewer's question must not stop
    the others. So a failure only starts `check`, a small question; when that fails too, the store is away, and the
    check is repeated every `seconds` until it is answered. Safe for threads; a thread runs only while there is doubt.
    """

    def __init__(
        self,
        name: str,
        check: Check,
        seconds: float = 2.0,
        patience: float = 2.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name, self._check, self._seconds, self._patience, self._pause = name, check, seconds, patience, pause
        self._lock = threading.Lock()
        self._checking = False
        self._cause: QueryError | None = None

    @property
    def is_away(self) -> bool:
        """Whether questions are refused."""
        return self._cause is not None

    def admit(self) -> None:
        """Pass while the store answers. Raises CircuitOpen with the sentence of the failure while it is away."""
        cause = self._cause
        if cause is not None:
            raise CircuitOpen(self._name, cause.sentence, "It is checked every few seconds.")

    def failed(self, error: QueryError) -> None:
        """A question had no answer: find out whether any has."""
        if not isinstance(error, SourceUnavailable | LimitExceeded):
            return
        with self._lock:
            if self._checking:
                return
            self._checking = True
        threading.Thread(target=self._watch, args=(error.without_frames(),), name="store-health", daemon=True).start()

    def _watch(self, first: QueryError) -> None:
        """Ask until there is an answer."""
        cause: QueryError | None = first
        while cause is not None:
            cause = self._probe()
            with self._lock:
                # Words of the failure that viewers met tell more than those of the small question.
                self._cause = first if cause is not None else None
                self._checking = cause is not None
            if cause is not None:
                self._pause(self._seconds)

    def _probe(self) -> QueryError | None:
        """The failure of the small question, None when it was answered."""
        try:
            self._check(Deadline.after(self._patience))
        except (SourceUnavailable, LimitExceeded) as error:
            return error.without_frames()
        except QueryError:
            return None  # it was understood and refused: somebody is there
        except Exception as error:
            return SourceUnavailable(
                self._name, f"{self._name} did not return a valid response ({type(error).__name__})."
            )
        return None
