"""The definition of a dashboard: plain data that can be imported, compared and checked without Dash.

A `Dashboard` is a tuple of `Panel`s; a panel has queries (PromQL templates, see `queries.metrics.promql`) and a `View`
that says how to draw their frames. Each view has one builder in this folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from panels.prices import PriceTable
from panels.unit_names import Unit as Unit
from queries.core.time_range import Window
from queries.metrics.frame import Frame

Frames = tuple[Frame, ...]


class Status(StrEnum):
    """Severity of a value; each has a colour, an icon shape and a word."""

    NONE = "none"  # no threshold applies
    GOOD = "good"
    WARNING = "warning"
    SERIOUS = "serious"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class Over(StrEnum):
    """The window a query runs over."""

    RANGE = "range"  # the page's window
    INSTANT = "instant"  # the page's newest instant; use `$__range` in the expression to look back
    TODAY = "today"  # since midnight of the reporting zone, in steps of 5 minutes or more
    MONTH = "month"  # since the first of the month, in steps of an hour or more


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of a number in the panel's unit. If `rising`, higher values are worse, else lower values.

    `subject` is what the number is about, as alerts name it, so that the status line mentions a fact once.
    """

    warning: float | None = None
    critical: float | None = None
    rising: bool = True
    subject: str = ""

    def status(self, value: float) -> Status:
        """The status of one number; UNKNOWN for NaN, NONE without thresholds."""
        if value != value:  # NaN
            return Status.UNKNOWN
        if self.warning is None and self.critical is None:
            return Status.NONE
        for limit, status in ((self.critical, Status.CRITICAL), (self.warning, Status.WARNING)):
            if limit is not None and (value >= limit if self.rising else value <= limit):
                return status
        return Status.GOOD


NO_THRESHOLDS = Thresholds()


@dataclass(frozen=True)
class Query:
    """A PromQL template in canonical names. `legend` is a template over labels: `{{provider}} {{model}}`.

    `colour` fixes the colour of a single-series query to a token such as `--q95`; else the series' labels decide.
    `shift` looks that many seconds earlier, drawn at the present time. The series of a limit (`is_limit`) is dashed,
    and does not stretch the axis when it is far above the others. `optional` names metrics of `expr` without which it
    still has an answer. `recorded` is a template over series that a recording rule keeps of `expr`, for deployments
    where `expr` has to read too many.
    """

    expr: str
    legend: str = ""
    over: Over = Over.RANGE
    colour: str = ""
    shift: int = 0
    is_limit: bool = False
    optional: tuple[str, ...] = ()
    recorded: str = ""


@dataclass(frozen=True)
class Lines:
    """Values over time. Use `stacked` only for values with a meaningful sum; `log` for latencies that span decades.

    With `expected` a band shows what the sum of the series was at the same time on the last seven days.
    """

    stacked: bool = False
    log: bool = False
    thresholds: Thresholds = NO_THRESHOLDS
    floor: float | None = 0.0  # the axis starts here unless values are lower
    ceiling: float | None = None  # for example 100 for a percentage
    top: int = 8  # series drawn; the rest is summed as "other" (stacked) or left out with a note
    expected: bool = False


@dataclass(frozen=True)
class Tile:
    """One headline number: last value of the only series, change against a day before, sparkline.

    With `gauge` a bar from its first to its second number shows where the value stands between the thresholds.
    `frames[0]` is the course over the range; `context.day_before[0]` holds the single value of a day before.
    """

    thresholds: Thresholds = NO_THRESHOLDS
    rising_is_bad: bool | None = None  # colours the change: True up = bad, False up = good, None neutral
    gauge: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bars:
    """Sorted horizontal bars of each series' last value; `share` adds its percentage of the sum."""

    share: bool = False
    top: int = 12
    thresholds: Thresholds = NO_THRESHOLDS


@dataclass(frozen=True)
class Pie:
    """The shares of a whole as a ring, with a legend of numbers. More than `top` parts are bars, with a note."""

    top: int = 6


