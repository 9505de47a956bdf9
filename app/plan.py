"""Which requests a panel needs: its queries expanded over the right windows, and those it is compared with."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.firing_spans import BoardFirings
from app.state import State, compare_shift
from app.state import window as window_of
from panels.histogram import bounds_query
from panels.prices import PriceTable
from panels.spec import Lines, Over, Panel, Query, Tile, Timeline
from queries.core.time_range import DAY, Window, align, choose_step
from queries.metrics.detection import Resolution
from queries.metrics.profile import Profile
from queries.metrics.promql import expand
from queries.metrics.request import Request
from queries.metrics.syntax import analysed

TODAY_STEP = 300  # fine enough for a line over a day, and the same entries all day
BOUNDS_STEP = 60
# The expected band: so many days before, in long steps, for ranges that do not overlap them much.
EXPECTED_DAYS = 7
EXPECTED_POINTS = 48
EXPECTED_RANGE = 2 * DAY
MONTH_STEPS = (3_600, 1_800, 900, 300, 60)  # the largest whose grid a zone's midnight lies on: India is 5:30 ahead


@dataclass(frozen=True)
class Scope:
    """What every panel of one refresh shares: the frozen now, the window, the filters, and what fired if known."""

    state: State
    window: Window
    now: float
    resolution: Resolution
    source: str
    tenant: str
    report_zone: ZoneInfo
    # Seconds between samples of deployed series names.
    scrape_interval: Callable[[Collection[str]], int]
    prices: PriceTable
    fired: BoardFirings | None = None
    # Queries that recording rules answer, each with what is to be said of their numbers.
    recorded: Mapping[Query, str] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """How the metrics are named."""
        return self.resolution.profile


@dataclass(frozen=True)
class Plan:
    """The requests of one panel, in the order of its queries; `compare`, `day_before` and `now` may be empty.

    `window` is the page's, with a step that suits the panel's metrics. `earlier_days` has for each of the last days the
    queries of the expected band, the newest day first.
    `bounds` asks for the buckets of each quantile among the queries, None for the others.
    """

    panel: Panel
    window: Window
    main: tuple[Request, ...]
    compare: tuple[Request, ...] = ()
    compare_shift: int = 0
    earlier_days: tuple[tuple[Request, ...], ...] = ()
    day_before: tuple[Request, ...] = ()
    now: tuple[Request, ...] = ()
    bounds: tuple[Request | None, ...] = ()

    def requests(self) -> Iterator[Request]:
        """Every request of the panel."""
        yield from self.main
        yield from self.compare
        for day in self.earlier_days:
            yield from day
        yield from self.day_before
        yield from self.now
        yield from (request for request in self.bounds if request is not None)


def plan(panel: Panel, scope: Scope) -> Plan:
    """The requests of a panel in a scope. Raises InvalidInput when a filter cannot be written as PromQL."""
    scope = scope_of(panel, scope)
    scope = replace(scope, window=window_for(panel, scope))
    main = tuple(_request(query, scope, query.shift) for query in panel.queries)
    panel_plan = Plan(
        panel,
        scope.window,
        main,
        now=_present(panel, scope),
        bounds=tuple(_bounds(query, scope) for query in panel.queries),
    )
    if isinstance(panel.view, Tile):
        latest = zip(panel_plan.now or main, panel.queries, strict=True)
        return replace(panel_plan, day_before=tuple(_day_before(request, query) for request, query in latest))
    shift = compare_shift(scope.state, scope.window)
    if isinstance(panel.view, Lines) and shift and all(query.over is Over.RANGE for query in panel.queries):
        return replace(panel_plan, compare=tuple(_earlier(request, shift) for request in main), compare_shift=shift)
    return replace(panel_plan, earlier_days=_earlier_days(panel, scope))


def scope_of(panel: Panel, scope: Scope) -> Scope:
    """The scope with the filters that hold for a panel."""
    if not panel.fixed:
        return scope
    filters = {**scope.state.filters, **{label: (value,) for label, value in panel.fixed}}
    return replace(scope, state=replace(scope.state, filters=filters))


def window_for(panel: Panel, scope: Scope) -> Window:
    """The page's window; its step is not shorter than the scrape interval of any metric of the panel."""
    return window_of(scope.state, scope.now, scope.scrape_interval(metrics_of(panel.queries, scope.profile)))


def metrics_of(queries: Sequence[Query], profile: Profile) -> tuple[str, ...]:
    """Deployed names of the series that queries select; none of a query that is not understood."""
    exprs = (expand(query.expr, Window(0, DAY, BOUNDS_STEP), {}, profile) for query in queries)
    return tuple(dict.fromkeys(metric for expr in exprs for metric in analysed(expr).metrics))


