"""The URL of a runbook: its name, and the labels of the alert that it is opened from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pages.page_url import PageUrl
from pages.runbooks.document import Runbook, load
from pages.runbooks.source import Filters

LABELS: Final = (
    "environment",
    "instance",
    "job",
    "provider",
    "model",
    "endpoint",
    "cache",
    "scope",
    "key",
    "user",
    "team",
)


@dataclass(frozen=True)
class RunbookQuery:
    """The runbook of that `name`, None if there is none, and for the list; `filters` are the labels."""

    url: PageUrl
    name: str
    runbook: Runbook | None
    filters: Filters


def read(url: PageUrl) -> RunbookQuery:
    """The query. Raises InvalidInput if the name is given twice."""
    name = url.value("name")
    filters = {label: values for label in LABELS if (values := tuple(filter(None, url.all(label))))}
    return RunbookQuery(url, name, load(name) if name else None, filters)
