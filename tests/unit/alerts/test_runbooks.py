"""Every alert has a runbook whose sections are complete, and whose checks and panels exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.rules.absence import NAME as WITHOUT_DATA
from app.rules.model import AlertRule
from app.rules.table import ALERTS
from pages import BOARDS
from pages.runbooks.document import FOLDER, load, names
from queries.core.time_range import Window
from queries.metrics.profile import CODEAGENT
from queries.metrics.promql import expand
from queries.metrics.syntax import analysed
from telemetry.contract import family

SECTIONS = ("Meaning", "Impact", "First checks", "Likely causes", "What to do", "Escalation")
WINDOW = Window(1_700_000_000, 1_700_000_000, 15, 15)
# Metrics of Prometheus itself and of its exporters, which the contract does not define.
OUTSIDE = re.compile(r"up|scrape_duration_seconds|ALERTS|(node_(cpu|memory|filesystem)|redis|process|probe_ssl)_\w+")
ALERT_NAMES = {rule.name: rule.runbook for rule in ALERTS} | {WITHOUT_DATA: "rule-without-data"}


def expressions() -> Iterator[tuple[str, str]]:
    for name in names():
        runbook = load(name)
        assert runbook
        yield from {(name, check.expr) for check in runbook.checks}


def test_each_alert_has_a_runbook_and_each_runbook_an_alert() -> None:
    assert set(names()) == set(ALERT_NAMES.values())


@pytest.mark.parametrize(("alert", "name"), ALERT_NAMES.items())
def test_a_runbook_is_complete(alert: str, name: str) -> None:
    runbook = load(name)

    assert runbook
    assert runbook.title == alert
    assert [section for section in runbook.sections if section in SECTIONS] == list(SECTIONS)
    assert set(runbook.sections) <= {*SECTIONS, "False positives"}
    assert runbook.checks
    assert len(runbook.summary) > 40


@pytest.mark.parametrize("name", names())
def test_panels_and_linked_runbooks_exist(name: str) -> None:
    runbook = load(name)
    assert runbook

    for block in runbook.panels:
        assert block.panel in [panel.id for panel in BOARDS[block.board].panels]
    linked = re.findall(r"\]\(([\w-]+)\.md\)", (FOLDER / f"{name}.md").read_text("utf-8"))
    assert set(linked) <= set(names())


def test_each_check_is_promql_over_known_metrics() -> None:
    for name, expr in expressions():
        filters = {"environment": ("production",), "provider": ("openai",)}
        metrics = analysed(expand(expr, WINDOW, filters, CODEAGENT)).metrics

        assert metrics, (name, expr)
        unknown = [metric for metric in metrics if not (family(metric) or OUTSIDE.fullmatch(metric))]
        assert not unknown, (name, unknown)


def test_checks_about_a_provider_use_the_labels_of_the_alert() -> None:
    runbook = load("provider-down")
    assert runbook

    written = [expand(check.expr, WINDOW, {"provider": ("openai",)}, CODEAGENT) for check in runbook.checks]

    assert all('provider="openai"' in expr for expr in written)


def test_the_rule_for_missing_data_has_the_runbook_of_its_name() -> None:
    rule = next(rule for rule in ALERTS)

    assert (
        AlertRule(WITHOUT_DATA, rule.condition, "1m", rule.severity, rule.team, "", "", "", "").runbook
        == "rule-without-data"
    )
