"""From a board to a dashboard of Grafana."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from string import ascii_uppercase
from typing import Final

from app.filled_rows import grid_rows
from app.grafana import definition, derived, views
from app.grafana.costs import Prices
from app.grafana.expressions import Deployment
from app.grafana.links import board_links, drills, of_values, uid
from app.grafana.model import (
    Format,
    GrafanaDashboard,
    GrafanaPanel,
    Position,
    QueryOptions,
    Target,
    Variable,
)
from app.offer import metrics_of
from app.shell import filter_title
from panels.spec import Bars, BucketHeatmap, Cards, Dashboard, Lines, Over, Panel, Query, Table, Timeline
from telemetry.contract import BY_NAME, Kind

_REFERENCE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ROW_PIXELS: Final = 80  # a row of ours
_GRID_PIXELS: Final = 38  # a row of Grafana's grid with its gap


@dataclass(frozen=True)
class Export:
    """What all dashboards of an export have in common."""

    deployment: Deployment
    prices: Prices
    prefix: str
    app_url: str

    def panels(self, board: Dashboard) -> tuple[Panel, ...]:
        """The panels of a board that can be exported: the deployment can fill them, and their prices are set."""
        offered = self.deployment.board(board).panels
        return tuple(panel for panel in offered if derived.is_priced(panel, self.prices))


def dashboard(board: Dashboard, exported: Collection[Dashboard], export: Export) -> GrafanaDashboard:
    """A board, reduced to the panels that can be filled; `exported` are all boards of the export, for the links."""
    reduced = export.panels(board)
    panels = tuple(
        _panel(number, panel, board, position, exported, export)
        for number, (panel, position) in enumerate(zip(reduced, positions(reduced), strict=True), 1)
    )
    description = f"{board.question} {export.deployment.note(board)}".rstrip()
    return GrafanaDashboard(
        uid(export.prefix, board.id),
        board.title,
        description,
        panels,
        _variables(board, panels, export.deployment),
        board_links(board, exported, export.prefix),
        export.app_url,
        board.range,
        board.refresh,
        _definition(board, reduced, panels),
    )


def positions(panels: Sequence[Panel]) -> Iterator[Position]:
    """Where panels are on the grid, from left to right in rows as on the board."""
    y = 0
    for row in grid_rows(panels, lambda panel: panel.span):
        heights = [ceil(panel.rows * _ROW_PIXELS / _GRID_PIXELS) for panel in row]
        x = 0
        for panel, height in zip(row, heights, strict=True):
            yield Position(x, y, panel.span * 2, height)  # of 24 columns
            x += panel.span * 2
        y += max(heights)


def _panel(
    number: int, panel: Panel, board: Dashboard, position: Position, exported: Collection[Dashboard], export: Export
) -> GrafanaPanel:
    targets = _targets(panel, board, export)
    coverage = _coverage(panel, board, export)
    description = f"{panel.description} {export.prices.sentence()}" if coverage else panel.description
    every = tuple(target for target in (*targets, coverage) if target)
    drawn = views.visualization(panel, targets, coverage)
    links = (*drills(panel, exported, export.prefix), *of_values(panel))
    return GrafanaPanel(
        number,
        _with_variables(panel.title, board.filters),
        description,
        every,
        drawn,
        position,
        _query_options(panel, export.deployment),
        links,
        panel.repeat,
    )


def _with_variables(title: str, filters: Collection[str]) -> str:
    """A title with variables in place of the labels that panels are repeated by."""
    return _REFERENCE.sub(lambda match: f"${{{match[1]}}}" if match[1] in filters else match[0], title)


def _definition(board: Dashboard, originals: Sequence[Panel], panels: Sequence[GrafanaPanel]) -> str:
    """The board as an import takes it."""
    return definition.write(
        board, {_fingerprint(panel): original for panel, original in zip(panels, originals, strict=True)}
    )


def _fingerprint(of: GrafanaPanel) -> str:
    pairs = [(target.expr, target.legend) for target in of.targets]
    drawn = of.visualization
    return definition.fingerprint_of(of.title, of.description, drawn.plugin, pairs, drawn.defaults)


def _targets(panel: Panel, board: Dashboard, export: Export) -> list[Target | None]:
    """One for each frame of the view; None where the deployment cannot answer."""
    queries = derived.queries(panel, export.prices)
    return [
        _target(ref, query, panel, board.filters, export.deployment) if export.deployment.answers(query) else None
        for ref, query in zip(ascii_uppercase, queries, strict=False)
    ]


def _coverage(panel: Panel, board: Dashboard, export: Export) -> Target | None:
    query = derived.coverage(panel, export.prices)
    return _target("Coverage", query, panel, board.filters, export.deployment) if query else None


def _target(ref: str, query: Query, panel: Panel, filters: tuple[str, ...], deployment: Deployment) -> Target:
    template = f"sort_desc(topk({panel.view.top}, {query.expr}))" if isinstance(panel.view, Bars) else query.expr
    template = _shares(template, ref, panel)
    if _has_label_states(panel):
        template = f"({template}) > 0"
    is_instant = query.over is Over.INSTANT
    return Target(
        ref,
        deployment.expression(template, filters),
        "{{le}}" if isinstance(panel.view, BucketHeatmap) else query.legend or panel.title,
        is_instant,
        _format(panel, is_instant),
        isinstance(panel.view, Lines | BucketHeatmap) and "_bucket" in query.expr,
    )


def _shares(template: str, ref: str, panel: Panel) -> str:
    """A column that shows shares of its sum, as percentages."""
    columns = panel.view.columns if isinstance(panel.view, Table) else ()
    is_share = any(column.share and ascii_uppercase[column.query] == ref for column in columns)
    return f"100 * ({template}) / scalar(sum({template}))" if is_share else template


def _format(panel: Panel, is_instant: bool) -> Format:
    if (isinstance(panel.view, Table | Cards) and is_instant) or _has_label_states(panel):
        return Format.TABLE
    return Format.HEATMAP if isinstance(panel.view, BucketHeatmap) else Format.SERIES


def _has_label_states(panel: Panel) -> bool:
    """Whether the panel's states are the values of a label, which Grafana takes from a table of series."""
    return isinstance(panel.view, Timeline) and bool(panel.view.label)


