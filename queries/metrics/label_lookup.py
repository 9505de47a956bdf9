"""Values of a canonical label, asked in the names of a deployment: what a filter offers."""

from __future__ import annotations

from collections.abc import Mapping

from queries.core.deadline import Deadline
from queries.core.time_range import Window
from queries.metrics.matching import absent, without_value
from queries.metrics.profile import Deployed, Join, Part, Profile
from queries.metrics.source import MetadataSource
from telemetry.contract import BY_NAME, Kind


def canonical_values(
    source: MetadataSource, profile: Profile, label: str, series: str, window: Window, deadline: Deadline
) -> tuple[str, ...]:
    """Values of a canonical label of a canonical series within the window, sorted. Raises QueryError."""
    if label == "job" and (jobs := {job for metric in profile.metrics.values() for job in metric.jobs}):
        return tuple(sorted(jobs))
    deployed, suffix = profile.deployed(series)
    if deployed is None:
        return source.label_values(label, series, window, deadline)
    values: set[str] = set()
    for part in deployed.parts:
        values |= _of_part(source, part, label, suffix, deployed, window, deadline)
    return tuple(sorted(values))


def series_with_label(profile: Profile, label: str, usual: str) -> str:
    """A canonical series that has the label in this deployment: the usual one, else the profile's first."""
    deployed, _ = profile.deployed(usual)
    if profile.is_identity or (deployed is not None and not deployed.lacks(label)) or usual not in BY_NAME:
        return usual
    for name, other in profile.metrics.items():
        metric = BY_NAME[name]
        if label in metric.all_labels and not other.lacks(label):
            return name + ("_count" if metric.kind is Kind.HISTOGRAM else "")
    return usual


def _of_part(
    source: MetadataSource, part: Part, label: str, suffix: str, deployed: Deployed, window: Window, deadline: Deadline
) -> set[str]:
    if label in part.constants:
        return {part.constants[label]}
    values: set[str] = set()
    sources, unset = part.labels.get(label, (label,)), part.unset.get(label, "")
    for number, label_source in enumerate(sources):
        job = f'job=~"{"|".join(deployed.jobs)}"' if deployed.jobs else ""
        name, metric = (
            (label_source.label, label_source.metric)
            if isinstance(label_source, Join)
            else (label_source, part.name + suffix)
        )
        own = [] if isinstance(label_source, Join) else [part.where, *absent(sources[:number], unset)]
        matchers = ",".join(text for text in (*own, job) if text)
        if metric:
            known = set(source.label_values(name, f"{metric}{{{matchers}}}", window, deadline))
            if unset in known - {""}:
                known = known - {unset} | ({without_value(label)} if number == len(sources) - 1 else set())
            values |= known
    return _canonical(values, part.values.get(label, {}))


def _canonical(values: set[str], table: Mapping[str, tuple[str, ...]]) -> set[str]:
    back = {deployed: canonical for canonical, every in table.items() for deployed in every}
    return {back.get(value, value) for value in values}
