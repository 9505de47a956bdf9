"""Every alert fires, stays silent just below its limit, recovers, survives restarts, and misses its data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.rules.absence import NAME as WITHOUT_DATA
from app.rules.table import ALERTS
from tests.unit.alerts import promtool
from tests.unit.alerts.cases import CASES, Case
from tests.unit.alerts.loads import budget_load
from tests.unit.alerts.promtool import Check, Phase

RULES = Path(__file__).resolve().parents[3] / "alerts" / "rules" / "codeagent.yml"
GROUPS = yaml.load(RULES.read_text(), yaml.CSafeLoader)["groups"]


def fires(case: Case) -> tuple[list[Phase], list[Check]]:
    phases = [Phase(case.warmup, case.normal), Phase(case.minutes + 1, case.fires)]
    return phases, [_check(case, case.warmup - 1, 0), _check(case, case.warmup + case.minutes, 1)]


def stays_silent_just_below(case: Case) -> tuple[list[Phase], list[Check]]:
    phases = [Phase(case.warmup, case.normal), Phase(case.minutes + 1, case.below)]
    return phases, [_check(case, case.warmup + minute, 0) for minute in range(0, case.minutes, 3)]


def recovers(case: Case) -> tuple[list[Phase], list[Check]]:
    phases = [
        Phase(case.warmup, case.normal),
        Phase(case.minutes, case.fires),
        Phase(case.recovery + 1, case.normal),
    ]
    return phases, [_check(case, case.warmup + case.minutes + case.recovery, 0)]


def tells_missing_data(case: Case) -> tuple[list[Phase], list[Check]]:
    phases = [Phase(case.warmup, case.normal), Phase(31, None)]
    end = case.warmup + 30
    twin = {"rule": case.alert, **({"window": case.labels["window"]} if "window" in case.labels else {})}
    return phases, [
        _check(case, end, int(case.fires_without_data)),
        Check(end, WITHOUT_DATA, twin, int(not case.fires_without_data)),
    ]


def ignores_a_restart(case: Case) -> tuple[list[Phase], list[Check]]:
    phases = [Phase(case.warmup, case.normal), Phase(case.minutes + 1, case.normal, restarts=True)]
    return phases, [_check(case, case.warmup + minute, 0) for minute in range(0, case.minutes, 3)]


def fires_in_spite_of_a_restart(case: Case) -> tuple[list[Phase], list[Check]]:
    phases = [
        Phase(case.warmup, case.normal),
        Phase(case.minutes // 2, case.fires),
        Phase(case.minutes + 1, case.fires, restarts=True),
    ]
    return phases, [_check(case, case.warmup + case.minutes // 2 + case.minutes, 1)]


SCENARIOS: tuple[Callable[[Case], tuple[list[Phase], list[Check]]], ...] = (
    fires,
    stays_silent_just_below,
    recovers,
    tells_missing_data,
    ignores_a_restart,
    fires_in_spite_of_a_restart,
)


def _check(case: Case, minute: int, count: int) -> Check:
    return Check(minute, case.alert, case.labels, count)


def _named(case: Case) -> str:
    return "-".join([case.alert, *case.labels.values()]).replace("/", "")


def _needed(case: Case) -> Iterator[dict[str, object]]:
    """The groups of the rule file with the rules that the case is about, so that each test is quick."""
    alerts = [rule for group in GROUPS for rule in group["rules"] if _is_about(rule, case)]
    expressions = " ".join(rule["expr"] for rule in alerts)
    for group in GROUPS:
        rules = [
            rule for rule in group["rules"] if rule in alerts or ("record" in rule and rule["record"] in expressions)
        ]
        if rules:
            yield {**group, "interval": f"{case.step}s", "rules": rules}


def _is_about(rule: dict[str, Any], case: Case) -> bool:
    labels = rule.get("labels", {})
    is_named = case.alert in (rule.get("alert"), labels.get("rule"))
    return is_named and labels.get("window") == case.labels.get("window")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=_named)
def test_an_alert_fires_when_and_only_when_it_must(case: Case, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(yaml.safe_dump({"groups": list(_needed(case))}))
    has_counters = bool(case.normal.counters) and case.reset
    scenarios = [scenario for scenario in SCENARIOS if has_counters or "restart" not in scenario.__name__]

    tests = [promtool.test_case(scenario.__name__, *scenario(case), case.step) for scenario in scenarios]

    assert not promtool.run(tmp_path, rules, tests, case.step)


def test_every_alert_has_a_case() -> None:
    assert {case.alert for case in CASES} == {rule.name for rule in ALERTS} - {"Watchdog"}


def test_a_budget_that_is_corrected_is_not_spent_too_fast(tmp_path: Path) -> None:
    """What is spent falls by a dollar: neither a reset, nor 80 dollars in a moment."""
    case = next(case for case in CASES if case.alert == "BudgetBurnTooFast")
    rules = tmp_path / "rules.yml"
    rules.write_text(yaml.safe_dump({"groups": list(_needed(case))}))
    phases = [Phase(case.warmup, budget_load(20)), Phase(241, budget_load(21))]
    checks = [_check(case, case.warmup + minute, 0) for minute in range(0, 240, 10)]

    assert not promtool.run(tmp_path, rules, [promtool.test_case("corrected", phases, checks, case.step)], case.step)
