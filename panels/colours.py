"""Every label value has the same colour everywhere: known values by name, all others by a stable hash.

Colours are `var(--token)` or, lighter, `var(--token)/0.5`; assets/tokens.css gives their values in both themes.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from panels.spec import Status

PALETTE: Final = tuple(f"--series-{number}" for number in range(1, 9))
OTHER: Final = "var(--series-other)"
HEAT: Final = tuple(f"var(--heat-{number})" for number in range(6))

# A provider and its models share a hue.
_KNOWN: Final[Mapping[str, str]] = {
    "openai": "--series-1", "gpt-4o": "--series-1", "gpt-4o-mini": "--series-7",
    "anthropic": "--series-2", "claude-3-5-sonnet": "--series-2", "claude-3-5-haiku": "--series-5",
    "mistral": "--series-3", "mistral-large": "--series-3",
    "prompt": "--series-1", "completion": "--series-2", "cached": "--series-3",
    "in": "--series-1", "out": "--series-2", "receive": "--series-1", "transmit": "--series-2",
    "hit": "--series-3", "miss": "--series-2",
    "active": "--series-1", "idle": "--series-8",
    "so far": "--series-1", "projected": "--series-1",
    "p50": "--q50", "p95": "--q95", "p99": "--q99",
    "2xx": "--status-2xx", "3xx": "--status-3xx", "4xx": "--status-4xx", "5xx": "--status-5xx",
}  # fmt: skip
# The label that identifies a series best, in order of preference.
_TELLING: Final = ("model", "provider", "class", "status", "kind", "direction", "endpoint", "operation", "reason")
_CODE: Final = re.compile(r"[2-5]\d\d")
# Codes of a class are shades of the colour of the class.
_SHADES: Final[Mapping[str, str]] = {"00": "", "01": "/0.75", "02": "/0.75", "03": "/0.55", "04": "/0.45", "29": "/0.6"}

_FAILURES: Final = ("var(--status-4xx)", "var(--status-5xx)")
_SUCCESS: Final = ("var(--status-2xx)", "var(--status-3xx)")

STATUS: Final[Mapping[Status, str]] = {
    Status.NONE: "var(--text-3)",
    Status.GOOD: "var(--good)",
    Status.WARNING: "var(--warning)",
    Status.SERIOUS: "var(--serious)",
    Status.CRITICAL: "var(--critical)",
    Status.UNKNOWN: "var(--unknown)",
}


def assign(series: Sequence[tuple[Mapping[str, str], str]], reserved: Sequence[str] = ()) -> tuple[str, ...]:
    """A colour for each (labels, name) of one chart, beside colours already `reserved` there.

    Known things keep their colour; others prefer the one their name hashes to and step aside only when it is taken.
    More than eight others share colours.
    """
    keys = [identity(labels, name) for labels, name in series]
    chosen = {key: colour for key in keys if (colour := known(key))}
    used = {*chosen.values(), *reserved}
    free = [f"var({token})" for token in PALETTE if f"var({token})" not in used]
    unknown = sorted({key for key in keys if key not in chosen})
    wishes = {key: _preferred(key) for key in unknown}
    # First the values whose preferred colour is free, then the rest: a new value changes as few colours as possible.
    for key in sorted(unknown, key=lambda key: (wishes[key] not in free, key)):
        if not free:
            chosen[key] = wishes[key]
        else:
            chosen[key] = wishes[key] if wishes[key] in free else free[0]
            free.remove(chosen[key])
    return tuple(chosen[key] for key in keys)


def of(value: str) -> str:
    """The colour of a single value."""
    return known(value) or _preferred(value)


def known(value: str) -> str | None:
    """The fixed colour of a well-known value or of a status code; None otherwise."""
    if value in _KNOWN:
        return f"var({_KNOWN[value]})"
    if _CODE.fullmatch(value):
        return f"var(--status-{value[0]}xx){_SHADES.get(value[1:], '/0.65')}"
    return None


def is_failure(colour: str) -> bool:
    """Whether it is the colour of a status class that stands for failures."""
    return colour.startswith(_FAILURES)


def stack_fill(colour: str) -> str:
    """The fill of a stacked area. Success is pale, so that a block of it does not hide failures."""
    return fade(colour, 1.0 if is_failure(colour) else 0.2 if is_success(colour) else 0.8)


def is_success(colour: str) -> bool:
    """Whether it is the colour of a status class that stands for success."""
    return colour.startswith(_SUCCESS)


def identity(labels: Mapping[str, str], name: str) -> str:
    """The value that determines a series' colour: its most specific label if that identifies it, else its name."""
    for label in _TELLING:
        value = labels.get(label, "")
        if value and (known(value) or len(labels) == 1) and _only(labels, label):
            return value
    return name


def fade(colour: str, alpha: float) -> str:
    """The same colour with more transparency: `var(--a)/0.5` at 0.5 becomes `var(--a)/0.25`."""
    token, _, own = colour.partition("/")
    return f"{token}/{round(float(own or 1) * alpha, 3):g}"


def _only(labels: Mapping[str, str], label: str) -> bool:
    """Whether the other labels are implied by `label` (a model has one provider)."""
    others = set(labels) - {label}
    return not others or (label == "model" and others <= {"provider"})


def _preferred(value: str) -> str:
    return f"var({PALETTE[zlib.crc32(value.encode()) % len(PALETTE)]})"
