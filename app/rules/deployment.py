"""Rules in the names of a deployment: which of them can have data, and their expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.offer import areas
from app.rules.absence import twin
from app.rules.model import AlertRule, Group, Rule
from pages.expressions import selector
from queries.metrics.detection import Resolution
from queries.metrics.profile import CODEAGENT
from queries.metrics.promql import fill, labels_of, matchers
from queries.metrics.syntax import analysed
from telemetry.contract import TENANT_LABELS, family

_LABEL: Final = re.compile(r"\$labels\.(\w+)")
# A bucket of a histogram by its upper bound in the contract's unit: $le(metric,bound).
_BOUND: Final = re.compile(r"\$le\((\w+),([\d.]+)\)")
# All series of a metric, counted as they are stored: $series(metric).
_SERIES: Final = re.compile(r"\$series\((\w+)\)")
_EMPTY_SELECTOR: Final = re.compile(r"\{\}")
# Labels that every deployment has, or may lack without making an alert unclear.
_NOT_NEEDED: Final = frozenset({"environment", "instance", "job", "scope", *TENANT_LABELS})
SCRAPE_SECONDS: Final = 15


@dataclass(frozen=True)
class Rules:
    """The groups that a deployment can have, and sentences about what is left out."""

    groups: tuple[Group, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Deployment:
    """How a deployment names its metrics."""

    resolution: Resolution

    def expression(self, template: str) -> str:
        """A canonical expression as the deployment's PromQL."""
        profile = self.resolution.profile
        template = _SERIES.sub(self._all_series, _BOUND.sub(self._bound, template))
        filled = fill(template, profile, {}, lambda name: matchers(profile.filters_of(name, {}), labels_of(name)))
        return _EMPTY_SELECTOR.sub("", profile.translate(filled, f"{SCRAPE_SECONDS}s"))

    def _bound(self, match: re.Match[str]) -> str:
        """The matcher of a bucket in the deployment's unit; Prometheus 2 keeps "5" and "5.0" apart."""
        deployed = self.resolution.profile.metrics.get(match[1])
        bound = float(match[2]) / (deployed.factor if deployed else 1)
        return f'le=~"{bound:g}{"([.]0)?" if bound == int(bound) else ""}"'

    def _all_series(self, match: re.Match[str]) -> str:
        """A selector of what the deployment stores of a metric."""
        names = analysed(self.resolution.profile.translate(f"sum({match[1]})")).metrics
        return f'{{__name__=~"{"|".join(names)}"}}'

    def rules(self, groups: tuple[Group, ...]) -> Rules:
        """The rules that can have data, each alert followed by its twin in a group of its own."""
        reasons = {rule.name: reason for group in groups for rule in group.rules if (reason := self._lacks(rule))}
        offered = tuple(
            Group(group.name, rules, group.interval)
            for group in groups
            if (rules := tuple(rule for rule in group.rules if rule.name not in reasons))
        )
        alerts = [rule for group in offered for rule in group.rules if isinstance(rule, AlertRule)]
        twins = tuple(self._twin(rule, missing) for rule in alerts if (missing := selectors_of(rule)))
        left_out = tuple(f"{name}: {reason}" for name, reason in reasons.items())
        return Rules((*offered, Group("rules_without_data", twins, "1m")), left_out)

    def _twin(self, rule: AlertRule, selectors: tuple[str, ...]) -> AlertRule:
        profile = self.resolution.profile
        canonical = (text.partition("{")[0] for text in selectors)
        names = dict.fromkeys(name for series in canonical for name in profile.series_names(series))
        return twin(rule, selectors, tuple(names))

    def _lacks(self, rule: Rule) -> str:
        """Why the deployment cannot have a rule; empty if it can."""
        optional = rule.optional if isinstance(rule, AlertRule) else ()
        known = {metric.name for name in _series(rule) if (metric := family(name))}
        metrics = sorted(known.difference(optional))
        absent = [name for name in metrics if not self._provides(name)]
        if absent:
            return f"no {areas(absent)} metrics"
        for label in self._needed_labels(rule):
            deployed = [self.resolution.profile.deployed(name)[0] for name in metrics]
            if any(metric is not None and metric.lacks(label) for metric in deployed):
                return f"no label {label}"
        return ""

    def _provides(self, metric: str) -> bool:
        """Whether the deployment can have a metric. Without its names, the contract's gateway may have everything."""
        resolution = self.resolution
        return resolution.provides(metric) or (resolution.speaks_contract and not resolution.names)

    def _needed_labels(self, rule: Rule) -> tuple[str, ...]:
        if not isinstance(rule, AlertRule):
            return ()
        texts = f"{rule.description} {rule.headline} {rule.board}"
        return tuple(sorted({label for label in _LABEL.findall(texts) if label not in _NOT_NEEDED}))


def selectors_of(rule: AlertRule) -> tuple[str, ...]:
    """Selectors of the canonical series without which an alert can never fire; none if it fires by their absence."""
    if "absent(" in rule.condition.expr:
        return ()
    return rule.presence or tuple(selector(name) for name in _names(rule.condition.expr))


def _series(rule: Rule) -> tuple[str, ...]:
    """Names of the canonical series behind a rule, also behind what it takes from a recording."""
    expr = rule.condition.expr if isinstance(rule, AlertRule) else rule.expr
    return tuple(sorted({name for text in (expr, *rule.presence) for name in _names(text)}))


def _names(template: str) -> tuple[str, ...]:
    text = fill(_BOUND.sub('le="1"', _SERIES.sub(r"\1", template)), CODEAGENT, {}, lambda _: "")
    return tuple(sorted(name for name in analysed(text).metrics if ":" not in name))
