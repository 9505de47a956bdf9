"""`codeagent-dashboards check`: every query of every panel against a real Prometheus; do logs and traces answer?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.detect import report
from app.plan import Plan, metrics_of
from app.repeats import Repeats
from app.settings import Settings
from app.sources import engine_of
from app.state import State
from pages.files.problems import suggestion
from pages.session import Stores
from panels.spec import WITHOUT_DATA, Dashboard
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import TimeRange
from queries.logs.types import LogQuery
from queries.metrics.delay import Delay, delays
from queries.metrics.prometheus.source import PrometheusSource
from queries.metrics.request import Answer, Outcome, Pending
from queries.search.results import Quality, Range
from queries.stores.log_store import LogStore
from queries.stores.trace_store import TraceStore
from queries.traces.types import TraceQuery

if TYPE_CHECKING:
    from app.factory import App

SECONDS = 60.0
Answered = tuple[int, Quality]


def check(settings: Settings, boards: Sequence[str], time_range: str, write: Callable[[str], object]) -> int:
    """Report series, points and milliseconds, or the error, of each query; 1 when a panel is empty or fails."""
    from app.factory import create_app

    app = create_app(settings, engine_of(settings, time.time))
    every = app.boards.catalog.current()
    unknown = [name for name in boards if name not in every.by_id]
    if unknown:
        write(f"There is no board “{unknown[0]}”. {suggestion(unknown[0], every.by_id)}\n")
        app.engine.close()
        return 2
    chosen = [every.by_id[name] for name in boards or every.by_id]
    bad, offer = 0, app.boards.offer()
    report(offer, write)
    for sentence in every.problems:
        write(f"BOARD FILE {sentence}\n")
    repeats = Repeats(app.boards)
    for whole in chosen:
        state = State(TimeRange(time_range or whole.range))
        board = offer.board(repeats.expanded(whole, state))
        try:
            plans = app.boards.plans(board, state)
        except QueryError as error:
            write(f"{error}\n")
            return 2
        outcomes = app.engine.run_many([request for plan in plans for request in plan.main], SECONDS)
        bad += _report(board, plans, iter(outcomes), write)
    write(f"\n{'Every panel has data.' if not bad else f'{bad} panels are empty or failed.'}\n")
    lost = _check_stores(app.stores, time_range or "now-1h", write)
    late = check_delays(app, settings, chosen, write)
    app.engine.close()
    return 1 if bad or lost or late or every.problems else 0


def check_delays(app: App, settings: Settings, boards: Sequence[Dashboard], write: Callable[[str], object]) -> int:
    """Measure how late samples arrive and compare it with the setting; how many jobs are later than that."""
    source = app.engine.sources[app.boards.source]
    if not isinstance(source, PrometheusSource):
        return 0
    tolerance = settings.ingestion_delay
    write(f"\nDelay of samples (CODEAGENT_INGESTION_DELAY is {tolerance:g} s); this takes a scrape interval\n")
    profile = app.boards.profiles.current().profile
    metrics = {name for board in boards for panel in board.panels for name in metrics_of(panel.queries, profile)}
    try:
        measured = delays(source, metrics)
    except QueryError as error:
        write(f"  could not be measured: {error}\n")
        return 0
    for delay in measured:
        write(f"  {_delay_line(delay, tolerance)}\n")
    late = [delay for delay in measured if _is_late(delay, tolerance)]
    if late:
        worst = max(late, key=lambda delay: delay.setting)
        write(f"Samples arrive {worst.seconds:.0f} s late: set CODEAGENT_INGESTION_DELAY={worst.setting}.\n")
    return len(late)


def _is_late(delay: Delay, tolerance: float) -> bool:
    return delay.seconds is not None and delay.seconds > tolerance


def _delay_line(delay: Delay, tolerance: float) -> str:
    if delay.seconds is None:
        age = f"no new sample in {delay.watched:.0f} s, the newest is {delay.age:.0f} s old"
        return f"quiet {delay.subject}: {age}"
    mark = "LATE " if _is_late(delay, tolerance) else "ok   "
    return f"{mark} {delay.subject}: {delay.seconds:.1f} s"


def _check_stores(stores: Stores, time_range: str, write: Callable[[str], object]) -> int:
    """Lines and spans of the range, and what the stores have to say; how many failed."""
    now, deadline = time.time(), Deadline.after(SECONDS)
    start, end = TimeRange(time_range).resolve(now)
    range_ = Range.of_seconds(start, end)
    questions: list[tuple[str, str, Callable[[], Answered] | None]] = [
        ("Log lines", "CODEAGENT_LOGS_DIR", partial(_lines, stores.logs, range_, deadline) if stores.logs else None),
        ("Traces", "CODEAGENT_TRACES_DIR", partial(_spans, stores.traces, range_, deadline) if stores.traces else None),
    ]
    return sum(_store(*question, write) for question in questions)


def _store(title: str, setting: str, ask: Callable[[], Answered] | None, write: Callable[[str], object]) -> int:
    if ask is None:
        write(f"{title}: not connected; set {setting} or CODEAGENT_ELASTICSEARCH_URL.\n")
        return 0
    try:
        count, quality = ask()
    except QueryError as error:
        write(f"{title}: error: {error}\n")
        return 1
    write(f"{title}: {count:,} in {quality.took_ms:.1f} ms. {' '.join(quality.notes)}".rstrip() + "\n")
    return 0


def _lines(store: LogStore, range_: Range, deadline: Deadline) -> Answered:
    histogram = store.histogram(LogQuery(range_), 10, deadline)
    return sum(bucket.total for bucket in histogram.buckets), histogram.quality


def _spans(store: TraceStore, range_: Range, deadline: Deadline) -> Answered:
    services = store.services(TraceQuery(range_), 100, deadline)
    return sum(service.spans for service in services.services) + max(0, services.others), services.quality


def _report(board: Dashboard, plans: Sequence[Plan], outcomes: object, write: Callable[[str], object]) -> int:
    bad = 0
    write(f"\n{board.title}\n")
    for plan in plans:
        if isinstance(plan.panel.view, WITHOUT_DATA):
            continue
        mine = [next(outcomes) for _ in plan.main]  # type: ignore[call-overload]
        good = any(_has_data(outcome) for outcome in mine) and not any(
            isinstance(outcome, QueryError) for outcome in mine
        )
        bad += not good and not plan.panel.optional
        mark = "ok   " if good else "quiet" if plan.panel.optional else "EMPTY"
        write(f"  {mark} {plan.panel.id}\n")
        for outcome in mine:
            write(f"        {_line(outcome)}\n")
    return bad


def _has_data(outcome: Outcome) -> bool:
    return isinstance(outcome, Answer) and not outcome.frame.is_empty


def _line(outcome: Outcome) -> str:
    if isinstance(outcome, Answer):
        frame = outcome.frame
        counts = f"{len(frame.labels):4d} series {frame.samples:7d} points {outcome.milliseconds:7.1f} ms"
        return f"{counts}  {outcome.request.expr}"
    if isinstance(outcome, Pending):
        return f"no answer in {SECONDS:g} s  {outcome.request.expr}"
    return f"error: {outcome}"
