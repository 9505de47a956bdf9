"""The page of runbooks: results beside the steps, checks and panels that fail alone, the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import pytest
from markupsafe import Markup

from pages.page import PageContent
from pages.page_url import parse_url
from pages.runbooks.document import PanelBlock, names
from pages.runbooks.page import PAGE
from pages.runbooks.source import CheckResult, Filters, PanelPicture, Reading
from pages.session import Session
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.stores.query_cache import PartialResultTracker

NOW = 1_700_000_000.0
THREADS = ThreadPoolExecutor(2)


@dataclass
class Source:
    """Answers the first check, fails the others, and draws every panel."""

    first: CheckResult = CheckResult((Reading({"provider": "openai"}, 0.0),), NOW)
    is_away: bool = False
    filters: list[Filters] = field(default_factory=list)

    def results(self, expressions: Sequence[str], filters: Filters, deadline: Deadline) -> tuple[CheckResult, ...]:
        self.filters.append(filters)
        late = CheckResult(reason="It is late.", is_failed=True)
        return (self.first, *(late for _ in expressions[1:]))

    def pictures(
        self, panels: Sequence[PanelBlock], filters: Filters, deadline: Deadline
    ) -> Mapping[PanelBlock, PanelPicture]:
        if self.is_away:
            raise SourceUnavailable("Prometheus", "Prometheus is away.", "Wait.")
        return {panel: PanelPicture("States", Markup("<svg></svg>"), "/providers?from=now-3h") for panel in panels}


def page(source: Source | None, **parameters: str) -> PageContent:
    url = parse_url("/runbooks", {name: [value] for name, value in parameters.items()}, NOW)
    tracker = cast("PartialResultTracker", None)
    return PAGE.render(url, Session(Deadline.after(5), tracker, THREADS, runbooks=source))


def test_a_check_has_its_value_verdict_and_time_and_a_failed_one_its_reason() -> None:
    html = page(Source(), name="provider-down").parts["runbook"]

    assert "openai" in html
    assert "verdict-bad" in html
    assert f'data-t="{int(NOW) * 1000}"' in html
    assert "It is late." in html
    assert "<svg></svg>" in html
    assert 'href="/providers?from=now-3h"' in html


def test_a_normal_value_is_called_normal() -> None:
    html = page(Source(CheckResult((Reading({}, 1.0),), NOW)), name="provider-down").parts["runbook"]

    assert "verdict-good" in html
    assert "verdict-bad" not in html


def test_labels_of_the_address_reach_the_checks() -> None:
    source = Source()

    page(source, name="provider-down", provider="openai", colour="red")

    assert source.filters == [{"provider": ("openai",)}]


def test_checks_have_values_while_the_panels_fail() -> None:
    html = page(Source(is_away=True), name="provider-down").parts["runbook"]

    assert "verdict-bad" in html
    assert "Prometheus is away." in html


def test_the_text_stands_without_a_source() -> None:
    html = page(None, name="provider-down").parts["runbook"]

    assert "Likely causes" in html
    assert "No source of metrics is set up." in html


def test_the_list_has_every_runbook() -> None:
    assert page(None).parts["runbook"].count("<li>") == len(names())


@pytest.mark.parametrize("name", ["nothing", "../secrets", "<b>"])
def test_an_unknown_runbook_is_named_above_the_list(name: str) -> None:
    html = page(None, name=name).parts["runbook"]

    assert "There is no runbook" in html
    assert "<b>" not in html.split("Runbooks")[0]