@dataclass(frozen=True)
class LabelHeatmap:
    """One row per series (named by its legend), one column per step, colour by value (logarithmic if `log`)."""

    log: bool = True
    top: int = 12  # rows whose names are legible in a panel of usual height


@dataclass(frozen=True)
class BucketHeatmap:
    """A classic histogram over time: the only query is `sum by (le) (rate(x_bucket[...]))`.

    Buckets are cumulative: sorted by `le` as numbers with +Inf on top, neighbours subtracted, float negatives
    clamped to zero. `bound_unit` is the unit of `le`; the panel's unit is that of the cells.
    """

    bound_unit: Unit = Unit.MILLISECONDS
    columns: int = 120


@dataclass(frozen=True)
class ValueWord:
    """A word for the values from `low` to `high`, both included, None without an end.

    `status` gives its colour; a word without a status has a colour of its own.
    """

    word: str
    low: float | None = None
    high: float | None = None
    status: Status = Status.NONE

    def holds(self, value: float) -> bool:
        """Whether a value is among those that the word stands for."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Timeline:
    """A state per series over time: each value's status by `thresholds`, with the status' words from `words`.

    `values` are words for values that are no scale from good to bad; the first that holds a value counts. With `label`
    the state is the value of that label: the series that differ in it alone are one row, and the one whose value is
    not zero gives its state.
    """

    thresholds: Thresholds = NO_THRESHOLDS
    words: tuple[tuple[Status, str], ...] = ()
    values: tuple[ValueWord, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Link:
    """A link of a series, a row or a value.

    Title and address are templates of `{{label}}`, `{{__value}}`, `{{__name}}`, `{{__from}}` and `{{__to}}`. The
    address begins with http://, https:// or, on this site, with a slash; times are epoch milliseconds.
    """

    title: str
    url: str


@dataclass(frozen=True)
class Column:
    """A column of a table: the last value of query number `query`, or its values over time as a sparkline.

    With `ceiling` the sparkline's height is from zero to that number, so that rows can be compared.
    """

    title: str
    query: int
    unit: Unit = Unit.COUNT
    spark: bool = False
    bar: bool = False  # a bar in the cell for its share of the column's largest
    share: bool = False  # the value as a share of the column's sum
    thresholds: Thresholds = NO_THRESHOLDS
    ceiling: float | None = None
    links: tuple[Link, ...] = ()  # of the values of this column


@dataclass(frozen=True)
class Table:
    """One row per distinct value of the `keys` labels, joined over all queries; sorted by `sort` (a column index)."""

    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    sort: int = 0
    descending: bool = True
    top: int = 10


@dataclass(frozen=True)
class CellGroup:
    """Cells of one query: one a series, named by its legend, with status by thresholds and words for it."""

    title: str
    query: int
    thresholds: Thresholds
    unit: Unit | None = None  # show the number too
    words: tuple[tuple[Status, str], ...] = ()
    href: str = ""  # where a click leads: a page path


@dataclass(frozen=True)
class Cells:
    """Health overview: groups of named cells."""

    groups: tuple[CellGroup, ...]


@dataclass(frozen=True)
class Cards:
    """One card for each value of label `key`: the first field gives its state, the others its numbers."""

    key: str
    fields: tuple[Column, ...]
    words: tuple[tuple[Status, str], ...] = ()


@dataclass(frozen=True)
class Text:
    """Text in Markdown; the panel has no queries. HTML in it is shown as text."""

    markdown: str


@dataclass(frozen=True)
class Row:
    """The heading of the panels below it, across the board; the panel has no queries."""


DataView = Lines | Tile | Bars | Pie | LabelHeatmap | BucketHeatmap | Timeline | Table | Cells | Cards
View = DataView | Text | Row
WITHOUT_DATA = (Text, Row)


@dataclass(frozen=True)
class Drill:
    """Where a click on a series, row or cell leads: `page` with the value of `label` as parameter `parameter`."""

    page: str
    label: str
    parameter: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel. `description` says how it is computed; `empty_message` is shown when there are no data.

    `derive` turns the queries' frames into the view's frames: a pure function, e.g. tokens to dollars by the prices.
    `span` is in columns of 12, `rows` in steps of 80 px. `repeat` is a filter of the board: there is one panel, or one
    row with its panels, for each of its values, and `{{label}}` in the title is the value. `fixed` are values of
    filters that hold for this panel whatever the viewer has chosen.
    """

    id: str
    title: str
    unit: Unit = Unit.COUNT
    view: View
    queries: tuple[Query, ...] = ()
    description: str = ""
    empty_message: str = "There are no data in this range."
    span: int = 6
    rows: int = 3
    links: tuple[Link, ...] = ()
    repeat: str = ""
    fixed: tuple[tuple[str, str], ...] = ()
    drill: Drill | None = None
    also: Drill | None = None  # a secondary link, for cards
    derive: Callable[[Frames, Window, PriceTable], Frames] | None = None
    # Metrics that can be missing in a healthy installation (an optional exporter): shown as absent, not as a failure.
    optional: bool = False


