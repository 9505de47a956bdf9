"""What an exploring page answers: named parts of HTML, good for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from explore.address import Address
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.stores.log_store import LogStore
from queries.stores.query_cache import Asks
from queries.stores.trace_store import TraceStore


@dataclass(frozen=True)
class Stores:
    """Where log lines and traces are asked for; None where the settings name none."""

    asking: Asks
    logs: LogStore | None = None
    traces: TraceStore | None = None
    seconds: float = 10.0  # how long a question may take

    def deadline(self) -> Deadline:
        """The moment by which a page has its answers."""
        return Deadline.after(self.seconds)

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
class Answer:
    """The parts of a page by name; `seconds` says how long they stay true, `title` names the page."""

    parts: Mapping[str, Markup]
    seconds: float = 10.0
    title: str = ""


@dataclass(frozen=True)
class Page:
    """An exploring page: its parts in order, and how they are filled (raises QueryError).

    `nav` names the entry of the navigation it belongs to. A page with `below` has no document of its own: its parts
    stand below the board of that name.
    """

    id: str
    title: str
    answer: Callable[[Address, Stores], Answer]
    parts: tuple[str, ...] = ()
    nav: str = ""
    has_range: bool = True
    below: str = ""
    own: tuple[str, ...] = ()  # parameters that only concern the browser
    skip: tuple[str, str] = ("Skip to the content", "main")  # the first link: its words and the id that it leads to
    form: Callable[[Address], Markup] | None = None  # what stays when the rest is refused, so that it can be mended

    @property
    def path(self) -> str:
        """Its address."""
        return f"/{self.id}"
