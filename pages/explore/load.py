"""What the page of a metric shows: its panels, or names to choose from."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from pages.choices import RESERVED_PARAMETERS
from pages.explore.query import ExploreQuery
from pages.explore.source import MetricDetails
from pages.proposals import INNER, board
from pages.session import Session
from panels.spec import Dashboard
from queries.core.errors import InvalidInput

MOST_NAMES: Final = 40
MARGIN_SECONDS: Final = 0.4  # what is late is reported by the query layer, and not by the page's own deadline


@dataclass(frozen=True)
class ExploreModel:
    """The proposed board with its drawn panels; without one, names to choose from and how many there are."""

    details: MetricDetails | None = None
    board: Dashboard | None = None
    drawn: tuple[Markup, ...] = ()
    names: tuple[str, ...] = ()
    count: int = 0


def load(query: ExploreQuery, session: Session) -> ExploreModel:
    """The model. Raises QueryError where the backend does not answer, InvalidInput for a filter without a label."""
    source = session.need_explored()
    deadline = session.deadline.earlier(session.deadline.remaining - MARGIN_SECONDS)
    details = source.details(query.metric, deadline) if query.metric else None
    if details is None:
        names = source.names(deadline)
        return ExploreModel(names=offered(query.metric, names), count=len(names))
    proposed = proposal(details)
    _check(query.filters, proposed)
    drawn = source.drawn(proposed, query.url.time_range, query.filters, deadline)
    return ExploreModel(details, proposed, drawn)


def proposal(details: MetricDetails) -> Dashboard:
    """The board of one metric, filtered by all labels that tell its series apart."""
    labels = details.facts.labels
    filterable = [label for label in labels if label not in INNER and label not in RESERVED_PARAMETERS]
    board_id = details.facts.name.lower().replace("_", "-").replace(":", "-").strip("-")[:80]
    return board(board_id or "metric", details.facts.name, (details.facts,), sorted(filterable))


def offered(text: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names that contain a text, those that begin with it first; else those that are written like it."""
    small = text.lower()
    matching = sorted((name for name in names if small in name.lower()), key=lambda name: not name.startswith(text))
    return tuple(matching[:MOST_NAMES]) or tuple(difflib.get_close_matches(text, names[:20_000], 8, 0.6))


def _check(filters: Mapping[str, tuple[str, ...]], proposed: Dashboard) -> None:
    for label in filters:
        if label not in proposed.filters:
            known = ", ".join(proposed.filters) or "none"
            raise InvalidInput("f", f"The metric cannot be filtered by “{label[:60]}”.", f"Its labels: {known}.")
