"""Profiles in TOML files: read, checked, and as a value. The format is described in docs/profiles.md.

Errors name the file, the key, and what is allowed there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from queries.core.errors import InvalidInput
from queries.metrics.profile import Deployed, Part, Profile
from queries.metrics.profile_values import (
    Problem,
    check_keys,
    joined,
    label_sources,
    label_values,
    names,
    number,
    promql,
    states,
    subtracted,
    table,
    text,
    words,
)
from telemetry.contract import BY_NAME, METRICS, Kind

_FOLDER: Final = Path(__file__).with_name("profiles")
_TOP: Final = ("name", "title", "rank", "detect", "where", "labels", "alternatives", "values", "unset", "metrics")
_PART: Final = (
    "name",
    "names",
    "expr",
    "labels",
    "values",
    "constants",
    "where",
    "minus",
    "drop_above",
    "states",
    "invert",
)
_METRIC: Final = (*_PART, "parts", "factor", "failed")
_TARGET: Final = frozenset({"job", "instance", "environment"})
USUAL_RANK: Final = 50


@dataclass(frozen=True)
class Definition:
    """A profile as written: with all alternatives of names.

    `detect` are series names, any of which shows that a backend has such a deployment. Where several profiles provide a
    canonical metric, the one with the smallest `rank` counts: gateways come before model servers. Each canonical metric
    has alternatives: the first one that exists counts.
    """

    name: str
    title: str
    metrics: Mapping[str, tuple[Deployed, ...]] = field(default_factory=dict)
    detect: tuple[str, ...] = ()
    rank: int = USUAL_RANK

    @property
    def profile(self) -> Profile:
        """The profile of a deployment that has all metrics, by their first names."""
        return Profile(self.name, {canonical: rules[0] for canonical, rules in self.metrics.items()})

    @property
    def series_names(self) -> frozenset[str]:
        """The names by which its metrics can be deployed, without suffixes."""
        parts = (part for rules in self.metrics.values() for rule in rules for part in rule.parts)
        return frozenset(name for part in parts for name in part.names)


# The contract itself, as far as it is asked about: its jobs and the labels of its metrics.
CONTRACT: Final = Definition(
    "codeagent",
    "CodeAgent",
    {metric.name: (Deployed((Part((metric.name,)),)),) for metric in BY_NAME.values()},
    ("codeagent_requests_total", "codeagent_llm_requests_total"),
)


def load(name_or_path: str) -> Profile:
    """A profile with the first of all alternatives; see `definition`."""
    return definition(name_or_path).profile


def definition(name_or_path: str) -> Definition:
    """A shipped profile by name, or one from a TOML file. Raises InvalidInput (field `profile`)."""
    is_file = name_or_path.endswith(".toml")
    path = Path(name_or_path) if is_file else _FOLDER / f"{name_or_path}.toml"
    try:
        return parsed(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise _unreadable(name_or_path, f"{error}.", f"Shipped profiles: {', '.join(shipped())}.") from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(name_or_path, f"{error}.", "The file must be TOML; docs/profiles.md has examples.") from None
    except Problem as problem:
        raise _unreadable(name_or_path, f"{problem.key}: {problem.sentence}", problem.allowed) from None


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with the package."""
    return tuple(sorted(entry.stem for entry in _FOLDER.glob("*.toml")))


@cache
def definitions() -> tuple[Definition, ...]:
    """All shipped profiles that can be detected, by rank."""
    known = (definition(name) for name in shipped())
    return tuple(sorted((entry for entry in known if entry.detect), key=lambda entry: (entry.rank, entry.name)))


def _unreadable(name: str, reason: str, hint: str) -> InvalidInput:
    return InvalidInput("profile", f"The profile “{name}” cannot be read: {reason}", hint)


def parsed(content: Mapping[str, Any]) -> Definition:
    """The definition in a TOML document. Raises Problem."""
    check_keys(content, _TOP, "")
    if "name" not in content:
        raise Problem("name", "is missing.", "A profile needs a name, such as name = “mine”.")
    name = text(content["name"], "name")
    title, detect = text(content.get("title", name), "title"), names(content.get("detect", []), "detect")
    defaults = _defaults(content)
    metrics = {
        canonical: tuple(replace(alternative, origin=title) for alternative in _alternatives(canonical, row, defaults))
        for canonical, row in table(content.get("metrics", {}), "metrics").items()
    }
    if not detect and (defaults.labels or defaults.where):
        metrics |= {
            metric.name: (_unlisted(metric.name, defaults, title),) for metric in METRICS if metric.name not in metrics
        }
    return Definition(name, title, metrics, detect, int(number(content.get("rank", USUAL_RANK), "rank")))


