"""Cached against direct answers: what somebody may ask, and how both are compared."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import strategies as st

from queries.core.deadline import Deadline
from queries.core.errors import QueryRejected
from queries.core.time_range import DAY, align
from queries.metrics.engine import Engine
from queries.metrics.frame import Frame, present
from queries.metrics.prometheus.source import PrometheusSource
from queries.metrics.request import Request
from tests.integration import queries_world as world

END = int(time.time()) // 3_600 * 3_600


@st.composite
def slides(draw: st.DrawFn, exprs: st.SearchStrategy[str]) -> list[tuple[float, Request]]:
    """One expression, looked at over windows that move and grow, as a refreshed board and its visitors do."""
    expr, step = draw(exprs), draw(st.sampled_from((15, 60)))
    now, sequence = END - 7_200.0, []
    for move in draw(st.lists(st.integers(0, 1_200), min_size=2, max_size=5)):
        now += move
        seconds = draw(st.sampled_from((900, 1_800, 3_600)))
        sequence.append((now, Request("prometheus", expr, align(now - seconds, now, step, 15))))
    return sequence


@st.composite
def looks(draw: st.DrawFn) -> tuple[float, Request]:
    """A moment of a clock that jumps, and what somebody asks at that moment."""
    now = END - draw(st.integers(-1_200, world.HOURS * 3_600))
    step = draw(st.sampled_from((15, 15, 60, 60, 300, 1_800, DAY)))
    end = now - draw(st.sampled_from((0, 0, 0, 40, 1_000, 5_000)))
    seconds = draw(st.sampled_from((0, step, 300, 900, 3_600, 7_200, 20_000)))
    offset = draw(st.sampled_from((0, 3_600, -7_200))) if step == DAY else 0
    expr = draw(st.sampled_from(world.EXPRESSIONS))
    return float(now), Request("prometheus", expr, align(end - seconds, end, step, 15, offset))


def assert_same(cached: Frame, direct: Frame, exact: bool = True) -> None:
    """The same series, times and samples, bit by bit; or to nine digits where a backend sums in random order."""
    assert cached.labels == direct.labels
    assert cached.times.tolist() == direct.times.tolist()
    if exact:
        np.testing.assert_array_equal(cached.values.view(np.uint64), direct.values.view(np.uint64))
    else:
        np.testing.assert_array_equal(present(cached.values), present(direct.values))
        np.testing.assert_allclose(cached.values, direct.values, rtol=1e-9, atol=1e-12)


def compare(
    source: PrometheusSource, sequence: list[tuple[float, Request]], exact: bool = True, **options: object
) -> int:
    """Run the sequence through one engine; how many samples it had not to ask for."""
    clock, reused = [0.0], 0
    engine = Engine({"prometheus": source}, clock=lambda: clock[0], **options)  # type: ignore[arg-type]
    try:
        for now, request in sequence:
            clock[0] = now
            try:
                direct = source.range(request, Deadline.after(20)).frame
            except QueryRejected:
                continue  # what the backend refuses has no right value
            answer = engine.run(request, 20)
            assert_same(answer.frame, direct, exact)
            reused += answer.samples_reused
    finally:
        engine.close()
    return reused
