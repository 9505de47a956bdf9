"""Which profiles fit a backend, from the names of its series: pure functions.

Several profiles hold at once. Where two of them provide the same canonical metric, the one with the smaller rank
counts, so that a request through a gateway to a model server is counted once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from queries.metrics.profile import CODEAGENT, Deployed, Join, LabelSource, Minus, Part, Profile
from queries.metrics.profile_file import CONTRACT, Definition
from queries.metrics.promql import without_filters
from queries.metrics.syntax import analysed
from telemetry.contract import BY_NAME, HISTOGRAM_SUFFIXES, METRICS, TENANT_LABELS, Kind

_OWN_NAMES: Final = frozenset(metric.name for metric in METRICS)
_BEYOND_CONTRACT: Final = frozenset(BY_NAME.keys() - _OWN_NAMES)
OWN_PROFILES: Final = frozenset({"codeagent", "dotnet"})
_TENANT: Final = frozenset(TENANT_LABELS)
_SUBJECTS: Final = {
    "llm": "llm",
    "provider": "llm",
    "connections": "websocket",
    "websocket": "websocket",
    "cache": "cache",
    "db": "db",
}


@dataclass(frozen=True)
class Deployment:
    """What a backend says about one profile: label names of its series (None: not known) and its jobs, sorted.

    `joining` are the label names of the series that lack a label in some versions, so that it may need a join.
    """

    labels: frozenset[str] | None = None
    joining: frozenset[str] | None = None
    jobs: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """The jobs, if there are several to choose from."""
        return self.jobs if len(self.jobs) > 1 else ()


@dataclass(frozen=True)
class DetectedProfile:
    """A profile that fits: the canonical metrics that it provides, and its deployments if there are several."""

    name: str
    title: str
    provides: tuple[str, ...]
    jobs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolution:
    """The profile of a backend and where it comes from.

    `names` are the backend's series names. `speaks_contract`: nothing is left out of the boards, since the gateway uses
    the contract's own names, the operator chose the profile, or no profile fits. `dimensions` are labels
    that boards can be filtered by beside the usual ones. `is_known` is False until the backend has answered.
    """

    profile: Profile
    profiles: tuple[DetectedProfile, ...] = ()
    names: frozenset[str] = field(default=frozenset(), repr=False)
    speaks_contract: bool = True
    dimensions: frozenset[str] = frozenset()
    is_known: bool = True

    @property
    def title(self) -> str:
        """The profiles by their titles; empty when none fits."""
        return " and ".join(profile.title for profile in self.profiles)

    def provides(self, canonical: str) -> bool:
        """Whether the backend can have a canonical metric at all. The contract's gateway may lack those beyond it."""
        if canonical in self.profile.metrics or not self.speaks_contract:
            return canonical in self.profile.metrics
        return canonical not in _BEYOND_CONTRACT or not self.profiles or bool(own_name(canonical, self.names))


UNRESOLVED: Final = Resolution(CODEAGENT, is_known=False)


def matching(definitions: Sequence[Definition], names: Collection[str]) -> tuple[Definition, ...]:
    """The definitions whose deployments are among the names."""
    return tuple(definition for definition in definitions if any(existing(name, names) for name in definition.detect))


def other_spelling(name: str) -> str:
    """The name with `_total` if it has none, without it otherwise: exporters and backends differ."""
    return name.removesuffix("_total") if name.endswith("_total") else f"{name}_total"


def spellings(name: str) -> tuple[str, ...]:
    """How a backend may write the name: with or without `_total`, and with underscores for colons."""
    usual = (name, other_spelling(name))
    return (*usual, *(spelling.replace(":", "_") for spelling in usual)) if ":" in name else usual


def existing(name: str, names: Collection[str]) -> str:
    """The name as the backend has it; empty when it has none of its spellings."""
    return next((spelling for spelling in spellings(name) if spelling in names), "")


def detect(
    definitions: Sequence[Definition], names: frozenset[str], deployment: Callable[[Definition], Deployment]
) -> Resolution:
    """The profiles that fit the names, as one. What the contract's own names cover is left to them."""
    own = tuple(name for name in BY_NAME if own_name(name, names))
    covered = {_subject(name) for name in own if name in _OWN_NAMES}
    metrics: dict[str, Deployed] = {}
    profiles: list[DetectedProfile] = []
    dimensions: set[str] = set()
    for definition in matching(definitions, names):
        about = deployment(definition)
        rules = resolved(definition, names, about)
        if definition.name not in OWN_PROFILES:
            rules = {name: rule for name, rule in rules.items() if _subject(name) not in covered}
        new = {name: rule for name, rule in rules.items() if name not in metrics and name not in own}
        metrics |= new
        dimensions |= _dimensions(new.values())
        jobs = next((rule.jobs for rule in new.values()), ())
        profiles += [DetectedProfile(definition.name, definition.title, tuple(new), jobs)] if new else []
    if covered:
        about = deployment(CONTRACT)
        metrics |= _own_rules(own, names, about)
        dimensions |= _TENANT & (about.labels or frozenset())
        profiles.insert(0, DetectedProfile(CONTRACT.name, CONTRACT.title, own, about.choices))
    name = "+".join(profile.name for profile in profiles) or CONTRACT.name
    speaks_contract = not profiles or any(profile.name in OWN_PROFILES for profile in profiles)
    dimensions |= {"job"} if any(profile.jobs for profile in profiles) else set()
    return Resolution(Profile(name, metrics), tuple(profiles), names, speaks_contract, frozenset(dimensions))


