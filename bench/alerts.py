"""How well the alert rules tell incidents from normal operation, and how fast.

    python -m bench.alerts [--quick]

More than 120 labelled scenarios (bench/alert_scenarios.py) run through Prometheus' own rule engine (promtool), with the
rules of alerts/rules/. A scenario is judged right if an incident fires one of the expected alerts, or normal operation
fires none. Thresholds were chosen on seed 1; the seed of the report is another one. `accuracy`: share of scenarios
judged right. `median_detect_s`: from the onset to the first expected critical alert, over incidents that have one;
`median_detect_all_s`: to any expected alert. Misses are listed.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from bench.alert_scenarios import MINUTES, ONSET, STEP, WARMUP_MINUTES, Scenario, World, incidents, innocent, series
from bench.common import arguments, finish, say

RULES: Final = Path(__file__).resolve().parent.parent / "alerts" / "rules" / "codeagent.yml"
SEED: Final = 2
WORKERS: Final = 2
QUICK_PART: Final = 16  # one of so many scenarios
# Groups that cannot decide within two hours, or that only compute ahead.
LEFT_OUT: Final = frozenset({"gauges", "board_queries", "objectives_long", "rules_without_data", "watchdog"})
CRITICAL: Final = frozenset(
    {"HighErrorRate", "ErrorBurst", "ProviderDown", "DatabasePoolExhausted", "NoTraffic", "GatewayUnseen"}
)
_TIME: Final = re.compile(r"time: ((?:\d+h)?(?:\d+m)?(?:\d+s)?),\s*exp:[^\n]*\n\s*got:([^\n]*)")
_NAME: Final = re.compile(r'alertname="(\w+)"')


@dataclass(frozen=True)
class Outcome:
    """When each alert fired first, in seconds after the onset; negative: before it."""

    scenario: Scenario
    fired: Mapping[str, float]

    @property
    def is_right(self) -> bool:
        """Whether an incident fired an expected alert, or normal operation fired none."""
        if not self.scenario.is_incident:
            return not self.fired
        return any(self.fired.get(name, -1.0) >= 0 for name in self.scenario.expected)

    def seconds(self, names: frozenset[str] | None = None) -> float | None:
        """Until the first expected alert, of these names if given; None if none fired."""
        times = [
            seconds
            for name, seconds in self.fired.items()
            if name in self.scenario.expected and (names is None or name in names)
        ]
        return min(times) if times else None


def main() -> None:
    """Run the scenarios and report."""
    options = arguments(__doc__)
    scenarios = [*incidents(), *innocent()][:: QUICK_PART if options.quick else 1]
    rules = _rules()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        (Path(folder) / "rules.yml").write_text(yaml.safe_dump({"groups": rules}))
        outcomes = list(pool.map(lambda pair: _run(Path(folder), *pair), enumerate(scenarios)))
    _report(outcomes)


def _report(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.is_right:
            fired = ", ".join(f"{name} after {seconds:g} s" for name, seconds in outcome.fired.items())
            say(f"wrong: {outcome.scenario.name}: {fired or 'nothing fired'}")
    detected = [outcome for outcome in outcomes if outcome.scenario.is_incident and outcome.is_right]
    critical = [seconds for outcome in detected if (seconds := outcome.seconds(CRITICAL)) is not None]
    every = [seconds for outcome in detected if (seconds := outcome.seconds()) is not None]
    quiet = [outcome for outcome in outcomes if not outcome.scenario.is_incident]
    finish(
        scenarios=len(outcomes),
        accuracy=sum(outcome.is_right for outcome in outcomes) / len(outcomes),
        false_alarms=sum(not outcome.is_right for outcome in quiet),
        median_detect_s=statistics.median(critical) if critical else -1.0,
        median_detect_all_s=statistics.median(every) if every else -1.0,
        seed=SEED,
    )


def _rules() -> list[dict[str, Any]]:
    """The groups whose alerts can fire, without texts."""
    groups = [group for group in yaml.safe_load(RULES.read_text())["groups"] if group["name"] not in LEFT_OUT]
    for group in groups:
        group["rules"] = [rule for rule in group["rules"] if not _is_long(rule)]
        for rule in group["rules"]:
            rule.pop("annotations", None)
    return groups


def _is_long(rule: Mapping[str, Any]) -> bool:
    """Whether it looks back over more hours than a scenario has."""
    return bool(re.search(r"\[(6h|1d)\]|rate(6h|1d|3d)\b", rule["expr"]))


def _run(folder: Path, number: int, scenario: Scenario) -> Outcome:
    random = np.random.default_rng([SEED, number])
    world = World()
    scenario.change(world, random)
    samples = series(world, random)
    minutes = range(WARMUP_MINUTES - 10, WARMUP_MINUTES + MINUTES)
    test = {
        "name": scenario.name,
        "interval": f"{STEP}s",
        "input_series": [
            {"series": name, "values": _text(values, _absent(world, name))} for name, values in samples.items()
        ],
        "promql_expr_test": [
            {"expr": 'ALERTS{alertstate="firing"}', "eval_time": f"{60 * minute + second}s", "exp_samples": []}
            for minute in minutes
            for second in (0, 15, 30, 45)
        ],
    }
    path = folder / f"{number}.yml"
    path.write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": f"{STEP}s", "tests": [test]}))
    command = [shutil.which("promtool") or "promtool", "test", "rules", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return Outcome(scenario, _first_firings(result.stdout + result.stderr))


def _absent(world: World, name: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    is_gateway = name.startswith("codeagent_")
    return world.missing | (world.gone if is_gateway else np.zeros_like(world.gone))


def _text(values: np.ndarray[Any, np.dtype[np.float64]], absent: np.ndarray[Any, np.dtype[np.bool_]]) -> str:
    return " ".join("_" if gap else f"{value:.10g}" for value, gap in zip(values, absent, strict=True))


def _first_firings(report: str) -> Mapping[str, float]:
    """The first time of each alert in promtool's report of samples that were not expected."""
    fired: dict[str, float] = {}
    for match in _TIME.finditer(report):
        for name in _NAME.findall(match[2]):
            fired.setdefault(name, _seconds(match[1]) - ONSET * STEP)
    return fired


def _seconds(text: str) -> float:
    units = {"h": 3_600, "m": 60, "s": 1}
    return float(sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", text)))


if __name__ == "__main__":
    main()
