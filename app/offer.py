"""What boards offer of the metrics that a backend can have: panels without a metric are left out, with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from app.filled_rows import filled
from pages import Boards
from panels.spec import Dashboard, Panel
from queries.core.time_range import Window
from queries.metrics.detection import UNRESOLVED, DetectedProfile, Resolution
from queries.metrics.profile import CODEAGENT
from queries.metrics.promql import canonical, labels_filtered
from queries.metrics.syntax import analysed
from telemetry.contract import TENANT_LABELS, family

# What a metric is about, by how its name goes on after the prefix; the first that fits counts.
_AREAS: Final = (
    ("websocket", "WebSocket"), ("connections_active", "WebSocket"), ("llm_rate_limit", "rate limit"),
    ("llm_tokens_", "token"), ("llm", "LLM"), ("provider", "provider state"), ("cache", "cache"), ("db", "database"),
    ("active_users", "user"), ("request", "HTTP"), ("response", "HTTP"), ("budget", "budget"), ("engine", "engine"),
    ("gateway", "gateway"), ("mcp", "tool"),
)  # fmt: skip
_OPTIONAL_FILTERS: Final = frozenset({"job", *TENANT_LABELS})
_UNRECOGNISED: Final = (
    "No gateway was recognised by the names of the metrics: docs/profiles.md lists the known ones and describes how to "
    "add yours."
)
_ANY: Final = Window(0, 3_600, 60)


@dataclass(frozen=True)
class Offer:
    """Boards without the panels whose metrics the recognised gateway cannot export."""

    resolution: Resolution = UNRESOLVED
    boards: Boards = Boards()

    def board(self, board: Dashboard) -> Dashboard:
        """The board with the panels that can have data, in full rows, and the filters that can choose something."""
        panels = tuple(panel for panel in board.panels if not self.missing(panel))
        panels = panels if len(panels) == len(board.panels) else filled(panels)
        unused = _OPTIONAL_FILTERS - self.resolution.dimensions - _own_filters(board)
        return replace(board, panels=panels, filters=tuple(label for label in board.filters if label not in unused))

    @property
    def navigation(self) -> tuple[Dashboard, ...]:
        """The boards with at least one such panel."""
        return tuple(board for board in self.boards.navigation if self.board(board).panels)

    def missing(self, panel: Panel) -> frozenset[str]:
        """The metrics that the panel lacks, empty if one of its queries can have data."""
        needs = [metrics_of(query.expr).difference(query.optional) for query in panel.queries]
        lacks = [frozenset(name for name in names if not self.resolution.provides(name)) for names in needs]
        return frozenset().union(*lacks) if all(lacks) else frozenset()

    def note(self, board: Dashboard) -> str:
        """What is left out of a board and why, and which of several deployments is shown; may be empty."""
        if self.resolution.is_known and self.resolution.names and not self.resolution.profiles:
            return _UNRECOGNISED
        return " ".join(sentence for sentence in (self._hidden(board), self._deployments()) if sentence)

    def _hidden(self, board: Dashboard) -> str:
        missing = [names for panel in board.panels if (names := self.missing(panel))]
        if not missing:
            return ""
        verb = "exports" if len(self.resolution.profiles) == 1 else "export"
        panels = "1 panel" if len(missing) == 1 else f"{len(missing)} panels"
        return f"{panels} hidden: {self.resolution.title} {verb} no {areas(frozenset().union(*missing))} metrics."

    def _deployments(self) -> str:
        return " ".join(_deployments(profile) for profile in self.resolution.profiles if len(profile.jobs) > 1)


@lru_cache(maxsize=1_024)
def _own_filters(board: Dashboard) -> frozenset[str]:
    """The labels that a board filters by itself, whatever the gateway is."""
    exprs = (query.expr for panel in board.panels for query in panel.queries)
    return frozenset(label for expr in exprs for label in labels_filtered(expr))


def _deployments(profile: DetectedProfile) -> str:
    default = "all are" if profile.name == CODEAGENT.name else "the first is"
    return (
        f"{profile.title} has {len(profile.jobs)} deployments: {', '.join(profile.jobs)}. "
        f"The filter “Deployment” selects one, else {default} shown."
    )


def areas(metrics: Iterable[str]) -> str:
    """What metrics are about, in words: "WebSocket or cache"."""
    names = sorted({_area(metric) for metric in metrics})
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _area(metric: str) -> str:
    rest = metric.removeprefix("codeagent_")
    return next((area for prefix, area in _AREAS if rest.startswith(prefix)), rest)


@lru_cache(maxsize=1_024)
def metrics_of(expr: str) -> frozenset[str]:
    """The contract's metrics in a template, by their canonical names."""
    series = analysed(canonical(expr, _ANY, {}, CODEAGENT)).metrics
    return frozenset(metric.name for name in series if (metric := family(name)) is not None)