def own_name(canonical: str, names: Collection[str]) -> str:
    """The name of a metric that an exporter writes as the contract does, but for `_total`; empty when there is none."""
    if BY_NAME[canonical].kind is Kind.COUNTER:
        return existing(canonical, names)
    return canonical if _has(canonical, names) else ""


def _own_rules(own: Sequence[str], names: Collection[str], about: Deployment) -> dict[str, Deployed]:
    """The contract's metrics that are renamed on the way: without `_total`, or with labels that collided."""
    rules = {}
    for canonical in own:
        known = BY_NAME[canonical].labels
        collided = {
            label: (f"exported_{label}", label) for label in known if f"exported_{label}" in (about.labels or ())
        }
        name = own_name(canonical, names)
        if collided or name != canonical:
            rules[canonical] = Deployed((Part((name,), labels=collided),), origin=CONTRACT.title)
    return rules


def _subject(canonical: str) -> str:
    """What a metric is about: what one deployment covers is not completed by another one."""
    area = canonical.split("_")[1]
    return _SUBJECTS.get(area, "http")


def _dimensions(rules: Iterable[Deployed]) -> frozenset[str]:
    """The labels of tenants that some metric has."""
    parts = [part for rule in rules for part in rule.parts]
    return frozenset(label for label in _TENANT if any(part.labels.get(label) for part in parts))


def chosen(definition: Definition, names: frozenset[str], deployment: Deployment) -> Resolution:
    """The profile that an operator chose: metrics that the backend does not have keep their first name."""
    rules = {**definition.profile.metrics, **resolved(definition, names, deployment)}
    dimensions = _dimensions(rules.values()) | ({"job"} if deployment.choices else set())
    profile = DetectedProfile(definition.name, definition.title, tuple(rules), deployment.choices)
    return Resolution(Profile(definition.name, rules), (profile,), names, dimensions=frozenset(dimensions))


def resolved(definition: Definition, names: frozenset[str], deployment: Deployment) -> dict[str, Deployed]:
    """The metrics of a definition that the backend has, by the names and labels that it has."""
    rules = {}
    for canonical, alternatives in definition.metrics.items():
        for rule in alternatives:
            parts = tuple(
                part for alternative in rule.parts if (part := _part(alternative, canonical, names, deployment))
            )
            if parts:
                rules[canonical] = replace(rule, parts=parts, jobs=deployment.choices)
                break
    return rules


def _has(canonical: str, names: Collection[str]) -> bool:
    """Whether the backend has a canonical metric under its own name."""
    is_histogram = BY_NAME[canonical].kind is Kind.HISTOGRAM
    return any(canonical + suffix in names for suffix in (HISTOGRAM_SUFFIXES if is_histogram else ("",)))


def _part(part: Part, canonical: str, names: frozenset[str], deployment: Deployment) -> Part | None:
    """A part by the names that exist; None when there are none."""
    if part.expr:
        needed = analysed(without_filters(part.expr)).metrics
        return _with_labels(part, names, deployment) if needed and names.issuperset(needed) else None
    is_histogram = BY_NAME[canonical].kind is Kind.HISTOGRAM
    name = next((known for candidate in part.names if (known := _known(candidate, names, is_histogram))), "")
    if not name:
        return None
    minus = tuple(subtrahend for candidate in part.minus if (subtrahend := _known_minus(candidate, names)) is not None)
    reduced = replace(part, names=(name,), minus=minus)
    return _with_labels(reduced, names, deployment)


def _known_minus(minus: Minus, names: Collection[str]) -> Minus | None:
    name = next((known for candidate in minus.names if (known := existing(candidate, names))), "")
    return replace(minus, names=(name,)) if name else None


def _known(name: str, names: Collection[str], is_histogram: bool) -> str:
    if not is_histogram:
        return existing(name, names)
    written = dict.fromkeys((name, name.replace(":", "_")))
    return next((known for known in written if any(known + suffix in names for suffix in HISTOGRAM_SUFFIXES)), "")


def _with_labels(part: Part, names: Collection[str], deployment: Deployment) -> Part:
    """The sources of labels that exist. A label that collides with a target's comes as `exported_…`."""
    labels = deployment.joining if part.joins else deployment.labels
    sources_by_label: Mapping[str, tuple[LabelSource, ...]] = {
        label: _first([source for entry in sources for source in _sources(entry, names, labels)], labels)
        for label, sources in part.labels.items()
    }
    return replace(part, labels=sources_by_label)


def _first(sources: Sequence[LabelSource], labels: frozenset[str] | None) -> tuple[LabelSource, ...]:
    """Where the series themselves are known to have a label, nothing is joined."""
    own = tuple(source for source in sources if isinstance(source, str))
    return own if own and labels is not None else tuple(sources)


def _sources(source: LabelSource, names: Collection[str], labels: frozenset[str] | None) -> list[LabelSource]:
    if isinstance(source, Join):
        known = existing(source.metric, names)
        return [replace(source, metric=known)] if known else []
    if labels is None:
        return [source]
    return [name for name in (f"exported_{source}", source) if name in labels]
