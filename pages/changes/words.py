"""Facts and hypotheses in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from panels import units
from panels.spec import Unit
from queries.causes.facts import Fact
from queries.causes.hypotheses import Hypothesis
from queries.causes.signals import Form, Signal

SAME_LISTED: Final = 3  # unchanged values that are named
LEAST_PART: Final = 0.005
_PLURALS: Final = {
    "instance": "instances",
    "provider": "providers",
    "model": "models",
    "endpoint": "endpoints",
    "cache": "caches",
    "operation": "database queries",
    "groupname": "processes",
    "mountpoint": "disks",
    "team": "teams",
    "reason": "reasons",
}
_SINGULARS: Final = {
    "operation": "Database query",
    "groupname": "Process",
    "mountpoint": "Disk",
    "reason": "WebSocket closed:",
}
_UNITS: Final = {"ms": Unit.MILLISECONDS, "B": Unit.BYTES, "/s": Unit.PER_SECOND}


def place(hypothesis: Hypothesis) -> str:
    """Where the cause may lie: “Provider anthropic”, “All providers”, “Open WebSocket connections”."""
    signal = hypothesis.facts[0].signal
    if not signal.label:
        return signal.events[:1].upper() + signal.events[1:]
    return value_name(hypothesis.label, hypothesis.value)


def value_name(label: str, value: str) -> str:
    """A label value with its label: “Provider anthropic”; without a value all of them: “All providers”."""
    if not value:
        return f"All {_PLURALS.get(label, label)}"
    return f"{_SINGULARS.get(label, label.capitalize())} {value}"


def change(fact: Fact) -> str:
    """What changed: “p95 ×4.1 (1.2 s → 4.9 s), 93 % of the slow calls”."""
    text = _amount(fact)
    if fact.signal.form in (Form.SHARE, Form.LATENCY) and fact.value and fact.part > LEAST_PART:
        text += f", {100 * fact.part:.0f} % of the {fact.signal.events}"
    return text


def about_part(fact: Fact, hypothesis: Hypothesis) -> str:
    """A fact of a hypothesis; one about a part of its place (a model of the provider) names the part."""
    is_part = fact.signal.label not in ("", hypothesis.label) and fact.value
    return f"{fact.signal.label} {fact.value}: {change(fact)}" if is_part else change(fact)


def consequence(fact: Fact) -> str:
    """A fact with its own place: “Endpoint /v1/chat: failed requests 1 % → 12 %”."""
    return f"{value_name(fact.signal.label, fact.value)}: {change(fact)}" if fact.signal.label else change(fact)


def unchanged(hypothesis: Hypothesis) -> str:
    """Which other values did not change: “openai, mistral unchanged”; empty for none."""
    names: Sequence[str] = next((fact.unchanged for fact in hypothesis.facts if fact.value == hypothesis.value), ())
    if not names:
        return ""
    listed, more = ", ".join(names[:SAME_LISTED]), len(names) - SAME_LISTED
    return f"{listed} and {more} more unchanged" if more > 0 else f"{listed} unchanged"


def _amount(fact: Fact) -> str:
    signal = fact.signal
    match signal.form:
        case Form.SHARE | Form.FILL:
            return f"{signal.events} {_percent(fact.before)} → {_percent(fact.now)}"
        case Form.LATENCY:
            return f"p95 {_factor(fact)}({_value(signal, fact.before)} → {_value(signal, fact.now)})"
        case Form.LEVEL:
            return f"{signal.events} {_factor(fact)}({_value(signal, fact.before)} → {_value(signal, fact.now)})"


def _factor(fact: Fact) -> str:
    """“×4.1 ”; nothing where there was nothing before."""
    return f"×{units.digits(fact.now / fact.before, 2)} " if fact.before > 0 and fact.now > 0 else ""


def _percent(share: float) -> str:
    return units.write(100 * share, Unit.PERCENT)


def _value(signal: Signal, value: float) -> str:
    return units.write(value, _UNITS.get(signal.unit, Unit.COUNT))