@dataclass(frozen=True)
class Dashboard:
    """One board: its panels in reading order; `filters` are the labels that a viewer can filter by.

    Those in `single` always have a value: the first one, unless the viewer chooses.
    """

    id: str
    title: str
    question: str
    panels: tuple[Panel, ...]
    filters: tuple[str, ...] = ()
    short: str = ""  # the name used where space is limited
    refresh: str = "10s"
    range: str = "now-1h"
    single: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path of the board's page."""
        return f"/{self.id}"

    def panel(self, panel_id: str) -> Panel:
        """The panel with this id. Raises KeyError."""
        return {panel.id: panel for panel in self.panels}[panel_id]


@dataclass(frozen=True)
class Mark:
    """An event that charts show as a vertical line, such as a deployment; `instant` is in epoch seconds."""

    instant: float
    title: str
    link: str = ""


@dataclass(frozen=True)
class Firing:
    """A span in which an alert fired, which the charts that it is about show as a shaded area; epoch seconds."""

    start: float
    end: float
    title: str
    status: Status = Status.WARNING


@dataclass(frozen=True)
class RowChoice:
    """The rows that a viewer looks at.

    `sort` names a column, after “-” with the largest first, and is empty for the usual order. `search` are words that
    a row's name has, `page` counts from 1.
    """

    sort: str = ""
    search: str = ""
    page: int = 1


@dataclass(frozen=True)
class DrawContext:
    """The input of a builder besides the frames.

    `compare` are the same queries of an earlier period, one frame a query, already on the present times, to be
    drawn faintly; `compare_label` names that period ("day before"). `earlier_days` are the same queries on each of the
    last days, on the present times, for the expected band. `day_before` is for tiles. `now` holds the
    queries at the newest instant for what shows a present state; None where the course itself reaches it. `bounds`
    has for each query the buckets that its quantile comes from (`panels.histogram.Caps`). `rows` are those to show of
    a table, a heatmap or bars.
    """

    window: Window
    compare: Frames = ()
    compare_label: str = ""
    earlier_days: tuple[Frames, ...] = ()
    day_before: Frames = ()
    now: Frames | None = None
    bounds: Frames = ()
    marks: tuple[Mark, ...] = ()
    firings: tuple[Firing, ...] = ()
    rows: RowChoice = RowChoice()


@dataclass(frozen=True)
class Drawing:
    """A drawn panel: a Plotly figure and its legend, or an HTML fragment; colours are `var(--token)` throughout.

    The browser replaces the tokens by the theme's colours before Plotly sees them; `panels.svg` keeps them.
    Time axes use x0 and dx in epoch milliseconds (UTC); the browser moves them into the viewer's zone.
    `status` is the worst of everything that is drawn.
    `alt` is one sentence for screen readers; `notes` are shown below the chart ("Showing the 8 largest of 12").
    """

    figure: dict[str, object] | None = None
    html: str = ""
    legend: str = ""
    alt: str = ""
    status: Status = Status.NONE
    # What the status is about, for the status line: "anthropic down".
    reason: str = ""
    notes: tuple[str, ...] = field(default=())
