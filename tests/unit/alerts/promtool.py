"""Rule tests for promtool, written from loads: what series do in each phase of a test."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.require import needs


@dataclass(frozen=True)
class Load:
    """What series do: counters by their growth per minute, gauges by their value, or by value and growth per minute."""

    counters: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float | tuple[float, float]] = field(default_factory=dict)

    def __or__(self, other: Load) -> Load:
        return Load({**self.counters, **other.counters}, {**self.gauges, **other.gauges})


@dataclass(frozen=True)
class Phase:
    """A load for some minutes. `restarts`: counters begin again at zero."""

    minutes: int
    load: Load | None
    restarts: bool = False


@dataclass(frozen=True)
class Check:
    """How many alerts of a name with these labels fire at a minute of the test."""

    minute: int
    name: str
    labels: Mapping[str, str]
    count: int


def test_case(name: str, phases: Sequence[Phase], checks: Sequence[Check], step: int) -> dict[str, Any]:
    """One test of promtool's file format, with a sample each `step` seconds."""
    return {
        "name": name,
        "interval": f"{step}s",
        "input_series": [{"series": series, "values": text} for series, text in _series(phases, step).items()],
        "promql_expr_test": [
            {
                "expr": f"count({_firing(check)}) or vector(0)",
                "eval_time": f"{check.minute}m",
                "exp_samples": [{"labels": "{}", "value": check.count}],
            }
            for check in checks
        ],
    }


def run(folder: Path, rules: Path, tests: Sequence[Mapping[str, Any]], step: int) -> str:
    """What promtool reports about failed tests with an evaluation each `step` seconds; empty when all hold."""
    path = folder / "tests.yml"
    path.write_text(
        yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": f"{step}s", "tests": list(tests)})
    )
    result = subprocess.run([needs("promtool"), "test", "rules", str(path)], capture_output=True, text=True)
    return "" if result.returncode == 0 else result.stdout + result.stderr


def _firing(check: Check) -> str:
    labels = {"alertname": check.name, "alertstate": "firing", **check.labels}
    return "ALERTS{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def _series(phases: Sequence[Phase], step: int) -> dict[str, str]:
    loads = [phase.load for phase in phases if phase.load]
    counters = dict.fromkeys(name for load in loads for name in load.counters)
    gauges = dict.fromkeys(name for load in loads for name in load.gauges)
    return {name: _counter(name, phases, step) for name in counters} | {
        name: _gauge(name, phases, step) for name in gauges
    }


def _counter(name: str, phases: Sequence[Phase], step: int) -> str:
    value, parts = 0.0, []
    for phase in phases:
        growth = phase.load.counters.get(name, 0.0) if phase.load else None
        if growth is None:
            parts.append(f"_x{phase.minutes * 60 // step}")
            continue
        value = 0.0 if phase.restarts else value
        parts.append(f"{value:.15g}+{growth * step / 60:.15g}x{phase.minutes * 60 // step - 1}")
        value += growth * phase.minutes
    return " ".join(parts)


def _gauge(name: str, phases: Sequence[Phase], step: int) -> str:
    values = [(phase.minutes, phase.load.gauges.get(name) if phase.load else None) for phase in phases]
    return " ".join(_part(value, minutes * 60 // step, step) for minutes, value in values)


def _part(value: float | tuple[float, float] | None, samples: int, step: int) -> str:
    if value is None:
        return f"_x{samples}"
    start, growth = value if isinstance(value, tuple) else (value, 0.0)
    return f"{start:.15g}{growth * step / 60:+.15g}x{samples - 1}"
