"""Every alert has a runbook with all sections, whose checks are valid queries; the page shows it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from app.rules.absence import NAME as WITHOUT_DATA
from app.rules.table import ALERTS
from pages.page_url import parse_url
from pages.runbooks.book import FOLDER, SECTIONS, Runbook, runbook, runbooks
from pages.runbooks.page import PAGE
from pages.session import Session
from queries.core.deadline import Deadline
from queries.metrics.profile import CODEAGENT
from queries.metrics.promql import fill
from queries.metrics.syntax import analysed
from queries.stores.query_cache import PartialResultTracker
from telemetry.contract import family

NAMES = {rule.name: rule.runbook for rule in ALERTS} | {WITHOUT_DATA: "rule-without-data"}
# Metrics of exporters, which the contract does not have.
FOREIGN = ("up", "node_", "process_", "namedprocess_", "redis_", "probe_")


def page(**parameters: str) -> str:
    url = parse_url("/runbooks", {name: [value] for name, value in parameters.items()}, 1_700_000_000.0)
    session = Session(Deadline.after(5), cast("PartialResultTracker", None), ThreadPoolExecutor(1))
    return str(PAGE.render(url, session).parts["book"])


@pytest.mark.parametrize("alert", NAMES)
def test_an_alert_has_a_runbook_with_all_sections(alert: str) -> None:
    book = runbook(NAMES[alert])

    assert book is not None, f"write alerts/runbooks/{NAMES[alert]}.md"
    assert book.title == alert
    assert [line[3:] for line in book.text.splitlines() if line.startswith("## ")] == list(SECTIONS)


def test_there_is_no_runbook_without_an_alert() -> None:
    assert {book.name for book in runbooks()} == set(NAMES.values())


@pytest.mark.parametrize("book", runbooks(), ids=lambda book: book.name)
def test_checks_are_queries_over_known_metrics(book: Runbook) -> None:
    assert book.checks
    for check in book.checks:
        series = analysed(fill(check.expr, CODEAGENT, {}, lambda _: "")).metrics
        assert series, check.expr
        assert [name for name in series if family(name) is None and not name.startswith(FOREIGN)] == []


def test_links_lead_to_pages_of_runbooks_that_exist() -> None:
    html = page(name="high-error-rate")

    assert 'href="/runbooks?name=provider-down"' in html
    assert ".md" not in html


def test_a_check_has_its_title_and_query() -> None:
    html = page(name="provider-down")

    assert "Providers that answer probes" in html
    assert "codeagent_provider_up" in html


def test_the_list_has_every_runbook() -> None:
    assert page().count("<li>") == len(list(FOLDER.glob("*.md")))


@pytest.mark.parametrize("name", ["nothing", "../secrets", "<b>"])
def test_an_unknown_runbook_is_named_above_the_list(name: str) -> None:
    html = page(name=name)

    assert "There is no runbook" in html
    assert "<b>" not in html.split("Runbooks")[0]


def test_html_in_a_runbook_stays_text() -> None:
    book = Runbook("x", "X", "# X\n\n<script>alert(1)</script>\n")

    assert "<script>" not in book.html(lambda number, check: pytest.fail("no check"))


def test_a_check_that_cannot_be_read_is_an_error() -> None:
    book = Runbook("x", "X", '# X\n\n```check\ntitle = "a"\n```\n')

    with pytest.raises(ValueError, match="cannot be read"):
        assert book.checks