def _defaults(content: Mapping[str, Any]) -> Part:
    """What holds for every metric of a profile: labels, values of labels, fixed matchers."""
    labels = {
        label: label_sources(source, f"labels.{label}")
        for label, source in table(content.get("labels", {}), "labels").items()
    }
    for label, source in table(content.get("alternatives", {}), "alternatives").items():
        if label not in labels:
            raise Problem(f"alternatives.{label}", "has no name in [labels].", "Give its first name there.")
        labels[label] = (*labels[label], *label_sources(source, f"alternatives.{label}"))
    known = _all_labels()
    for label in labels:
        if label not in known:
            raise Problem(f"labels.{label}", "is no label of the contract.", f"Allowed: {', '.join(sorted(known))}.")
    values = label_values(table(content.get("values", {}), "values"), "values")
    where = promql(text(content.get("where", ""), "where"), "where", matcher=True)
    unset = words(content.get("unset", {}), "unset")
    for label in unset:
        if label not in labels:
            raise Problem(f"unset.{label}", "has no name in [labels].", "Give its name there.")
    return Part(labels=labels, values=values, unset=unset, where=where)


def _alternatives(canonical: str, rows: object, defaults: Part) -> tuple[Deployed, ...]:
    key = f"metrics.{canonical}"
    if canonical not in BY_NAME:
        raise Problem(key, "is not in the contract.", f"Allowed: {', '.join(BY_NAME)}.")
    return tuple(_metric(canonical, row, defaults, key) for row in (rows if isinstance(rows, list) else [rows]))


def _metric(canonical: str, row: object, defaults: Part, key: str) -> Deployed:
    content = table(row, key)
    check_keys(content, _METRIC, key)
    parts = content.get("parts", [{}])
    if not isinstance(parts, list) or not parts:
        raise Problem(f"{key}.parts", "is not a list of tables.", f"Write [[{key}.parts]] for each part.")
    own = _inherited(canonical, defaults)
    shared = {name: value for name, value in content.items() if name in _PART}
    alternatives = tuple(
        _part(canonical, _merged(shared, table(part, f"{key}.parts")), own, key if parts == [{}] else f"{key}.parts")
        for part in parts
    )
    failed = promql(text(content.get("failed", ""), f"{key}.failed"), f"{key}.failed", matcher=True)
    return Deployed(alternatives, number(content.get("factor", 1), f"{key}.factor"), failed)


def _merged(shared: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """A part with what is written for the whole metric; tables are merged."""
    both = {
        name: {**shared[name], **part[name]}
        for name in shared.keys() & part.keys()
        if isinstance(shared[name], dict) and isinstance(part[name], dict)
    }
    return {**shared, **part, **both}


def _part(canonical: str, row: Mapping[str, Any], defaults: Part, key: str) -> Part:
    check_keys(row, _PART, key)
    expr = promql(text(row.get("expr", ""), f"{key}.expr"), f"{key}.expr")
    candidates = names(row.get("names", row.get("name", [])), f"{key}.names")
    if bool(expr) == bool(candidates):
        raise Problem(key, "needs either a name or an expression.", "Write name, names or expr.")
    if expr and BY_NAME[canonical].kind is Kind.HISTOGRAM:
        raise Problem(f"{key}.expr", "cannot replace a histogram.", "Write name or names.")
    allowed = BY_NAME[canonical].all_labels
    own = table(row.get("labels", {}), f"{key}.labels")
    check_keys({**own, **table(row.get("constants", {}), f"{key}.constants")}, allowed, f"{key}.labels")
    labels = {
        **defaults.labels,
        **{label: label_sources(source, f"{key}.labels.{label}") for label, source in own.items()},
    }
    values = {**defaults.values, **label_values(table(row.get("values", {}), f"{key}.values"), f"{key}.values")}
    where = [defaults.where, promql(text(row.get("where", ""), f"{key}.where"), f"{key}.where", matcher=True)]
    return Part(
        candidates,
        expr,
        {**{label: (label,) for label in values if label in allowed}, **labels},
        values,
        words(row.get("constants", {}), f"{key}.constants"),
        defaults.unset,
        joined(where),
        subtracted(row.get("minus", []), f"{key}.minus"),
        number(row.get("drop_above", float("inf")), f"{key}.drop_above"),
        states(row, key),
    )


def _inherited(canonical: str, defaults: Part) -> Part:
    """The defaults as far as they are about labels that a metric has."""
    own = BY_NAME[canonical].all_labels
    labels = {label: sources for label, sources in defaults.labels.items() if label in own}
    values = {label: value for label, value in defaults.values.items() if label in own}
    unset = {label: value for label, value in defaults.unset.items() if label in own}
    return replace(defaults, labels=labels, values=values, unset=unset)


def _unlisted(canonical: str, defaults: Part, title: str) -> Deployed:
    inherited = _inherited(canonical, defaults)
    labels = {**{label: (label,) for label in inherited.values}, **inherited.labels}
    return Deployed((replace(inherited, names=(canonical,), labels=labels),), origin=title)


def _all_labels() -> frozenset[str]:
    known = {label for metric in BY_NAME.values() for label in metric.all_labels}
    return frozenset(known | _TARGET)
