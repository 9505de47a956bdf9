"""The two traces that are compared: the one in question and another, by default a typical one of its operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pages.page_url import PageUrl
from pages.session import Session
from pages.trace.load import load_tree, shows_recorded_times, trace_id_of
from queries.core.errors import InvalidInput
from queries.search.results import NANO, Range
from queries.traces.arrange import Arranged
from queries.traces.compare import Comparison, compare
from queries.traces.types import TraceQuery

AROUND_S: Final = 6 * 3_600  # a typical trace is looked for so long before and after
DAY_S: Final = 86_400


@dataclass(frozen=True)
class CompareQuery:
    """Ids of the first and the other trace; without the other, a typical one is looked for."""

    url: PageUrl
    first: str
    other: str
    as_recorded: bool


@dataclass(frozen=True)
class CompareModel:
    """Both traces and their differences."""

    first: Arranged
    second: Arranged
    comparison: Comparison


def read(url: PageUrl) -> CompareQuery:
    """What the URL asks for. Raises InvalidInput."""
    return CompareQuery(
        url, trace_id_of(url, "a"), trace_id_of(url, "b") if url.value("b") else "", shows_recorded_times(url)
    )


def load(query: CompareQuery, session: Session) -> CompareModel:
    """Both traces. Raises QueryError, and InvalidInput when there is no other trace to compare with."""
    if query.other:
        second_call = session.call(lambda: load_tree(query.other, session, as_recorded=query.as_recorded))
        first = load_tree(query.first, session, as_recorded=query.as_recorded)
        second = second_call.result().get()
    else:
        first = load_tree(query.first, session, as_recorded=query.as_recorded)
        second = load_tree(_typical(first, session), session, as_recorded=query.as_recorded)
    return CompareModel(first, second, compare(first, second))


def _typical(first: Arranged, session: Session) -> str:
    """A trace of the same operation near the median. Raises InvalidInput when there is none."""
    root, instant = first.spans[0], first.start_ns // NANO
    store = session.need_traces()
    for around in (AROUND_S, 7 * DAY_S):
        query = TraceQuery(_near(instant, around), service=root.service, operation=root.name)
        candidate = store.typical(query, "", session.deadline)
        if candidate is not None and candidate.trace_id == first.trace_id:
            candidate = store.typical(query, first.trace_id, session.deadline)
        if candidate is not None:
            return candidate.trace_id
    raise InvalidInput(
        "a",
        f"There is no other trace of “{root.name}” without errors to compare with.",
        "Give one as b=… in the address.",
    )


def _near(instant: int, around: int) -> Range:
    """Whole hours, so that neighbours ask the same."""
    return Range.of_seconds((instant - around) // 3_600 * 3_600, -(-(instant + around) // 3_600) * 3_600)
