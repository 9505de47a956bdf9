"""`codeagent-dashboards rules`: write alert and recording rules for Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.rules.deployment import Deployment
from app.rules.overrides import apply, load
from app.rules.table import ALERTS, GROUPS
from app.rules.yaml_text import rule_file
from app.settings import Settings
from app.sources import named_resolution


@dataclass(frozen=True)
class RuleOptions:
    """`runbooks` is what the name of a runbook is appended to; `overrides` a TOML file with the operator's numbers."""

    runbooks: str = "/runbooks/"  # a page of the app
    overrides: Path | None = None


DEFAULTS: Final = RuleOptions()
_HEADER: Final = (
    "Alert and recording rules, written by `codeagent-dashboards {command}`. Change app/rules/ and "
    "write the file again. Check: promtool check rules."
)


def rules(settings: Settings, options: RuleOptions, write: Callable[[str], object]) -> int:
    """Write the rules in the names of the settings' profile; 0 when done. Raises SettingsError."""
    write(rule_text(settings, options))
    return 0


def rule_text(settings: Settings, options: RuleOptions = DEFAULTS) -> str:
    """The rule file. Raises SettingsError."""
    overrides = load(options.overrides, frozenset(rule.name for rule in ALERTS)) if options.overrides else {}
    deployment = Deployment(named_resolution(settings))
    command = f"rules --profile {settings.profile}" + (f" --overrides {options.overrides}" if overrides else "")
    offered = deployment.rules(apply(GROUPS, overrides))
    return rule_file(offered, deployment, options.runbooks, _HEADER.format(command=command))
