"""A dashboard of Grafana as plain data, before it is written in one of Grafana's schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Json = Mapping[str, object]
ROW: Final = "row"  # what Grafana calls a heading of panels
DATA_SOURCE: Final = "${datasource}"  # the dashboard's own choice of a data source


class Format(StrEnum):
    """The format that a data source returns a query in."""

    SERIES = "time_series"
    TABLE = "table"
    HEATMAP = "heatmap"


@dataclass(frozen=True)
class Target:
    """One query of a panel: PromQL with Grafana's variables. `ref` is its letter."""

    ref: str
    expr: str
    legend: str = ""
    is_instant: bool = False
    format: Format = Format.SERIES
    has_exemplars: bool = False


@dataclass(frozen=True)
class Transformation:
    """A step between the queries and the visualization; with `only` of the results of that query."""

    id: str
    options: Json
    only: str = ""


@dataclass(frozen=True)
class Override:
    """Field properties of what a matcher selects, by name (`byName`), pattern (`byRegexp`) or query."""

    matcher: str
    argument: str
    properties: Json


@dataclass(frozen=True)
class Link:
    """A link of a dashboard or of a value in a panel."""

    title: str
    url: str


@dataclass(frozen=True)
class Visualization:
    """A plugin with its options; `defaults` are the properties of all fields."""

    plugin: str
    options: Json
    defaults: Json
    overrides: tuple[Override, ...] = ()
    transformations: tuple[Transformation, ...] = ()


@dataclass(frozen=True)
class Position:
    """Where a panel is, on a grid of 24 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class QueryOptions:
    """The least step of a panel's queries; with `since` (`now/d`) its own range and its number of points."""

    interval: str
    since: str = ""
    max_points: int | None = None


@dataclass(frozen=True)
class GrafanaPanel:
    """One panel; `number` is its id within the dashboard."""

    number: int
    title: str
    description: str
    targets: tuple[Target, ...]
    visualization: Visualization
    position: Position
    query_options: QueryOptions
    links: tuple[Link, ...] = ()
    repeat: str = ""  # the variable that it is repeated by


@dataclass(frozen=True)
class Variable:
    """A filter: its values are those of the label `name` in the series of `selector`, or in the result of `expression`.

    One of both is empty. A single one always has one value.
    """

    name: str
    label: str
    selector: str
    expression: str = ""
    is_single: bool = False

    @property
    def query(self) -> str:
        """The query for the values in the words of Grafana's data source."""
        return f"query_result({self.expression})" if self.expression else f"label_values({self.selector}, {self.name})"

    @property
    def pattern(self) -> str:
        """The regular expression that takes the values out of the query's results; empty where they are the values."""
        return f'/{self.name}="([^"]+)"/' if self.expression else ""


@dataclass(frozen=True)
class GrafanaDashboard:
    """One dashboard. `app_url` is the address of this application, a hidden constant that links refer to.

    `definition` is the board itself, another hidden constant.
    """

    uid: str
    title: str
    description: str
    panels: tuple[GrafanaPanel, ...]
    variables: tuple[Variable, ...]
    links: tuple[Link, ...]
    app_url: str
    since: str
    refresh: str
    definition: str
    tags: tuple[str, ...] = ("codeagent",)
