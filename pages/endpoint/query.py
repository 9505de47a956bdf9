"""What the URL of an endpoint's page asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pages import differences
from pages.page_url import PageUrl
from pages.traces.query import served_of
from queries.logs.types import LogQuery
from queries.search.results import Filter
from queries.traces.types import TraceQuery

_LOG_LABELS: Final = {"endpoint": "Endpoint", "environment": "environment"}


@dataclass(frozen=True)
class EndpointQuery:
    """Its requests, its error lines, and which of its spans are compared with the rest (`different`, if any)."""

    url: PageUrl
    traces: TraceQuery
    errors: LogQuery
    different: str

    @property
    def there(self) -> PageUrl:
        """The traces page with the same range and filters, to which links lead."""
        return replace(self.url, path="/traces")


def read(url: PageUrl) -> EndpointQuery:
    """The query. Raises InvalidInput."""
    labels = tuple(Filter(field, url.all(name)) for name, field in _LOG_LABELS.items() if url.all(name))
    errors = LogQuery(url.range, levels=("Error", "Fatal"), filters=labels)
    return EndpointQuery(url, served_of(url), errors, differences.selection_of(url))
