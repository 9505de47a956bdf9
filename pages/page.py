"""What an exploring page answers: named parts of HTML, good for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

from pages.page_url import PageUrl
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, QueryError
from queries.stores.cached_logs import CachedLogStore
from queries.stores.cached_traces import CachedTraceStore
from queries.stores.log_store import LogStore
from queries.stores.query_cache import Answers, PartialResultTracker, Uncached
from queries.stores.trace_store import TraceStore

PAGE_SECONDS: Final = 3.6  # a page is due after 4: the rest is for its HTML


@dataclass(frozen=True)
class Session:
    """The stores as one page asks them: all of its questions have one deadline. None where no store is set up."""

    deadline: Deadline
    tracker: PartialResultTracker
    logs: LogStore | None = None
    traces: TraceStore | None = None

    def need_logs(self) -> LogStore:
        """The log store. Raises InvalidInput when there is none."""
        if self.logs is None:
            raise InvalidInput(
                "logs", "This app does not know where the logs are.",
                "Set CODEAGENT_LOGS_DIR to the folder of the file sink, or CODEAGENT_ELASTICSEARCH_URL.",
            )  # fmt: skip
        return self.logs

    def need_traces(self) -> TraceStore:
        """The trace store. Raises InvalidInput when there is none."""
        if self.traces is None:
            raise InvalidInput(
                "traces", "This app does not know where the traces are.",
                "Set CODEAGENT_TRACES_DIR to the folder of the OTLP files, or CODEAGENT_ELASTICSEARCH_URL.",
            )  # fmt: skip
        return self.traces


@dataclass(frozen=True)
class Stores:
    """Where log lines and traces are asked for; None where the settings name none."""

    answers: Answers
    logs: CachedLogStore | None = None
    traces: CachedTraceStore | None = None
    seconds: float = PAGE_SECONDS  # how long all questions of a page may take together

    def session(self) -> Session:
        """The stores for one page; its time begins now."""
        return self._session(self.answers)

    def uncached(self) -> Session:
        """As `session`, for answers that nobody else will ask for."""
        return self._session(Uncached())

    def _session(self, answers: Answers) -> Session:
        tracker = PartialResultTracker(answers)
        return Session(
            Deadline.after(self.seconds), tracker, self.logs and self.logs.through(tracker),
            self.traces and self.traces.through(tracker),
        )  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """The parts of a page by name; `seconds` says how long they stay true, `title` names the page.

    `failed` names the parts whose questions have no answer; they say so in their place.
    """

    parts: Mapping[str, Markup]
    seconds: float = 10.0
    title: str = ""
    failed: Mapping[str, QueryError] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """An exploring page: its parts in order, and how they are filled (raises QueryError).

    `nav` names the entry of the navigation it belongs to. A page with `below` has no document of its own: its parts
    stand below the board of that name.
    """

    id: str
    title: str
    answer: Callable[[PageUrl, Session], Answer]
    parts: tuple[str, ...] = ()
    nav: str = ""
    has_range: bool = True
    below: str = ""
    own: tuple[str, ...] = ()  # parameters that only concern the browser
    skip: tuple[str, str] = ("Skip to the content", "main")  # the first link: its words and the id that it leads to
    form: Callable[[PageUrl], Markup] | None = None  # what stays when the rest is refused, so that it can be mended

    @property
    def path(self) -> str:
        """Its address."""
        return f"/{self.id}"
