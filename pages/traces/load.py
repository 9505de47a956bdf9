"""What the stores know of the spans that the traces page searches; parts are asked at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pages import differences
from pages.session import Session
from pages.store_call import StoreResult
from pages.traces.query import TracesQuery
from queries.search.results import SignificantValues
from queries.traces.types import OperationList, Scatter, ServiceList, TracePage

DOTS: Final = 500
FACET: Final = 15


@dataclass(frozen=True)
class TracesModel:
    """What there is to show; only the list has to have an answer. `different` is None when nobody asked."""

    page: TracePage
    scatter: StoreResult[Scatter]
    services: StoreResult[ServiceList]
    operations: StoreResult[OperationList]
    different: StoreResult[SignificantValues | None] | None


def load(query: TracesQuery, session: Session) -> TracesModel:
    """The list and what stands beside it. Raises QueryError when the list has no answer."""
    store, search, deadline = session.need_traces(), query.search, session.deadline
    scatter = session.call(lambda: store.scatter(search, DOTS, deadline))
    services = session.call(lambda: store.services(search, FACET, deadline))
    operations = session.call(lambda: store.operations(search, FACET, deadline))
    chosen = query.different
    different = session.call(lambda: differences.load(store, search, chosen, deadline)) if chosen else None
    page = store.search(search, query.paging, deadline)
    return TracesModel(
        page, scatter.result(), services.result(), operations.result(), different.result() if different else None
    )
