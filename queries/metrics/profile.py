"""Profiles: how deployments name what the contract names.

Boards are written in canonical names (telemetry.contract). `Profile.translate` rewrites a canonical expression to the
names of a deployment; series come back with canonical labels, so nothing above this layer can tell deployments apart.
`queries.metrics.profile_file` reads profiles from TOML, `queries.metrics.detection` chooses them by the metrics that a
backend has, `queries.metrics.translation` writes the PromQL. The format is described in docs/profiles.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import inf
from typing import TYPE_CHECKING, Final

from queries.metrics.translation import translate
from telemetry.contract import BY_NAME, HISTOGRAM_SUFFIXES, Kind, family

if TYPE_CHECKING:
    from queries.metrics.request import Filters

_TRANSLATIONS: Final = 2_048  # kept: every query of every board, with some filters
# Calls that failed, by the contract's `status`: an HTTP code, or a word where there was no answer.
_FAILED: Final = 'status=~"5..|429|timeout|error"'


@dataclass(frozen=True)
class Join:
    """A label that another metric has: its `label`, of the series with the same value of `on`."""

    metric: str
    on: str
    label: str


LabelSource = str | Join


@dataclass(frozen=True)
class Minus:
    """What a part counts as well: alternatives of a name, with fixed matchers in place of the part's own."""

    names: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True)
class Part:
    """One metric of a deployment that provides a canonical metric, or a part of it.

    `names` are alternatives, the first that exists counts; a histogram's without suffix. `expr` replaces the name.
    `labels` are the sources of each canonical label, the first that a series has counts; none: it has no such label.
    `values` are deployed values by canonical label and value, `constants` labels with one fixed value.
    `unset` is the text of deployed labels without a value, by canonical label: the next source counts then.
    `where` are fixed matchers, `minus` is subtracted, never below zero.
    Values above `drop_above` mean unknown; `states` maps deployed numbers to canonical ones.
    """

    names: tuple[str, ...] = ()
    expr: str = ""
    labels: Mapping[str, tuple[LabelSource, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    unset: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    minus: tuple[Minus, ...] = ()
    drop_above: float = inf
    states: tuple[tuple[float, float], ...] = ()

    @property
    def name(self) -> str:
        """The deployed name; empty for an expression."""
        return self.names[0] if self.names else ""

    @property
    def joins(self) -> bool:
        """Whether some label may come from another metric."""
        return any(isinstance(source, Join) for sources in self.labels.values() for source in sources)

    def lacks(self, label: str) -> bool:
        """Whether the profile says that the metric has no such label."""
        return label not in self.constants and self.labels.get(label) == ()


@dataclass(frozen=True)
class Deployed:
    """A canonical metric as deployed. The deployed number × `factor` is in the contract's unit.

    `failed` is the matcher of its failed events in canonical labels, empty where the contract's `status` tells them.
    `origin` is the title of the profile, `jobs` the deployments if there are several: the first one is the default.
    """

    parts: tuple[Part, ...]
    factor: float = 1.0
    failed: str = ""
    origin: str = ""
    jobs: tuple[str, ...] = ()

    def lacks(self, label: str) -> bool:
        """Whether no part has that canonical label."""
        return all(part.lacks(label) for part in self.parts)


@dataclass(frozen=True)
class Profile:
    """How canonical metrics are deployed; a metric that is not in `metrics` has its canonical name."""

    name: str
    metrics: Mapping[str, Deployed] = field(default_factory=dict)

    @property
    def is_identity(self) -> bool:
        """True when everything is deployed as the contract writes it."""
        return not self.metrics

    def deployed(self, series: str) -> tuple[Deployed | None, str]:
        """How a canonical series name is deployed, and its suffix `_bucket`, `_sum` or `_count`; None: by that name."""
        if series in self.metrics:
            return self.metrics[series], ""
        for suffix in HISTOGRAM_SUFFIXES:
            base = series.removesuffix(suffix)
            if base != series and base in self.metrics:
                return self.metrics[base], suffix
        return None, ""

    def series_names(self, series: str) -> tuple[str, ...]:
        """The deployed names of a canonical series name; none where an expression replaces them."""
        deployed, suffix = self.deployed(series)
        if deployed is None:
            return (series,)
        return tuple(part.name + suffix for part in deployed.parts if part.name)

    def unit_factor(self, canonical: str) -> str:
        """What follows an expression of a histogram to bring it to the contract's unit: ` * 1000`, or nothing."""
        deployed = self.metrics.get(canonical)
        return "" if deployed is None or deployed.factor == 1 else f" * {deployed.factor:g}"

    @property
    def partitions_tokens(self) -> bool:
        """Whether no kind of token contains another one: cached tokens are not in the prompt."""
        tokens = self.metrics.get("codeagent_llm_tokens_total")
        return tokens is not None and any(part.minus for part in tokens.parts)

    def failed(self, canonical: str) -> str:
        """The matcher of a metric's events that failed."""
        deployed = self.metrics.get(canonical)
        return deployed.failed if deployed and deployed.failed else _FAILED

    def judged(self, canonical: str) -> str:
        """The matcher of a metric's events that say whether they failed; empty for all of them."""
        deployed = self.metrics.get(canonical)
        return "" if deployed and deployed.failed else 'status!=""'

    def translate(self, expr: str, resolution: str = "15s") -> str:
        """A canonical expression in deployed names. Its series have the canonical labels of its aggregations.

        `resolution` is the step of subqueries, where a gauge must be converted before a function sees its samples.
        Placeholders such as `$__rate_interval` may stand for durations and matcher values.
        """
        return expr if self.is_identity else self._translated(expr, resolution)

    @cached_property
    def _translated(self) -> Callable[[str, str], str]:
        return lru_cache(maxsize=_TRANSLATIONS)(lambda expr, resolution: translate(expr, self, resolution))

    def filters_of(self, series: str, filters: Filters) -> Filters:
        """The filters of a page as they apply to one canonical series: `job` is one of its own deployments.

        A metric with one deployment ignores the choice; metrics that are not in the profile keep their filters.
        """
        deployed, _ = self.deployed(series)
        if deployed is None:
            is_ours = self.is_identity and family(series) is not None
            return filters if is_ours else {label: filter_ for label, filter_ in filters.items() if label != "job"}
        chosen = tuple(job for job in filters.get("job", ()) if job in deployed.jobs) or deployed.jobs[:1]
        others = {label: values for label, values in filters.items() if label != "job"}
        return {**others, "job": chosen} if chosen else others

    @cached_property
    def bounds(self) -> Mapping[str, float]:
        """Factors of `le` by the deployed names of buckets, where they differ from 1."""
        histograms = {name: deployed for name, deployed in self.metrics.items() if BY_NAME[name].kind is Kind.HISTOGRAM}
        return {
            name + "_bucket": deployed.factor
            for deployed in histograms.values()
            if deployed.factor != 1
            for part in deployed.parts
            for name in part.names
        }


CODEAGENT: Final = Profile("codeagent")