def _query_options(panel: Panel, deployment: Deployment) -> QueryOptions:
    """Sums since midnight or since the first of the month have a range and a step of their own."""
    overs = {query.over for query in panel.queries}
    if Over.TODAY in overs:
        return QueryOptions("5m", "now/d", 300)
    if Over.MONTH in overs:
        return QueryOptions("1h", "now/M", 800)
    return QueryOptions(f"{deployment.scrape_interval}s")


def _variables(board: Dashboard, panels: Sequence[GrafanaPanel], deployment: Deployment) -> tuple[Variable, ...]:
    """The filters of the board that any query has: a metric can lack a label."""
    text = " ".join(target.expr for panel in panels for target in panel.targets)
    return tuple(
        Variable(
            label,
            filter_title(label),
            *deployment.values(_series_with(label, board), label),
            is_single=label in board.single,
        )
        for label in board.filters
        if f'"${label}"' in text
    )


def _series_with(label: str, board: Dashboard) -> str:
    """A series of the board that has the label, if possible a counter with many labels; `up` for those of targets."""
    names = {name for panel in board.panels for query in panel.queries for name in metrics_of(query.expr)}
    metrics = [BY_NAME[name] for name in sorted(names) if label in BY_NAME[name].all_labels]
    metrics.sort(key=lambda metric: (label not in metric.labels, metric.kind is not Kind.COUNTER, -len(metric.labels)))
    return next((f"{metric.name}_count" if metric.kind is Kind.HISTOGRAM else metric.name for metric in metrics), "up")
