"""The address of a metric's page: its name, a range, and filters by labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pages.page_url import PageUrl
from queries.core.errors import InvalidInput

_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,199}", re.ASCII)


@dataclass(frozen=True)
class ExploreQuery:
    """The metric, empty while none is chosen, and the values by label that its series are filtered by."""

    url: PageUrl
    metric: str
    filters: Mapping[str, tuple[str, ...]]


def read(url: PageUrl) -> ExploreQuery:
    """The query. Raises InvalidInput for a text that cannot be the name of a metric."""
    metric = url.value("metric").strip()
    if metric and not _NAME.fullmatch(metric):
        raise InvalidInput(
            "metric",
            f"“{metric[:60]}” is not a valid metric name.",
            "Names have letters, digits, underscores and colons, and do not begin with a digit.",
        )
    filters: dict[str, tuple[str, ...]] = {}
    for chosen in url.filters:
        if chosen.negated or not chosen.values:
            raise InvalidInput("f", "Filters of this page name values.", "Write f=label:value.")
        filters[chosen.field] = chosen.values
    return ExploreQuery(url, metric, filters)
