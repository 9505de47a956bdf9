"""Profiles: how a deployment names what the contract names.

A profile is a small TOML table. Boards are written in canonical names; expressions are translated on their way
out and the labels of answers on their way back, so that nothing above the source can tell deployments apart.

    name = "otel-http-genai"
    [labels]                                  # canonical label = deployed label
    endpoint = "http_route"
    [alternatives]                            # the name that a label has where the one above is absent
    provider = "gen_ai_system"
    [values.kind]                             # canonical value = deployed value
    prompt = "input"
    [metrics.codeagent_request_duration]      # of a histogram without _bucket, _sum, _count
    name = "http_server_request_duration_seconds"
    factor = 1000                             # deployed number × factor = canonical number
    failed = 'error_type!=""'                 # which of its events failed, where no `status` says so
    labels = {status = "error_type"}          # canonical label = deployed label, of this metric alone
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from queries.core.errors import InvalidInput
from queries.metrics.alternatives import with_either
from telemetry.contract import BY_NAME, HISTOGRAM_SUFFIXES, family

_FOLDER: Final = Path(__file__).with_name("profiles")
_TOKEN: Final = re.compile(
    r"""(?P<string>\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"""
)
# Calls that failed, by the contract's `status`: an HTTP code, or a word where there was no answer.
_FAILED: Final = 'status=~"5..|429|timeout|error"'
_MATCHER: Final = re.compile(r'\b([a-zA-Z_][a-zA-Z0-9_]*)(\s*!?=\s*)"([^"\\]*)"')


@dataclass(frozen=True)
class Deployed:
    """One metric as deployed: its name and what its numbers must be multiplied by to be in the contract's unit.

    `failed` is the matcher of its failed events in deployed names, empty where the contract's `status` tells them;
    `labels` are deployed names of labels that only this metric has.
    """

    name: str
    factor: float = 1.0
    failed: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """Canonical → deployed names of metrics, labels and label values.

    `alternatives` are deployed names of labels for series that lack the one in `labels`.
    """

    name: str
    metrics: Mapping[str, Deployed] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    alternatives: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_identity(self) -> bool:
        """True when names are deployed as the contract writes them."""
        return not (self.metrics or self.labels or self.values)

    def metric(self, canonical: str) -> str:
        """The deployed name of a canonical series name, `_bucket`, `_sum` and `_count` included."""
        if canonical in self.metrics:
            return self.metrics[canonical].name
        for suffix in HISTOGRAM_SUFFIXES:
            base = canonical.removesuffix(suffix)
            if base != canonical and base in self.metrics:
                return self.metrics[base].name + suffix
        return canonical

    def unit_factor(self, canonical: str) -> str:
        """What follows an expression to bring it to the contract's unit: ` * 1000`, or nothing."""
        deployed = self.metrics.get(canonical)
        return "" if deployed is None or deployed.factor == 1 else f" * {deployed.factor:g}"

    def failed(self, canonical: str) -> str:
        """The matcher of a metric's events that failed."""
        deployed = self.metrics.get(canonical)
        return deployed.failed if deployed and deployed.failed else _FAILED

    def judged(self, canonical: str) -> str:
        """The matcher of a metric's events that say whether they failed; empty for all of them."""
        deployed = self.metrics.get(canonical)
        return "" if deployed and deployed.failed else 'status!=""'

    def translate(self, expr: str) -> str:
        """The expression in deployed names; quoted strings stay as they are, but for values this profile maps."""
        if self.is_identity:
            return expr
        in_play, labels = _contract_labels(expr), self._labels_in(expr, lambda canonical: (canonical,))
        expr = _MATCHER.sub(lambda match: self._value_matcher(match, in_play), expr)

        def name(match: re.Match[str]) -> str:
            if match["string"] is not None:
                return match[0]
            return labels.get(match[0], match[0]) if match[0] in in_play else self.metric(match[0])

        translated = _TOKEN.sub(name, expr)
        for label in sorted(in_play & self.alternatives.keys()):
            if _mentions(expr, label):
                metrics = self._deployed_with(label)
                translated = with_either(translated, metrics, self.labels[label], self.alternatives[label])
        return translated

    def deployed_labels(self, canonical: str) -> tuple[str, ...]:
        """The deployed names of a label, the usual one first."""
        other = self.alternatives.get(canonical)
        return (self.labels.get(canonical, canonical), *((other,) if other else ()))

    def _deployed_with(self, label: str) -> list[str]:
        """Deployed series names of the contract's metrics that have a canonical label."""
        names = [canonical for canonical, metric in BY_NAME.items() if label in metric.labels]
        return [self.metric(name) + suffix for name in names for suffix in ("", *HISTOGRAM_SUFFIXES)]

    def answer_labels(self, labels: Mapping[str, str], expr: str) -> dict[str, str]:
        """Labels of an answered series in canonical names, values and `le` bounds."""
        if self.is_identity:
            return dict(labels)
        deployed = self._labels_in(expr, lambda canonical: (self.metric(canonical),))
        canonical = {name: label for label, name in deployed.items()}
        named = {canonical.get(label, label): value for label, value in labels.items()}
        for label, other in self.alternatives.items():
            if other in named and label not in named:
                named[label] = named.pop(other)
        for label in named.keys() & self.values.keys():
            named[label] = self._canonical_values[label].get(named[label], named[label])
        if "le" in named and (factor := self.bound_factor(expr)) != 1 and named["le"] not in ("+Inf", "Inf"):
            named["le"] = f"{float(named['le']) * factor:g}"
        return named

    def bound_factor(self, expr: str) -> float:
        """The factor of the first metric of this profile in a deployed expression; 1 without any."""
        names = {match["name"] for match in _TOKEN.finditer(expr) if match["name"]}
        for deployed in self.metrics.values():
            if deployed.factor != 1 and names & {deployed.name + suffix for suffix in ("", *HISTOGRAM_SUFFIXES)}:
                return deployed.factor
        return 1.0

    def _value_matcher(self, match: re.Match[str], in_play: frozenset[str]) -> str:
        label, operator, value = match[1], match[2], match[3]
        mapped = self.values.get(label, {}).get(value, value) if label in in_play else value
        return f'{label}{operator}"{mapped}"'

    def _labels_in(self, expr: str, names_of: Callable[[str], tuple[str, ...]]) -> dict[str, str]:
        """Deployed names of labels, those that only a metric of this expression has included."""
        own = [(names_of(canonical), metric.labels) for canonical, metric in self.metrics.items() if metric.labels]
        if not own:
            return dict(self.labels)
        names = {match["name"] for match in _TOKEN.finditer(expr) if match["name"]}
        added = {label: name for known, labels in own if names.intersection(known) for label, name in labels.items()}
        return {**self.labels, **added}

    @cached_property
    def _canonical_values(self) -> dict[str, dict[str, str]]:
        return {label: {new: old for old, new in table.items()} for label, table in self.values.items()}


CODEAGENT: Final = Profile("codeagent")


def load(name_or_path: str) -> Profile:
    """A shipped profile by name, or one from a TOML file. Raises InvalidInput (field `profile`)."""
    try:
        if name_or_path.endswith(".toml"):
            text = Path(name_or_path).read_text(encoding="utf-8")
        else:
            text = (_FOLDER / f"{name_or_path}.toml").read_text(encoding="utf-8")
        return _parse(tomllib.loads(text))
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise InvalidInput(
            "profile",
            f"The profile “{name_or_path}” cannot be read: {error}.",
            f"Shipped profiles: {', '.join(shipped())}.",
        ) from None


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with the package."""
    return tuple(sorted(entry.stem for entry in _FOLDER.glob("*.toml")))


def _parse(table: dict[str, Any]) -> Profile:
    metrics = {
        canonical: Deployed(
            str(row["name"]), float(row.get("factor", 1)), str(row.get("failed", "")), dict(row.get("labels", {}))
        )
        for canonical, row in table.get("metrics", {}).items()
    }
    unknown = sorted(set(metrics) - set(BY_NAME))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is not in the contract")
    labels, alternatives = dict(table.get("labels", {})), dict(table.get("alternatives", {}))
    if unknown := sorted(alternatives.keys() - labels.keys()):
        raise ValueError(f"{', '.join(unknown)} has an alternative, but no name in [labels]")
    return Profile(str(table["name"]), metrics, labels, dict(table.get("values", {})), alternatives)


def _mentions(expr: str, label: str) -> bool:
    return any(match["name"] == label for match in _TOKEN.finditer(expr))


def _contract_labels(expr: str) -> frozenset[str]:
    """Labels of the contract's metrics in a canonical expression; an exporter's own labels are none of ours."""
    found = (family(match["name"]) for match in _TOKEN.finditer(expr) if match["name"])
    return frozenset(label for metric in found if metric is not None for label in metric.labels)
