"""A dashboard of Grafana as it is read, the same for both schemas and without what has no meaning here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


class ImportRefused(Exception):
    """A file that is no dashboard; the message is one sentence."""


@dataclass(frozen=True)
class SourceTarget:
    """One query. `source` is the type of its data source; empty where that is not known."""

    ref: str
    expr: str
    legend: str = ""
    is_instant: bool = False
    format: str = ""
    is_hidden: bool = False
    source: str = ""
    kind: str = ""  # of Grafana's own expressions: math, reduce …


@dataclass(frozen=True)
class SourceOverride:
    """Field properties of what a matcher selects."""

    matcher: str
    argument: Any
    properties: Json


@dataclass(frozen=True)
class SourceLink:
    """A link of a dashboard, a panel or a value; `is_search` is one that lists dashboards."""

    title: str
    url: str
    is_search: bool = False


@dataclass(frozen=True)
class SourcePanel:
    """One panel, headings of rows included. The position is on a grid of 24 columns with rows of 38 pixels."""

    title: str
    plugin: str
    description: str = ""
    targets: tuple[SourceTarget, ...] = ()
    options: Json = field(default_factory=dict)
    defaults: Json = field(default_factory=dict)  # field properties
    overrides: tuple[SourceOverride, ...] = ()
    transformations: tuple[Json, ...] = ()
    x: int = 0
    y: int = 0
    width: int = 12
    height: int = 8
    repeat: str = ""
    repeated: Mapping[str, str] = field(default_factory=dict)  # labels by the variables that are repeated here
    values: Mapping[str, str] = field(default_factory=dict)  # of the variables that it is repeated by
    links: tuple[SourceLink, ...] = ()
    data_links: tuple[SourceLink, ...] = ()  # of its values
    is_library: bool = False
    time_from: str = ""

    @property
    def custom(self) -> Json:
        """The field properties of the plugin itself."""
        value = self.defaults.get("custom")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class SourceVariable:
    """A variable; `current` are its chosen values, `choices` those that it offers without a query."""

    name: str
    kind: str
    query: str = ""
    current: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    is_multi: bool = False
    has_all: bool = False
    all_value: str = ""


@dataclass(frozen=True)
class SourceDashboard:
    """One dashboard; `inputs` are the constants that a download from grafana.com asks for."""

    title: str
    uid: str = ""
    description: str = ""
    refresh: str = ""
    since: str = ""
    panels: tuple[SourcePanel, ...] = ()
    variables: tuple[SourceVariable, ...] = ()
    links: tuple[SourceLink, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
