"""How often the first hypothesis of “What changed?” is the true cause: `python -m bench.cause [--seed N] [--quick]`.
`--live` switches the faults on in a real demo instead (`bench/cause_live.py`).

Every fault of the sample gateway in four variations, on simulated series of three instances. The questions are those of
the page; a few lines of numpy answer them in place of Prometheus. Prints the misses; the last line is JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.cause_scenarios import WINDOW_HOURS, Place, Scenario, scenarios, seen_by
from demo import simulate
from demo.day import SPACING, Day, day
from demo.machine import processes
from demo.series import Series
from pages.changes.catalog import QUESTIONS, Question, Reading, Term
from pages.changes.observations import observation
from queries.causes.facts import Fact, facts_of
from queries.causes.hypotheses import Hypothesis, hypotheses
from queries.metrics.frame import Frame

INSTANCES: Final = ("gateway-1", "gateway-2", "gateway-3")
STEP: Final = 60
HOURS: Final = 2 * WINDOW_HOURS + 0.2
DISKS: Final = (("/", 0.41), ("/data", 0.55))
_MATCHER: Final = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
FAILED: Final = 'status=~"5..|429|timeout|error"'


@dataclasses.dataclass(frozen=True)
class Result:
    """A scenario and the hypotheses about it; `rank` counts from 1, 0 when the cause is not among them."""

    scenario: Scenario
    ranked: tuple[Hypothesis, ...]

    @property
    def rank(self) -> int:
        """Rank of the true cause."""
        return rank(self.ranked, self.scenario.truth)


def rank(ranked: Sequence[Hypothesis], truth: frozenset[Place]) -> int:
    """The rank of the true cause, from 1; 0 when it is not among the hypotheses."""
    return next((i for i, hypothesis in enumerate(ranked, 1) if _names(hypothesis.facts, truth)), 0)


def _names(facts: Sequence[Fact], truth: frozenset[Place]) -> bool:
    """Whether the strongest facts of a hypothesis name the cause at its place."""
    places = {(fact.signal.id, fact.value) for fact in facts}
    everywhere = {signal for signal, value in truth if not value}
    return bool(places & truth) or any(fact.signal.id in everywhere for fact in facts)


def series_of(scenario: Scenario) -> tuple[Day, list[Series]]:
    """All series of the scenario's hours."""
    whole = day(scenario.end, scenario.seed, HOURS, scenario.incidents)
    rows: list[Series] = []
    gone = whole.size("target-gone", scenario.fault.place) > 0.5
    for instance in INSTANCES:
        own = seen_by(dataclasses.replace(whole, level=whole.level / len(INSTANCES)), instance)
        away = (
            gone if scenario.fault.kind == "target-gone" and scenario.fault.place == instance else np.zeros_like(gone)
        )
        for row in simulate.gateway(own):
            values = np.where(away, np.nan, row.values)
            rows.append(Series(row.name, {**row.labels, "instance": instance, "job": "gateway"}, values))
        rows.append(Series("up", {"instance": instance, "job": "gateway"}, 1.0 - away))
    rows += processes(whole)
    for mount, used in DISKS:
        labels = {"mountpoint": mount, "fstype": "ext4"}
        free = 1 - used - whole.size("disk-filling", mount) - np.linspace(0, 0.001, whole.times.size)
        rows.append(Series("node_filesystem_avail_bytes", labels, 1e11 * free))
        rows.append(Series("node_filesystem_size_bytes", labels, np.full(whole.times.size, 1e11)))
    return whole, rows


def frame(term: Term, whole: Day, rows: Sequence[Series], start: int) -> Frame:
    """A term over an hour from `start`, as Prometheus would answer it."""
    times = np.arange(start, start + int(WINDOW_HOURS * 3_600), STEP, dtype=np.int64)
    sums: dict[tuple[str, ...], list[np.ndarray]] = {}
    for row in rows:
        if row.name == term.metric and _matches(row, term.where):
            key = tuple(row.labels.get(label, "") for label in term.by)
            sums.setdefault(key, []).append(_read(term.reading, whole, row, times))
    labels = tuple(dict(zip(term.by, key, strict=True)) for key in sums)
    summed = []
    for parts in sums.values():
        stacked = np.array(parts)
        summed.append(np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0)))
    return Frame(times, labels, np.array(summed) if summed else np.empty((0, times.size)))


