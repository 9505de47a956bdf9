"""About this app: what its query layer does for whom, from its own metrics."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import dash
from prometheus_client import CollectorRegistry

from app.offer import Offer
from panels import units
from panels.spec import Unit

html: Any = dash.html

ORIGINS = {
    "cache": "Served from the cache",
    "fresh": "Fetched from the source, at least its newest part",
    "joined": "Waited for a fetch that was already under way",
    "stale": "The last good answer, shown with its age",
    "pending": "Late; requested again",
    "failed": "No answer and nothing cached",
}


def layout(registry: CollectorRegistry, source: str, offer: Offer) -> Any:
    """The page; numbers are those of the worker process that answers, since its start."""
    answers = {origin: _value(registry, "dashboards_answers_total", origin=origin) for origin in ORIGINS}
    total = sum(answers.values())
    return html.Main(
        [
            html.H1("About this app"),
            html.P(
                f"codeagent-dashboards {version('codeagent-dashboards')}, reading {source}. The numbers are those of "
                "this worker process since it started; /metrics has them all."
            ),
            html.H2("Answers to panels"),
            _table(
                (text, units.write(answers[origin], Unit.COUNT), _share(answers[origin], total))
                for origin, text in ORIGINS.items()
            ),
            html.H2("What that spared the source"),
            _table(_savings(registry)),
            html.H2("What it was recognised as"),
            *_recognised(offer),
            *_board_files(offer),
            html.P([html.A("All boards", href="/boards"), " · ", html.A("Explore metrics", href="/explore")]),
            html.P(html.A("Back to the overview", href="/overview")),
        ],
        id="main",
        className="message about",
    )


def _recognised(offer: Offer) -> Iterator[Any]:
    """Profiles with the number of metrics that they provide, boards with the panels that can have data."""
    resolution = offer.resolution
    if not resolution.is_known:
        yield html.P("The source has not answered yet.")
    elif not resolution.profiles:
        yield html.P("No profile fits the names of its metrics; docs/profiles.md describes how to write one.")
    else:
        yield _table(
            (match.title, f"{len(match.provides)} metrics", ", ".join(match.jobs)) for match in resolution.profiles
        )
        yield _table(
            (board.title, f"{len(offer.board(board).panels)} of {len(board.panels)} panels", offer.note(board))
            for board in offer.boards.by_id.values()
        )


def _board_files(offer: Offer) -> Iterator[Any]:
    """What is wrong with files of boards."""
    if offer.boards.problems:
        yield html.H2("Board files with errors")
        yield html.Ul([html.Li(sentence) for sentence in offer.boards.problems])


def _savings(registry: CollectorRegistry) -> Iterator[tuple[str, str, str]]:
    fetched = _value(registry, "dashboards_samples_total", **{"from": "upstream"})
    reused = _value(registry, "dashboards_samples_total", **{"from": "memory"})
    used, budget = _value(registry, "dashboards_cache_bytes"), _value(registry, "dashboards_cache_budget_bytes")
    queries = sum(_by_label(registry, "dashboards_upstream_requests_total"))
    yield "Queries sent to the source", units.write(queries, Unit.COUNT), ""
    yield "Samples fetched from it", units.write(fetched, Unit.COUNT), _share(fetched, fetched + reused)
    yield "Samples served from memory", units.write(reused, Unit.COUNT), _share(reused, fetched + reused)
    yield "Memory of the cache", units.write(used, Unit.BYTES), f"of {units.write(budget, Unit.BYTES)}"
    yield "Entries evicted", units.write(_value(registry, "dashboards_cache_evicted"), Unit.COUNT), ""
    background = _value(registry, "dashboards_background_refreshes_total")
    yield "Refreshes nobody waited for", units.write(background, Unit.COUNT), ""


def _table(rows: Iterator[tuple[str, str, str]]) -> Any:
    body = [html.Tr([html.Td(text), html.Td(number), html.Td(note)]) for text, number, note in rows]
    return html.Table(html.Tbody(body))


def _share(part: float, whole: float) -> str:
    return units.write(100 * part / whole, Unit.PERCENT) if whole else ""


def _value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


def _by_label(registry: CollectorRegistry, name: str) -> Iterator[float]:
    for family in registry.collect():
        yield from (sample.value for sample in family.samples if sample.name == name)