def window_over(over: Over, scope: Scope) -> Window:
    """The window a query runs over: the page's, its newest instant, today, or this month."""
    match over:
        case Over.RANGE:
            return scope.window
        case Over.INSTANT:
            return instant_window(scope)
        case Over.TODAY:
            return _since(scope, _midnight(scope).timestamp(), TODAY_STEP)
        case Over.MONTH:
            start = _midnight(scope).replace(day=1).timestamp()
            return _since(scope, start, next(step for step in MONTH_STEPS if start % step == 0))


def instant_window(scope: Scope) -> Window:
    """The newest instant of the range, to the scrape interval and not to the step: on a range of a month, now is now.

    It lies on the grid of the scrape interval, so that viewers of all ranges share its answer.
    """
    scrape = scope.window.scrape_interval
    _, end = scope.state.range.resolve(scope.now)
    newest = int(end // scrape) * scrape
    return Window(newest, newest, scrape, scrape)


def instant_request(template: str, scope: Scope) -> Request:
    """A template at the newest instant; `$__range` in it is the page's range."""
    return _request(Query(template, over=Over.INSTANT), scope, 0)


def _present(panel: Panel, scope: Scope) -> tuple[Request, ...]:
    """The queries at the newest instant, for views that show a present state, where the course ends before it."""
    if not isinstance(panel.view, Tile | Timeline) or any(query.over is not Over.RANGE for query in panel.queries):
        return ()
    if instant_window(scope).end == scope.window.end and scope.window.step <= scope.window.scrape_interval:
        return ()
    return tuple(_request(replace(query, over=Over.INSTANT), scope, query.shift) for query in panel.queries)


def _midnight(scope: Scope) -> datetime:
    """When today began in the reporting zone."""
    return datetime.fromtimestamp(scope.now, scope.report_zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _since(scope: Scope, start: float, step: int) -> Window:
    """From the first step after `start` to the one that now lies in, whose end is still ahead.

    Such sums do not extrapolate (`pages.expressions.growth`), so the last step holds what there is of it.
    """
    end = math.ceil(scope.now / step) * step
    return align(start + step, max(end, start + step), step, scope.window.scrape_interval)


def _request(query: Query, scope: Scope, shift: int) -> Request:
    window = window_over(query.over, scope)
    # An instant query looks back over the page's range where it says so, and else over as little as a rate needs.
    basis = replace(window, start=window.end - scope.window.seconds) if query.over is Over.INSTANT else window
    # The panel's queries share their instants; how far back a rate looks is a matter of each query's own metrics.
    interval = scope.scrape_interval(metrics_of([query], scope.profile))
    window, basis = replace(window, scrape_interval=interval), replace(basis, scrape_interval=interval)
    template = query.recorded if query in scope.recorded else query.expr
    expr = expand(template, basis, scope.state.filters, scope.profile)
    return Request(scope.source, expr, window.shift(shift) if shift else window, scope.tenant)


def _bounds(query: Query, scope: Scope) -> Request | None:
    """The buckets behind a quantile, to the minute: a program's buckets do not change while it runs."""
    template = bounds_query(query.expr)
    if not template:
        return None
    newest = scope.window.end // BOUNDS_STEP * BOUNDS_STEP
    window = Window(newest, newest, BOUNDS_STEP, scope.window.scrape_interval)
    return Request(scope.source, expand(template, window, scope.state.filters, scope.profile), window, scope.tenant)


def _day_before(request: Request, query: Query) -> Request:
    """The same number a day before: one instant of a course, the whole course of a sum since midnight."""
    if query.over in (Over.TODAY, Over.MONTH):
        return replace(request, window=request.window.shift(DAY))
    # To five minutes: yesterday does not change, and need not be queried at each step of today.
    grain = max(request.window.step, TODAY_STEP)
    then = (request.window.end - DAY) // grain * grain
    return replace(request, window=replace(request.window, start=then, end=then))


def _earlier_days(panel: Panel, scope: Scope) -> tuple[tuple[Request, ...], ...]:
    """The queries of the expected band. What has passed does not change, so their answers are cached for steps."""
    if not isinstance(panel.view, Lines) or not panel.view.expected or scope.window.seconds > EXPECTED_RANGE:
        return ()
    step = max(choose_step(scope.window.seconds, EXPECTED_POINTS, TODAY_STEP), scope.window.step)
    present = align(scope.window.start, scope.window.end + step, step, scope.window.scrape_interval)
    coarse = replace(scope, window=present)
    return tuple(
        tuple(_request(query, coarse, day * DAY) for query in panel.queries) for day in range(1, EXPECTED_DAYS + 1)
    )


def _earlier(request: Request, shift: int) -> Request:
    return replace(request, window=request.window.shift(shift))
