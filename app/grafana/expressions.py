"""PromQL of the boards with Grafana's variables, in the names of a deployment.

The only module here that knows profiles: everything else is given a `Deployment`.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.offer import Offer, metrics_of
from panels.spec import Dashboard, Query
from queries.metrics.detection import Resolution
from queries.metrics.promql import TARGET_LABELS, fill, labels_of, matcher


@dataclass(frozen=True)
class Deployment:
    """How a deployment names its metrics, and the seconds between its samples."""

    resolution: Resolution
    scrape_interval: int = 15

    @property
    def is_contract(self) -> bool:
        """Whether the names are those of the contract."""
        return self.resolution.profile.is_identity

    def expression(self, template: str, filters: tuple[str, ...] = ()) -> str:
        """A template as PromQL for Grafana; each of the filters is a variable."""
        profile = self.resolution.profile
        # All samples of a step and none of the step before; Prometheus 2 includes the sample at the left edge.
        within = f"$__interval:{self.scrape_interval}s] offset -1ms"
        text = fill(
            template.replace("$__within]", within),
            profile,
            {},
            lambda name: self._matchers(name, filters),
            lambda label: f'{label}=~"${label}"' if label in filters else "",
        )
        return profile.translate(text, f"{self.scrape_interval}s")

    def _matchers(self, metric: str, filters: tuple[str, ...]) -> str:
        variables = {label: (f"${label}",) for label in filters}
        chosen = self.resolution.profile.filters_of(metric, variables)
        return ",".join(
            f'{label}=~"${label}"' if label in variables else matcher(label, chosen[label])
            for label in sorted(chosen)
            if label in labels_of(metric)
        )

    def board(self, board: Dashboard) -> Dashboard:
        """The board with the panels that the deployment can fill, at least in part."""
        return Offer(self.resolution).board(board)

    def note(self, board: Dashboard) -> str:
        """What is left out of a board, and why; may be empty."""
        return Offer(self.resolution).note(board)

    def answers(self, query: Query) -> bool:
        """Whether the deployment can have every metric of the contract without which a query has no answer."""
        needed = set(metrics_of(query.expr)).difference(query.optional)
        return all(self.resolution.provides(metric) for metric in needed)

    def values(self, metric: str, label: str) -> tuple[str, str]:
        """Where the values of a label come from: the selector of series that have it, or else an expression."""
        where = "" if label == "environment" else 'environment=~"$environment"'
        if label in TARGET_LABELS or self.is_contract:
            name = "up" if label in TARGET_LABELS else metric
            return f"{name}{{{where}}}".removesuffix("{}"), ""
        group = f"group by ({label}) (last_over_time({metric}{{{where}}}[$__range]))"
        return "", self.resolution.profile.translate(group, f"{self.scrape_interval}s")
