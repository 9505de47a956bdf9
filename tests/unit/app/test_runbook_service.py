"""Checks of runbooks through the query layer: values, filters, and a reason where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from app.boards import BoardService
from app.runbook_service import RunbookService
from pages.runbooks.document import PanelBlock
from panels import prices
from queries.core.deadline import Deadline
from queries.metrics.diagnose import Diagnostician
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.profile import CODEAGENT
from queries.metrics.resolver import FixedProfile
from tests.formula import Formula

NOW = 1_700_000_000


@pytest.fixture
def source() -> Formula:
    return Formula([float(NOW)])


@pytest.fixture
def service(source: Formula) -> Iterator[RunbookService]:
    engine = Engine({source.name: source}, settings=EngineSettings(retries=0), clock=lambda: source.now[0])
    yield RunbookService(
        BoardService(
            engine,
            source.name,
            FixedProfile(CODEAGENT),
            "",
            ZoneInfo("UTC"),
            1.0,
            Diagnostician(),
            prices.load(None),
            lambda: source.now[0],
        )
    )
    source.hold.set()
    engine.close()


def test_a_check_has_the_newest_value_and_its_time(service: RunbookService) -> None:
    (result,) = service.results(["2"], {}, Deadline.after(1))

    assert [reading.labels for reading in result.readings] == [{"n": "000"}, {"n": "001"}]
    assert [reading.value for reading in result.readings] == [result.measured_at] * 2
    assert NOW - 60 <= result.measured_at <= NOW
    assert not result.is_failed


def test_a_late_check_says_so_and_the_others_have_values(service: RunbookService, source: Formula) -> None:
    service.results(["2"], {}, Deadline.after(1))
    source.hold.clear()

    known, late = service.results(["2", "3"], {}, Deadline.after(0.05))

    assert known.readings
    assert late.is_failed
    assert "not answered in time" in late.reason


def test_a_refused_check_has_its_reason_and_the_others_have_values(service: RunbookService) -> None:
    refused, known = service.results(["wrong", "1"], {}, Deadline.after(1))

    assert refused.is_failed
    assert "refused" in refused.reason
    assert known.readings


def test_a_panel_that_fails_says_why_and_leads_to_its_board(service: RunbookService, source: Formula) -> None:
    source.is_away = True
    known, unknown = PanelBlock("overview", "request-rate"), PanelBlock("overview", "nothing")

    pictures = service.pictures([known, unknown], {"environment": ("production",), "cache": ("a",)}, Deadline.after(1))

    assert list(pictures) == [known]
    assert "away" in pictures[known].html
    assert pictures[known].href == "/overview?from=now-3h&environment=production"
