"""Realistic frames for every kind of panel, the same at every run: for golden figures, tests and the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from panels import cost, price_catalog
from panels.price import Price
from panels.prices import PriceTable
from panels.spec import (
    Bars,
    BucketHeatmap,
    Cards,
    CellGroup,
    Cells,
    Column,
    DrawContext,
    Drill,
    Frames,
    LabelHeatmap,
    Lines,
    Over,
    Panel,
    Pie,
    Query,
    Row,
    Status,
    Table,
    Text,
    Thresholds,
    Tile,
    Timeline,
    Unit,
    ValueWord,
)
from queries.core.time_range import Window
from queries.metrics.frame import Frame
from telemetry.contract import LATENCY_MS

MARKDOWN = "Read the **runbook** first:\n\n- is it *new*?\n- `restart` helps\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"
UNPRICED = "codestral-2501"


def _list_prices(provider: str, model: str, tier: str) -> tuple[Price, ...]:
    return () if model == UNPRICED else price_catalog.prices(provider, model, tier)


PRICES = PriceTable(catalog=_list_prices)
END = 1_764_000_000  # 2025-11-24 16:00 UTC
WINDOW = Window(END - 6 * 3_600, END, 60, 15)
ENDPOINTS = (
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/models",
    "/v1/workflows/{id}/runs",
    "/v1/files",
    "/v1/files/{id}/content",
    "/v1/users/{id}",
    "/health",
)
MODELS = (
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-3-5-sonnet"),
    ("anthropic", "claude-3-5-haiku"),
    ("mistral", "mistral-large"),
    ("mistral", "codestral-2501"),
)


@dataclass(frozen=True)
class Sample:
    """A panel with the frames it is drawn from."""

    panel: Panel
    frames: Frames
    context: DrawContext = DrawContext(WINDOW)


def wave(level: float, swing: float, noise: float, seed: int, window: Window = WINDOW) -> np.ndarray:
    """A course with a daily curve and noise, never negative."""
    random = np.random.default_rng(seed)
    times = window.times()
    curve = level * (1 + swing * np.sin(2 * np.pi * times / 86_400 + seed))
    return np.maximum(curve * (1 + noise * random.standard_normal(times.size)), 0.0)


def frame(rows: Mapping[Any, np.ndarray], window: Window = WINDOW) -> Frame:
    """A frame from label pairs and courses."""
    return Frame(window.times(), tuple(dict(labels) for labels in rows), np.vstack(list(rows.values())))


def series(values: np.ndarray, window: Window = WINDOW) -> Frame:
    """A frame of one series without labels."""
    return Frame(window.times(), ({},), values[np.newaxis])


def now(rows: Mapping[Any, float]) -> Frame:
    """The answer of an instant query."""
    return Frame(
        np.array([END]), tuple(dict(labels) for labels in rows), np.array([[value] for value in rows.values()])
    )


def incident(values: np.ndarray, start: float, length: float, factor: float) -> np.ndarray:
    """The same course, multiplied for a part of it (shares of the window)."""
    first, last = int(values.size * start), int(values.size * (start + length))
    changed = values.copy()
    changed[first:last] *= factor
    return changed


def _panel(
    panel_id: str, title: str, unit: Unit, view: object, queries: int | tuple[Query, ...] = 1, **more: object
) -> Panel:
    panel_queries = tuple(Query("up") for _ in range(queries)) if isinstance(queries, int) else queries
    return Panel(
        id=panel_id,
        title=title,
        unit=unit,
        view=view,
        queries=panel_queries,
        description="How it is computed.",
        empty_message="Nothing.",
        **more,
    )  # type: ignore[arg-type]


def _quantiles() -> Sample:
    queries = tuple(
        Query(
            f"histogram_quantile({q}, sum by (le) (rate(codeagent_request_duration_bucket[5m])))",
            f"p{q * 100:g}",
            colour=f"--q{q * 100:g}",
        )
        for q in (0.5, 0.95, 0.99)
    )
    base = wave(340, 0.2, 0.06, 1)
    courses = [base, incident(base * 4.2, 0.6, 0.1, 2.2), incident(base * 9, 0.6, 0.1, 2.6)]
    courses[1][100:112] = np.nan
    panel = _panel("latency", "Response time", Unit.MILLISECONDS, Lines(), queries)
    compare = tuple(series(course * 0.8) for course in courses)
    return Sample(panel, tuple(series(course) for course in courses), DrawContext(WINDOW, compare, "day before"))


def _classes() -> Sample:
    rows = {
        (("class", "2xx"),): wave(820, 0.3, 0.03, 2),
        (("class", "4xx"),): wave(24, 0.3, 0.15, 3),
        (("class", "5xx"),): incident(wave(3, 0.3, 0.3, 4), 0.6, 0.08, 25),
    }
    panel = _panel(
        "classes", "Requests by status class", Unit.REQUESTS_PER_SECOND, Lines(stacked=True), (Query("x", "{{class}}"),)
    )
    return Sample(panel, (frame(rows),))


def _codes() -> Sample:
    levels = {"200": 700, "201": 90, "204": 30, "400": 9, "401": 5, "404": 6, "429": 14, "500": 2, "502": 1, "503": 3}
    rows = {(("status", code),): wave(level, 0.3, 0.1, int(code)) for code, level in levels.items()}
    panel = _panel(
        "codes", "Status codes", Unit.REQUESTS_PER_SECOND, Lines(stacked=True, top=10), (Query("x", "{{status}}"),)
    )
    return Sample(panel, (frame(rows),))


def _errors() -> Sample:
    course = incident(wave(0.5, 0.3, 0.25, 5), 0.6, 0.08, 12)
    panel = _panel(
        "errors",
        "Error rate",
        Unit.PERCENT,
        Lines(thresholds=Thresholds(1, 5)),
        (Query("x", "5xx", colour="--status-5xx"),),
    )
    return Sample(panel, (series(course),))


def _models() -> Sample:
    rows = {
        (("provider", who), ("model", model)): wave(900 + 700 * index, 0.2, 0.12, 20 + index)
        for index, (who, model) in enumerate(MODELS)
    }
    rows[(("provider", "mistral"), ("model", "codestral-2501"))][np.arange(WINDOW.points) % 9 != 0] = np.nan
    panel = _panel(
        "models-p95",
        "Response time p95",
        Unit.MILLISECONDS,
        Lines(),
        (Query("x", "{{provider}} {{model}}"),),
        drill=Drill("/providers", "provider"),
    )
    return Sample(panel, (frame(rows),))


def _hosts() -> Sample:
    rows = {(("instance", f"10.0.0.{n}:9100"),): wave(30 + 4 * n, 0.3, 0.05, 40 + n) for n in range(1, 13)}
    panel = _panel(
        "cpu",
        "CPU",
        Unit.PERCENT,
        Lines(thresholds=Thresholds(80, 95), ceiling=100),
        (Query("x", "{{instance}}"),),
        span=4,
    )
    return Sample(panel, (frame(rows),))


def _sizes() -> Sample:
    queries = tuple(Query("x", f"p{q}", colour=f"--q{q}") for q in (50, 95, 99))
    base = wave(2_400, 0.2, 0.1, 7)
    panel = _panel("sizes", "Request size", Unit.BYTES, Lines(log=True), queries, span=4)
    return Sample(panel, (series(base), series(base * 30), series(base * 900)))


def _tile(
    panel_id: str, title: str, unit: Unit, view: Tile, values: np.ndarray, before: float, expr: str = "x"
) -> Sample:
    panel = _panel(panel_id, title, unit, view, (Query(expr),), span=2, rows=2)
    context = DrawContext(WINDOW, day_before=(Frame(np.array([END]), ({},), np.array([[before]])),))
    return Sample(panel, (series(values),), context)


def _tiles() -> tuple[Sample, ...]:
    p99 = "histogram_quantile(0.99, sum by (le) (rate(codeagent_llm_latency_bucket[5m])))"
    steps = np.cumsum(wave(0.034, 0.2, 0.1, 13))
    return (
        _tile("rate", "Request rate", Unit.REQUESTS_PER_SECOND, Tile(), wave(1_240, 0.3, 0.02, 8), 1_108),
        _tile(
            "error-rate",
            "Error rate",
            Unit.PERCENT,
            Tile(Thresholds(1, 5), True, (0, 10)),
            incident(wave(0.6, 0.2, 0.1, 9), 0.9, 0.1, 12),
            0.4,
        ),
        _tile(
            "p95",
            "Response time p95",
            Unit.MILLISECONDS,
            Tile(Thresholds(1_000, 5_000), True),
            wave(1_340, 0.2, 0.1, 10),
            1_290,
        ),
        _tile("users", "Active users", Unit.COUNT, Tile(), np.round(wave(412, 0.3, 0.03, 11)), 398),
        _tile(
            "capped",
            "LLM p99",
            Unit.MILLISECONDS,
            Tile(Thresholds(40_000, 60_000), True),
            np.full(WINDOW.points, 80_000.0),
            60_000,
            p99,
        ),
        _tile("cost-today", "LLM cost today", Unit.DOLLARS, Tile(rising_is_bad=True), steps, 11.2),
        _tile(
            "hit-rate",
            "Redis hit rate",
            Unit.PERCENT,
            Tile(Thresholds(50, 10, rising=False), False),
            wave(94, 0.01, 0.004, 12),
            94.2,
        ),
        _tile(
            "absent",
            "Database p95",
            Unit.MILLISECONDS,
            Tile(Thresholds(100, 500), True),
            np.full(WINDOW.points, np.nan),
            np.nan,
        ),
        _tile(
            "availability",
            "Availability",
            Unit.PERCENT,
            Tile(Thresholds(99.5, 95, rising=False), False),
            np.full(WINDOW.points, 99.953),
            100.0,
        ),
    )


def _endpoint_labels(number: int) -> tuple[tuple[str, str], ...]:
    return (("endpoint", ENDPOINTS[number]), ("method", "GET" if number in (2, 5, 6, 7) else "POST"))


def _endpoint_heatmap() -> Sample:
    levels = (4_200, 310, 40, 1_900, 650, 480, 75, 6)
    rows = {
        _endpoint_labels(n): incident(wave(level, 0.2, 0.15, 50 + n), 0.6, 0.1, 3 if n == 0 else 1.2)
        for n, level in enumerate(levels)
    }
    rows[_endpoint_labels(5)][200:260] = np.nan
    panel = _panel(
        "by-endpoint",
        "p95 by endpoint",
        Unit.MILLISECONDS,
        LabelHeatmap(),
        (Query("x", "{{method}} {{endpoint}}"),),
        span=8,
        drill=Drill("/endpoint", "endpoint"),
    )
    return Sample(panel, (frame(rows),))


def buckets(seed: int = 60, window: Window = WINDOW) -> Frame:
    """Cumulative rates by `le`, in no particular order: two humps of latency, the slow one slower in an incident."""
    bounds = np.array([*LATENCY_MS, np.inf])
    level = wave(50, 0.3, 0.05, seed, window)[:, np.newaxis]
    slow = incident(np.full(window.points, 3_000.0), 0.6, 0.1, 3)[:, np.newaxis]
    share = 0.6 / (1 + (bounds / 40) ** -3.5) + 0.4 / (1 + (bounds / slow) ** -3.5)
    share[:, -1] = 1.0
    order = np.random.default_rng(seed).permutation(bounds.size)
    labels = tuple({"le": "+Inf" if np.isinf(bounds[index]) else f"{bounds[index]:g}"} for index in order)
    return Frame(window.times(), labels, (level * share).T[order])


def _bars() -> tuple[Sample, ...]:
    codes = {"200": 700.0, "201": 90, "204": 30, "400": 9, "429": 14, "500": 2.1, "503": 0.34}
    rates = (412.0, 120, 96, 31, 12, 9.4, 3.2, 0.42)
    reasons = {"normal": 1_840.0, "going_away": 920, "abnormal": 61, "policy_violation": 4, "idle_timeout": 310}
    return (
        Sample(
            _panel(
                "status-share",
                "Status codes, share",
                Unit.REQUESTS_PER_SECOND,
                Bars(share=True),
                (Query("x", "{{status}}"),),
                span=4,
            ),
            (now({(("status", code),): rate for code, rate in codes.items()}),),
        ),
        Sample(
            _panel(
                "endpoints",
                "Requests by endpoint",
                Unit.REQUESTS_PER_SECOND,
                Bars(share=True, top=6),
                (Query("x", "{{method}} {{endpoint}}"),),
                span=4,
                drill=Drill("/endpoint", "endpoint"),
            ),
            (now({_endpoint_labels(n): rate for n, rate in enumerate(rates)}),),
        ),
        Sample(
            _panel(
                "reasons", "Why connections closed", Unit.COUNT, Bars(share=True), (Query("x", "{{reason}}"),), span=4
            ),
            (now({(("reason", reason),): count for reason, count in reasons.items()}),),
        ),
    )


def _slowest() -> Sample:
    quantile = "histogram_quantile(0.95, sum by (endpoint, method, le) (rate(codeagent_request_duration_bucket[5m])))"
    p95 = (80_000.0, 310, 40, 1_900, 3_650, 480, 75, 6)
    labels = [_endpoint_labels(n) for n in range(8)]

    def column(values: tuple[float, ...]) -> Frame:
        return now(dict(zip(labels, values, strict=True)))

    courses = frame(
        {key: wave(level, 0.2, 0.15, 70 + n) for n, (key, level) in enumerate(zip(labels, p95, strict=True))}
    )
    panel = _panel(
        "slowest",
        "Slowest endpoints",
        Unit.MILLISECONDS,
        Table(
            ("endpoint", "method"),
            (
                Column("p95", 0, Unit.MILLISECONDS, thresholds=Thresholds(2_500, 5_000)),
                Column("p50", 1, Unit.MILLISECONDS),
                Column("Rate", 2, Unit.REQUESTS_PER_SECOND),
                Column("Errors", 3, Unit.PERCENT, thresholds=Thresholds(1, 5)),
                Column("Share of time", 4, Unit.PERCENT, bar=True, share=True),
                Column("p95 over time", 5, Unit.MILLISECONDS, spark=True),
            ),
        ),
        (Query(quantile, over=Over.INSTANT), *(Query("x") for _ in range(5))),
        span=12,
        rows=5,
        drill=Drill("/endpoint", "endpoint"),
    )
    return Sample(
        panel,
        (
            column(p95),
            column((1_200, 60, 12, 900, 200, 140, 30, 2)),
            column((412, 120, 96, 31, 12, 9.4, 3.2, 0.42)),
            column((7.3, 0, 0.02, 1.4, 0, 0, float("nan"), 0)),
            column((49_000, 7_200, 1_100, 28_000, 2_400, 1_300, 96, 1)),
            courses,
        ),
    )


def _disks() -> Sample:
    mounts = {
        "/": (71.2, 142e9, 41.0),
        "/var/lib/postgresql": (92.4, 31e9, 2.1),
        "/srv/uploads/with/a/long/path": (83.0, 9e9, 12.0),
    }
    keys = {mount: (("instance", "db-1.internal:9100"), ("mountpoint", mount)) for mount in mounts}
    panel = _panel(
        "disks",
        "Disks",
        Unit.PERCENT,
        Table(
            ("instance", "mountpoint"),
            (
                Column("Used", 0, Unit.PERCENT, bar=True, thresholds=Thresholds(80, 90)),
                Column("Free", 1, Unit.BYTES),
                Column("Full in", 2, Unit.DAYS, thresholds=Thresholds(14, 3, rising=False)),
            ),
        ),
        3,
        span=4,
    )
    return Sample(panel, tuple(now({keys[mount]: facts[n] for mount, facts in mounts.items()}) for n in range(3)))


def tokens(window: Window = WINDOW, scale: float = 1.0) -> Frame:
    """Tokens per second by provider, model and kind."""
    rows = {}
    for index, (provider, model) in enumerate(MODELS):
        for kind, level in (("prompt", 900.0), ("cached", 250.0), ("completion", 240.0)):
            labels = (("provider", provider), ("model", model), ("kind", kind))
            rows[labels] = scale * wave(level / (1 + index), 0.3, 0.1, 80 + index, window)
    return frame(rows, window)


def _costs() -> tuple[Sample, ...]:
    month = Window(1_761_955_200 + 3_600, END, 3_600, 15)
    rates = cost.per_hour((tokens(),), WINDOW, PRICES)
    projected = cost.month_with_projection((tokens(month, 3_600 * 0.02),), month, PRICES)
    return (
        Sample(
            _panel(
                "cost-rate",
                "Cost by model",
                Unit.DOLLARS_PER_HOUR,
                Lines(stacked=True),
                (Query("x", "{{provider}} {{model}}"),),
                span=6,
            ),
            rates,
        ),
        Sample(_panel("cost-month", "Cost this month", Unit.DOLLARS, Lines(), span=6), projected, DrawContext(month)),
    )


UP_WORDS = ((Status.GOOD, "up"), (Status.CRITICAL, "down"), (Status.WARNING, "partly up"), (Status.UNKNOWN, "unknown"))


def _timeline() -> Sample:
    rows = {(("provider", name),): np.full(WINDOW.points, 100.0) for name in ("openai", "anthropic", "mistral")}
    rows[(("provider", "anthropic"),)][210:230] = 50.0
    rows[(("provider", "anthropic"),)][214:226] = 0.0
    rows[(("provider", "mistral"),)][40:60] = np.nan
    rows[(("provider", "mistral"),)][-4:] = 0.0
    rows[(("provider", "openai"),)][150:152] = 75.0
    view = Timeline(Thresholds(warning=99.9, critical=0, rising=False), UP_WORDS)
    return Sample(
        _panel(
            "state",
            "State over time",
            Unit.PERCENT,
            view,
            (Query("x", "{{provider}}"),),
            span=12,
            rows=2,
            drill=Drill("/providers", "provider"),
        ),
        (frame(rows),),
    )


def _phases() -> tuple[Sample, ...]:
    """States without a scale: words for values, and values of a label."""
    count = WINDOW.points
    modes = np.repeat([0.0, 1.0, 3.0, 1.0], [count // 3, count // 3, count // 6, count - 2 * (count // 3) - count // 6])
    words = (ValueWord("idle", 0, 0), ValueWord("reading", 1, 1), ValueWord("failed <disk>", 3, None, Status.CRITICAL))
    of_values = _panel("mode", "Mode", Unit.COUNT, Timeline(values=words), (Query("x", "{{disk}}"),), rows=2)
    phase = {
        (("pod", "gateway-1"), ("phase", "Running")): np.where(np.arange(count) < 200, 1.0, 0.0),
        (("pod", "gateway-1"), ("phase", "Failed <1>")): np.where(np.arange(count) >= 220, 1.0, 0.0),
        (("pod", "gateway-2"), ("phase", "Running")): np.ones(count),
    }
    of_labels = _panel("phase", "Phase of pods", Unit.COUNT, Timeline(label="phase"), (Query("x", "{{pod}}"),), rows=2)
    return Sample(of_values, (frame({(("disk", "sda"),): modes}),)), Sample(of_labels, (frame(phase),))


def _rings() -> tuple[Sample, ...]:
    """A ring of few parts, and one that is drawn as bars."""
    few = {(("cache", name),): value for name, value in (("sessions", 1_200.0), ("responses <a>", 5_300.0), ("x", 0.0))}
    many = {(("cache", f"cache {number}"),): 10.0 * number for number in range(1, 9)}
    query = (Query("x", "{{cache}}"),)
    return tuple(
        Sample(_panel(name, "Bytes by cache", Unit.BYTES, Pie(), query, span=4), (now(values),))
        for name, values in (("ring", few), ("ring-of-many", many))
    )


def _health() -> Sample:
    up = Thresholds(critical=0, rising=False)
    view = Cells(
        (
            CellGroup("Providers", 0, up, words=UP_WORDS, href="/providers"),
            CellGroup(
                "Cache", 1, Thresholds(warning=50, critical=10, rising=False), Unit.PERCENT, href="/infrastructure"
            ),
            CellGroup("Database", 2, Thresholds(warning=100, critical=500), Unit.MILLISECONDS, href="/infrastructure"),
            CellGroup("Targets", 3, up, words=UP_WORDS, href="/infrastructure"),
        )
    )
    queries = (
        Query("x", "{{provider}}"),
        Query("x", "{{cache}}"),
        Query("x", "query p95"),
        Query("x", "{{job}} {{instance}}"),
    )
    frames = (
        now({(("provider", "openai"),): 1, (("provider", "anthropic"),): 1, (("provider", "mistral"),): 0}),
        now({(("cache", "responses"),): 62.1, (("cache", "sessions"),): 41.0}),
        now({(): 12.4}),
        now(
            {(("job", "gateway"), ("instance", f"10.0.0.{n}:8000")): 1.0 for n in range(1, 4)}
            | {(("job", "redis"), ("instance", "10.0.0.9:9121")): float("nan")}
        ),
    )
    return Sample(_panel("health", "Health", Unit.COUNT, view, queries, span=12, rows=2), frames)


def _cards() -> Sample:
    view = Cards(
        "provider",
        (
            Column("State", 0, thresholds=Thresholds(critical=0, rising=False)),
            Column("Availability", 1, Unit.PERCENT, thresholds=Thresholds(99.5, 95, rising=False)),
            Column("p95", 2, Unit.MILLISECONDS, thresholds=Thresholds(5_000, 15_000)),
            Column("Errors", 3, Unit.PERCENT, thresholds=Thresholds(1, 5)),
            Column("Rate limit left", 4, Unit.PERCENT, thresholds=Thresholds(20, 5, rising=False)),
        ),
        UP_WORDS,
    )
    facts = {
        "openai": (1.0, 99.95, 2_130, 0.42, 84),
        "anthropic": (1.0, 98.2, 7_400, 1.9, 12),
        "mistral": (0.0, 91.0, 3_100, 14, 64),
    }
    frames = tuple(now({(("provider", name),): values[n] for name, values in facts.items()}) for n in range(5))
    return Sample(
        _panel("providers", "Providers", Unit.PERCENT, view, 5, span=12, rows=2, drill=Drill("/providers", "provider")),
        frames,
    )


def _connections() -> Sample:
    """A jump to four times what is usual, with a band that has a gap."""
    coarse = Window(WINDOW.start, WINDOW.end, 900)
    days = [wave(180, 0.3, 0.05, 90, coarse) * (1 + 0.02 * number) for number in range(7)]
    for day in days:
        day[4:6] = np.nan
    context = DrawContext(WINDOW, earlier_days=tuple((series(day, coarse),) for day in days))
    present = incident(wave(180, 0.3, 0.03, 90), 0.9, 0.1, 4)
    query = Query("x", "open", colour="--series-1")
    panel = _panel("connections", "Active connections", Unit.COUNT, Lines(expected=True), (query,))
    return Sample(panel, (series(present),), context)


def samples() -> tuple[Sample, ...]:
    """Every sample, in the order a board would show them."""
    distribution = Sample(
        _panel("distribution", "Latency distribution", Unit.REQUESTS_PER_SECOND, BucketHeatmap(), span=6), (buckets(),)
    )
    return (
        *_tiles(),
        _classes(),
        _connections(),
        _errors(),
        _quantiles(),
        _models(),
        _hosts(),
        _sizes(),
        _disks(),
        _endpoint_heatmap(),
        _bars()[0],
        _slowest(),
        distribution,
        _codes(),
        *_bars()[1:],
        *_costs(),
        _timeline(),
        *_phases(),
        *_rings(),
        _cards(),
        _health(),
        Sample(Panel(id="row", title="More", view=Row(), span=12, rows=1), ()),
        Sample(Panel(id="text", title="About this board", view=Text(MARKDOWN)), ()),
    )
