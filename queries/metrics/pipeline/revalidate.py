"""Stale-while-revalidate: serve cached points while a fetch runs in the background.

Here the viewer's thread parts from the fetch: `begin` answers from memory or sees to it that a fetch is under way,
`finish` waits for it, briefly when an older answer can be shown, else until the viewer's deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace
from typing import Final

from queries.core.deadline import Deadline
from queries.core.errors import LimitExceeded, QueryError, QueryRejected, SourceUnavailable
from queries.core.single_flight import SingleFlight
from queries.metrics.pipeline.answers import AnswerCache
from queries.metrics.pipeline.base import Call, Handler, Reply
from queries.metrics.pipeline.stale import StaleReply, last_good, last_good_or_raise, reply_or_whole
from queries.metrics.request import Origin, Request
from queries.metrics.restart_watch import RestartWatch
from queries.metrics.settings import EngineSettings

# While a fetch is under way, less than this share of the window is not worth showing instead.
_ENOUGH: Final = 0.5


@dataclass(frozen=True)
class TimedOut:
    """The deadline passed first."""


Finished = Reply | StaleReply | TimedOut
Ticket = Callable[[Deadline], Finished]


@dataclass(frozen=True)
class Revalidation:
    """Begins what viewers wait for. `fetch` runs in a pool of the source; fetches wait for their legs, which have
    threads of their own.
    """

    fetch: Handler
    answers: AnswerCache
    watches: Mapping[str, RestartWatch]
    flights: SingleFlight[Request, Reply]
    pools: Mapping[str, ThreadPoolExecutor]
    settings: EngineSettings

    def begin(self, call: Call) -> Ticket:
        """Start what has to be started; the ticket gives the answer, or raises QueryError."""
        if (refusal := self.answers.refusal(call)) is not None:
            return lambda _deadline: last_good_or_raise(self.answers, call, refusal)
        whole = self.answers.lookup(call)
        if whole is not None:
            if not self.watches[call.request.source].is_due(call.key):
                return lambda _deadline: whole
            call = replace(call, confirm=True)
        pool = self.pools[call.request.source]
        flight, joined = self.flights.share(call.request, lambda: pool.submit(self._fetched, call))
        if joined:
            self.answers.stats.joined.labels("request").inc()
        if whole is not None:
            return lambda deadline: reply_or_whole(flight, whole, deadline.earlier(self.settings.patience))
        return lambda deadline: self._finish(call, flight, joined, deadline)

    def _fetched(self, call: Call) -> Reply:
        outcome = self._tried(call)
        if isinstance(outcome, QueryError):
            raise outcome  # here, outside of the handler: the future is shared and must hold no answer's bytes
        return outcome

    def _tried(self, call: Call) -> Reply | QueryError:
        # The time it may take begins when it begins, not while it queues.
        try:
            return self.fetch(replace(call, deadline=Deadline.after(self.settings.fetch_seconds)))
        except QueryError as error:
            if isinstance(error, QueryRejected | LimitExceeded):
                self.answers.short_lived.put(call.request, error, self.settings.rejected_seconds)
            return error.without_frames()

    def _finish(self, call: Call, flight: Future[Reply], joined: bool, deadline: Deadline) -> Finished:
        """The fetched reply; the cached one when that takes long; whatever is cached when the deadline passes."""
        try:
            try:
                reply = flight.result(deadline.earlier(self.settings.patience).remaining)
            except FutureTimeout:
                # Whole by now: the fetch is about to end, and its own reply tells the story better.
                whole = self.answers.lookup(call)
                if whole is None and (aged := last_good(self.answers, call, _ENOUGH)) is not None:
                    return aged
                reply = reply_or_whole(flight, whole, deadline.earlier(self.settings.patience) if whole else deadline)
        except FutureTimeout:
            return last_good(self.answers, call, shared=True) or TimedOut()
        except CancelledError:  # the engine is being closed
            raise SourceUnavailable(call.request.source, "The query was cancelled: the server is stopping.") from None
        except QueryError as error:
            return last_good_or_raise(self.answers, call, error)
        return replace(reply, origin=Origin.JOINED) if joined and reply.origin is Origin.FRESH else reply
