"""An operator's own numbers: a TOML file with a table for each rule that shall differ.

[SlowAPIResponse]
threshold = 8000    # in the unit of the rule's threshold
for = "15m"
severity = "high"

[WebSocketDrop]
enabled = false
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from app.rules.model import AlertRule, Group, Rule, Severity
from app.settings import SettingsError
from queries.core.errors import InvalidInput
from queries.core.time_range import duration

_KEYS: Final = ("enabled", "for", "severity", "threshold")


@dataclass(frozen=True)
class Override:
    """What differs from the table for the rules of one name; None: nothing. `place` is where it is written."""

    enabled: bool = True
    threshold: float | None = None
    hold: str | None = None
    severity: Severity | None = None
    place: str = ""


def load(path: Path, names: frozenset[str]) -> Mapping[str, Override]:
    """The overrides in a file, for rules with these names. Raises SettingsError with file, rule and key."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}.") from None
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"{path} is not valid TOML: {problem}.") from None
    return {name: _override(f"{path}, [{name}]", name, table, names) for name, table in tables.items()}


def apply(groups: tuple[Group, ...], overrides: Mapping[str, Override]) -> tuple[Group, ...]:
    """The groups with the overrides, without the rules that are not enabled."""
    return tuple(
        replace(group, rules=tuple(_changed(rule, overrides.get(rule.name, Override())) for rule in rules))
        for group in groups
        if (rules := [rule for rule in group.rules if overrides.get(rule.name, Override()).enabled])
    )


def _changed(rule: Rule, override: Override) -> Rule:
    if not isinstance(rule, AlertRule):
        return rule
    limit = rule.condition.limit
    if override.threshold is not None and limit.is_state:
        raise SettingsError(f"{override.place}: it fires on a state and has no threshold. Remove the key.")
    if override.threshold is not None:
        limit = replace(limit, number=override.threshold)
    condition = replace(rule.condition, limit=limit)
    severity = override.severity or rule.severity
    return replace(rule, condition=condition, hold=override.hold or rule.hold, severity=severity)


def _override(place: str, name: str, table: Any, names: frozenset[str]) -> Override:
    if name not in names:
        raise SettingsError(f"{place}: there is no alert “{name}”.{_suggestion(name, names)}")
    if not isinstance(table, dict):
        raise SettingsError(f"{place}: write a table such as [{name}] with the key threshold.")
    for key in table:
        if key not in _KEYS:
            raise SettingsError(f"{place}: there is no key “{key}”. Keys: {', '.join(_KEYS)}.")
    return Override(
        _enabled(place, table), _threshold(place, table), _hold(place, table), _severity(place, table), place
    )


def _suggestion(text: str, known: frozenset[str] | tuple[str, ...]) -> str:
    close = difflib.get_close_matches(text, sorted(known), 1)
    return f" Did you mean “{close[0]}”?" if close else ""


def _enabled(place: str, table: Mapping[str, Any]) -> bool:
    value = table.get("enabled", True)
    if not isinstance(value, bool):
        raise SettingsError(f"{place}: enabled must be true or false.")
    return value


def _threshold(place: str, table: Mapping[str, Any]) -> float | None:
    value = table.get("threshold")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < float("inf"):
        raise SettingsError(f"{place}: threshold must be a number.")
    return float(value)


def _hold(place: str, table: Mapping[str, Any]) -> str | None:
    value = table.get("for")
    if value is None:
        return None
    try:
        duration(str(value), "for")
    except InvalidInput:
        raise SettingsError(f"{place}: for must be a duration such as 5m.") from None
    return str(value)


def _severity(place: str, table: Mapping[str, Any]) -> Severity | None:
    value = table.get("severity")
    if value is None:
        return None
    if value not in list(Severity):
        raise SettingsError(f"{place}: severity must be one of {', '.join(Severity)}.")
    return Severity(value)
