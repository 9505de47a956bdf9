"""The stores of logs and traces as one page asks them: several at a time, and under one deadline."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pages.alerts.source import AlertSource
from pages.explore.source import MetricSource
from pages.incident.source import IncidentRecords
from pages.metric_reader import MetricReader
from pages.runbooks.source import RunbookSource
from pages.store_call import StoreCall, result_of
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.stores.cached_logs import CachedLogStore
from queries.stores.cached_traces import CachedTraceStore
from queries.stores.log_store import LogStore
from queries.stores.query_cache import Answers, PartialResultTracker, Uncached
from queries.stores.trace_store import TraceStore

PAGE_SECONDS: Final = 3.6  # a page is due after 4: the rest is for its HTML
THREADS: Final = 12
T = TypeVar("T")


@dataclass(frozen=True)
class Session:
    """The stores as one page asks them: all of its questions have one deadline. None where no store is set up."""

    deadline: Deadline
    tracker: PartialResultTracker
    threads: Executor
    logs: LogStore | None = None
    traces: TraceStore | None = None
    alerts: AlertSource | None = None
    runbooks: RunbookSource | None = None
    metrics: MetricReader | None = None
    incidents: IncidentRecords | None = None
    explored: MetricSource | None = None

    def call(self, question: Callable[[], T]) -> StoreCall[T]:
        """Begin a question while the page asks others. It may not begin further ones: threads are few."""
        return StoreCall(self.threads.submit(result_of, question), self.deadline)

    def need_alerts(self) -> AlertSource:
        """The source of alerts. Raises InvalidInput when there is none."""
        if self.alerts is None:
            raise InvalidInput("alerts", "This app does not know where alerts are.", "Set CODEAGENT_PROMETHEUS_URL.")
        return self.alerts

    def need_logs(self) -> LogStore:
        """The log store. Raises InvalidInput when there is none."""
        if self.logs is None:
            raise InvalidInput(
                "logs",
                "This app does not know where the logs are.",
                "Set CODEAGENT_LOGS_DIR to the folder of the file sink, or CODEAGENT_ELASTICSEARCH_URL.",
            )
        return self.logs

    def need_traces(self) -> TraceStore:
        """The trace store. Raises InvalidInput when there is none."""
        if self.traces is None:
            raise InvalidInput(
                "traces",
                "This app does not know where the traces are.",
                "Set CODEAGENT_TRACES_DIR to the folder of the OTLP files, or CODEAGENT_ELASTICSEARCH_URL.",
            )
        return self.traces

    def need_explored(self) -> MetricSource:
        """Metrics by their names. Raises InvalidInput when there are none."""
        if self.explored is None:
            raise InvalidInput(
                "metric", "This app does not know where the metrics are.", "Set CODEAGENT_PROMETHEUS_URL."
            )
        return self.explored

    def need_metrics(self) -> MetricReader:
        """The metrics. Raises InvalidInput when there are none."""
        if self.metrics is None:
            raise InvalidInput(
                "metrics", "This app does not know where the metrics are.", "Set CODEAGENT_PROMETHEUS_URL."
            )
        return self.metrics


@dataclass(frozen=True)
class Stores:
    """Where log lines, traces and metrics come from; None where the settings name none."""

    answers: Answers
    logs: CachedLogStore | None = None
    traces: CachedTraceStore | None = None
    alerts: AlertSource | None = None
    runbooks: RunbookSource | None = None
    seconds: float = PAGE_SECONDS  # how long all questions of a page may take together
    threads: Executor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "stores"))
    metrics: MetricReader | None = None
    incidents: IncidentRecords | None = None
    explored: MetricSource | None = None

    def session(self) -> Session:
        """The stores for one page; its time begins now."""
        return self._session(self.answers)

    def uncached(self) -> Session:
        """As `session`, for answers that nobody else will ask for."""
        return self._session(Uncached())

    def _session(self, answers: Answers) -> Session:
        tracker = PartialResultTracker(answers)
        return Session(
            Deadline.after(self.seconds),
            tracker,
            self.threads,
            self.logs and self.logs.through(tracker),
            self.traces and self.traces.through(tracker),
            self.alerts,
            self.runbooks,
            self.metrics,
            self.incidents,
            self.explored,
        )