def _matches(row: Series, where: str) -> bool:
    where = re.sub(r"\$failed\(\w+\)", lambda _: FAILED, where)
    for name, operator, value in _MATCHER.findall(where):
        own = row.labels.get(name, "")
        same = re.fullmatch(value, own) is not None if "~" in operator else own == value
        if same == operator.startswith("!"):
            return False
    return True


def _read(reading: Reading, whole: Day, row: Series, times: np.ndarray) -> np.ndarray:
    ends = np.searchsorted(whole.times, times)
    values = np.asarray(row.values, dtype=np.float64)
    match reading:
        case Reading.RATE:
            span = STEP // SPACING
            grown: np.ndarray = (values[ends] - values[ends - span]) / STEP
            return grown
        case Reading.DOWN:
            return np.asarray(np.where(values[ends] == 0, 1.0, np.nan))
        case Reading.COUNT:
            return np.where(np.isnan(values[ends]), np.nan, 1.0)
        case Reading.SUM:
            return values[ends]


def observed(question: Question, whole: Day, rows: Sequence[Series], scenario: Scenario) -> tuple[Fact, ...]:
    """The facts of one question."""
    terms = (question.part,) if question.whole is None else (question.part, question.whole)
    width = int(WINDOW_HOURS * 3_600)
    now = [frame(term, whole, rows, scenario.end - width) for term in terms]
    before = [frame(term, whole, rows, scenario.end - 2 * width) for term in terms]
    compared = observation(question, before, now, STEP)
    return () if compared is None else facts_of(compared)


def judge(scenario: Scenario) -> Result:
    """The hypotheses about a scenario."""
    whole, rows = series_of(scenario)
    facts = [fact for question in QUESTIONS for fact in observed(question, whole, rows, scenario)]
    return Result(scenario, hypotheses(facts, 3 * STEP))


def miss(result: Result) -> Iterator[str]:
    """Lines about a scenario whose cause is not first."""
    fault, innocent = result.scenario.fault, result.scenario.innocent
    beside = f", beside {innocent.kind} × {innocent.size:g}" if innocent else ""
    yield f"rank {result.rank}: {fault.kind} {fault.place} {fault.size:g} for {fault.minutes:.0f} min{beside}"
    yield from listed(result.ranked)


def listed(ranked: Sequence[Hypothesis]) -> Iterator[str]:
    """The first hypotheses, one a line."""
    for hypothesis in ranked[:3]:
        facts = ", ".join(f"{f.signal.id}[{f.value}] {f.before:.3g} → {f.now:.3g}" for f in hypothesis.facts[:4])
        yield f"    {hypothesis.score:5.1f} {hypothesis.label} {hypothesis.value}: {facts}"


def main(seed: int, every: int = 1) -> None:
    """Run every n-th scenario of a seed."""
    results = [judge(scenario) for scenario in list(scenarios(seed))[::every]]
    for result in results:
        if result.rank != 1:
            sys.stdout.write("\n".join(miss(result)) + "\n")
    ranks = Counter(result.rank for result in results)
    top3 = ranks[1] + ranks[2] + ranks[3]
    summary = {
        "seed": seed,
        "scenarios": len(results),
        "faults": len({result.scenario.fault.kind for result in results}),
        "top1": round(ranks[1] / len(results), 4),
        "top3": round(top3 / len(results), 4),
    }
    sys.stdout.write(json.dumps(summary) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=8, help="thresholds were chosen on 1 to 7")
    parser.add_argument("--quick", action="store_true", help="every fourth scenario")
    parser.add_argument("--live", action="store_true", help="in a demo with real servers")
    parser.add_argument("--only", default="", help="with --live: kinds, separated by commas")
    parser.add_argument("--folder", type=Path, help="with --live: keeps the data; judges again what is there")
    chosen = parser.parse_args()
    if chosen.live:
        from bench import cause_live  # the other way needs none of the demo's servers

        cause_live.main(chosen.only.split(",") if chosen.only else [], chosen.folder, 4 if chosen.quick else 1)
    else:
        main(chosen.seed, 4 if chosen.quick else 1)
