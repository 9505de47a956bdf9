"""An operator's numbers: applied to the rule they name, and refused with file, rule and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.rules.model import AlertRule, Severity
from app.rules.overrides import apply, load
from app.rules.table import ALERTS, GROUPS
from app.settings import SettingsError

NAMES = frozenset(rule.name for rule in ALERTS)


def changed(tmp_path: Path, text: str) -> dict[str, AlertRule]:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    groups = apply(GROUPS, load(path, NAMES))
    return {rule.name: rule for group in groups for rule in group.rules if isinstance(rule, AlertRule)}


def test_threshold_duration_and_severity_are_replaced(tmp_path: Path) -> None:
    rule = changed(tmp_path, '[SlowAPIResponse]\nthreshold = 8000\nfor = "15m"\nseverity = "high"')["SlowAPIResponse"]

    assert rule.condition.expr.endswith("> 8000")
    assert rule.condition.limit.text == "8,000 ms"
    assert (rule.hold, rule.severity) == ("15m", Severity.HIGH)


def test_a_threshold_is_in_the_unit_that_people_read(tmp_path: Path) -> None:
    rule = changed(tmp_path, "[HighErrorRate]\nthreshold = 2.5")["HighErrorRate"]

    assert rule.condition.expr.endswith("> 0.025")
    assert rule.condition.limit.text == "2.5 %"


def test_a_rule_can_be_left_out(tmp_path: Path) -> None:
    assert "WebSocketDrop" not in changed(tmp_path, "[WebSocketDrop]\nenabled = false")


def test_other_rules_stay_as_they_are(tmp_path: Path) -> None:
    rules = changed(tmp_path, "[HighErrorRate]\nthreshold = 2")

    assert all(rules[rule.name] == rule for rule in ALERTS if rule.name not in ("HighErrorRate", *_OBJECTIVES))


_OBJECTIVES = ("AvailabilityBudgetBurn", "LatencyBudgetBurn")  # several rules of one name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[HighErorRate]\nthreshold = 2", "there is no alert “HighErorRate”. Did you mean “HighErrorRate”?"),
        ("[HighErrorRate]\nlimit = 2", "there is no key “limit”. Keys: enabled, for, severity, threshold."),
        ('[HighErrorRate]\nthreshold = "2"', "threshold must be a number"),
        ("[HighErrorRate]\nthreshold = nan", "threshold must be a number"),
        ("[HighErrorRate]\nthreshold = true", "threshold must be a number"),
        ("[ProviderDown]\nthreshold = 1", "it fires on a state and has no threshold"),
        ('[HighErrorRate]\nfor = "soon"', "for must be a duration such as 5m"),
        ('[HighErrorRate]\nseverity = "page"', "severity must be one of critical, high"),
        ('[HighErrorRate]\nenabled = "no"', "enabled must be true or false"),
        ("HighErrorRate = 5", "write a table such as [HighErrorRate]"),
        ("[HighErrorRate", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        changed(tmp_path, text)

    assert "mine.toml" in str(caught.value)
    assert problem in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml cannot be read"):
        load(tmp_path / "absent.toml", NAMES)
