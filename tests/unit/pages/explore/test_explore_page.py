"""The page of a metric: names to choose from, panels by its type, and clear sentences for what is not a metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from markupsafe import Markup

from pages.explore.load import ExploreModel, load, offered, proposal
from pages.explore.query import read
from pages.explore.source import MetricDetails
from pages.explore.view import view
from pages.files.board import decoded, encoded
from pages.page_url import parse_url
from pages.proposals import MetricFacts, MetricType
from pages.session import Session, Stores
from panels.spec import Dashboard
from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.core.time_range import TimeRange
from queries.stores.query_cache import Uncached

HOSTILE = "<script>alert(1)</script>"
DETAILS = MetricDetails(
    MetricFacts("x_total", MetricType.COUNTER, ("code", "from"), HOSTILE), {"code": ("200", HOSTILE), "from": ("a",)}
)


@dataclass
class Source:
    filters: Mapping[str, Sequence[str]] | None = None

    def names(self, deadline: Deadline) -> tuple[str, ...]:
        return ("a_x_total", "x_total", "y")

    def details(self, name: str, deadline: Deadline) -> MetricDetails | None:
        return DETAILS if name == "x_total" else None

    def drawn(
        self, board: Dashboard, time_range: TimeRange, filters: Mapping[str, Sequence[str]], deadline: Deadline
    ) -> tuple[Markup, ...]:
        self.filters = filters
        return tuple(Markup("<svg/>") for _ in board.panels)


def session(source: Source) -> Session:
    return Stores(Uncached(), explored=source).session()


def page(source: Source | None = None, **parameters: str) -> tuple[ExploreModel, str]:
    query = read(parse_url("/explore", {name: [value] for name, value in parameters.items()}, 2e9))
    model = load(query, session(source or Source()))
    return model, "".join(view(query, model).parts.values())


def test_a_metric_has_panels_and_its_filters_reach_the_queries() -> None:
    source = Source()
    model, html = page(source, metric="x_total", f="code:200")

    assert model.board is not None
    assert "rate(x_total{$filter(code)}" in model.board.panels[0].queries[0].expr
    assert source.filters == {"code": ("200",)}
    assert "/api/metrics/board.toml?metric=x_total" in html
    assert "<svg/>" in html
    assert HOSTILE not in html


def test_the_proposed_board_is_a_valid_file_without_filters_that_addresses_use_otherwise() -> None:
    board = proposal(DETAILS)

    assert board.filters == ("code",)
    assert decoded(encoded(board)) == board


def test_without_a_metric_names_are_listed() -> None:
    html = page()[1]

    assert "3 names" in html
    assert "/explore?metric=y" in html


def test_a_metric_that_is_not_there_is_named_beside_those_written_like_it() -> None:
    html = page(metric="x_totl")[1]

    assert "There was no metric “x_totl” in the last hour." in html
    assert "/explore?metric=x_total" in html


@pytest.mark.parametrize("metric", [HOSTILE, "x{}", "1x", "ä", "a" * 201, "up or down"])
def test_a_text_that_cannot_be_a_name_is_refused(metric: str) -> None:
    with pytest.raises(InvalidInput, match="is not a valid metric name"):
        page(metric=metric)


@pytest.mark.parametrize("chosen", ["-code:200", "code:", "other:1", "from:a"])
def test_a_filter_that_the_metric_does_not_have_is_refused(chosen: str) -> None:
    with pytest.raises(InvalidInput):
        page(metric="x_total", f=chosen)


def test_without_a_source_the_setting_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        Stores(Uncached()).session().need_explored()

    assert "CODEAGENT_PROMETHEUS_URL" in caught.value.hint


def test_names_that_begin_with_the_text_come_first() -> None:
    assert offered("x_", ("a_x_", "x_a")) == ("x_a", "a_x_")
    assert offered("", ()) == ()
