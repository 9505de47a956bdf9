"""The same source works against everything that speaks the Prometheus HTTP API."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from queries.core.deadline import Deadline
from queries.core.errors import QueryRejected
from queries.core.time_range import align
from queries.metrics.diagnose import Diagnostician, Why
from queries.metrics.engine import Engine
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Request
from tests.integration import queries_kit as kit
from tests.integration import queries_world as world
from tests.integration.queries_compare import END, compare, looks, slides
from tests.integration.queries_expressions import expressions

pytestmark = pytest.mark.integration
WINDOW = align(END - 3_600, END, 15, 15)
# VictoriaMetrics adds up counter resets from the start of the range: after an infinite value, which the gauge `load`
# has, its own answer to such a function depends on where the range begins.
COUNTER_OF_GAUGE = re.compile(r"\b(rate|irate|increase|resets)\b([\s(]|#.*\n)*load", re.IGNORECASE)


def _prometheus(folder: Path, binary: str = "") -> kit.Server:
    kit.backfill(folder, world.openmetrics(END))
    return (kit.prometheus_of(binary, folder) if binary else kit.prometheus(folder)).start()


def _thanos(folder: Path) -> kit.Stack:
    kit.backfill(folder, world.openmetrics(END))
    stack = kit.thanos(folder).start()
    kit.wait_until(lambda: "one" in requests.get(f"{stack.url}/api/v1/label/host/values", timeout=10).text)
    return stack


def _victoria(folder: Path) -> kit.Server:
    server = kit.victoria_metrics(folder).start()
    lines = [_in_milliseconds(line) for line in world.openmetrics(END).splitlines() if not line.startswith("#")]
    requests.post(f"{server.url}/api/v1/import/prometheus", data="\n".join(lines), timeout=60).raise_for_status()
    requests.get(f"{server.url}/internal/force_flush", timeout=30)
    return server


def _in_milliseconds(line: str) -> str:
    sample, instant = line.rsplit(" ", 1)
    return f"{sample} {instant}000"


STARTS: dict[str, Callable[[Path], kit.Server | kit.Stack]] = {
    "prometheus": _prometheus,
    "prometheus 3": lambda folder: _prometheus(folder, kit.built("prometheus3")),
    "thanos": _thanos,
    "victoria metrics": _victoria,
}


@pytest.fixture(scope="module", params=STARTS)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    server = STARTS[request.param](tmp_path_factory.mktemp("backend"))
    result = PrometheusSource(PrometheusSettings(server.url, "prometheus"))
    # Answers carry whole seconds: within its first one a backend cannot show that an answer came after its start.
    started = time.time()
    kit.wait_until(lambda: int(time.time()) > started)
    yield result
    result.close()
    server.stop()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(looks(), min_size=1, max_size=8))
def test_cached_answers_equal_direct_ones_on_every_backend(
    source: PrometheusSource, sequence: list[tuple[float, Request]]
) -> None:
    compare(source, sequence, exact=False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=slides(expressions()))
def test_any_expression_in_any_spelling_equals_its_direct_answer_on_every_backend(
    source: PrometheusSource, sequence: list[tuple[float, Request]]
) -> None:
    assume(not any(COUNTER_OF_GAUGE.search(request.expr) for _, request in sequence))
    compare(source, sequence, exact=False)


# What only VictoriaMetrics or a newer Prometheus understands; others refuse it, and then there is nothing to compare.
@pytest.mark.parametrize(
    "expr",
    [
        "running_sum(sum(load > 0))",
        "range_max(sum(requests_total))",
        "load Offset (-7m)",
        "sum(load offset -7m) limit 1",
        "Rate(requests_total[2m])",
        "sum(load) default 0 + (start() - end())",
        "step() + range()",
        "range_first(sum(load))",
        "WITH (f(q) = q offset -7m) f(requests_total)",
        "sum(requests_total) keep_metric_names",
        "requests_total[2m] offset -7m",
        "sum(load) + 0 * end()",
        "max_over_time(load[5m]) if sum(requests_total offset -10m) > 0",
        "load smoothed",
        "rate(requests_total[2m] anchored)",
        "load offset (2m - 9m)",
        "running_max(sum(requests_total)) # don't",
    ],
)
def test_what_another_language_means_is_never_put_together_from_parts(source: PrometheusSource, expr: str) -> None:
    moves = [float(END - 5_400 + late) for late in (0, 300, 900, 2_400)]
    requested = [(now, Request("prometheus", expr, align(now - 3_600, now, 15, 15))) for now in moves]
    compare(source, requested, exact=False)


def test_samples_are_reused(source: PrometheusSource) -> None:
    requested = [Request("prometheus", "load", align(END - 7_200, END - ago, 15, 15)) for ago in (900, 600, 0)]
    assert compare(source, [(float(END), expr) for expr in requested]) > 1_000


def test_an_instant_and_a_range_agree(source: PrometheusSource) -> None:
    request = Request("prometheus", "sum(load)", WINDOW)
    instant = Request("prometheus", "sum(load)", replace(WINDOW, start=WINDOW.end))
    engine = Engine({"prometheus": source}, clock=lambda: float(END))
    assert engine.run(instant, 10).frame.values[0, 0] == engine.run(request, 10).frame.values[0, -1]


def test_label_values_are_those_of_the_window(source: PrometheusSource) -> None:
    result = source.label_values("endpoint", "requests_total", WINDOW, Deadline.after(10))
    assert {"/a", "/b", "/d"} <= set(result) <= {"/a", "/b", "/c", "/d", "/e"}
    assert list(result) == sorted(result)


def test_a_wrong_expression_is_refused_with_the_backends_words(source: PrometheusSource) -> None:
    with pytest.raises(QueryRejected) as caught:
        source.range(Request("prometheus", "sum(", WINDOW), Deadline.after(10))
    assert caught.value.detail


def test_what_the_backend_does_not_tell_does_no_harm(source: PrometheusSource) -> None:
    assert source.scrape_interval() >= 1
    assert isinstance(source.targets(Deadline.after(10)), tuple)


@pytest.mark.parametrize(
    ("expr", "filters", "why", "names"),
    [
        ("rate(nobody_total[1m])", {}, Why.NEVER_EXPORTED, "nobody_total"),
        ('sum(rate(requests_total{endpoint="/x"}[1m]))', {"endpoint": ("/x",)}, Why.NO_MATCH, 'endpoint="/x"'),
        ('sum(rate(requests_total{endpoint="/x"}[1m]))', {}, Why.NOTHING_HAPPENED, 'endpoint="/x"'),
        ("rate(requests_total[10s])", {}, Why.WINDOW_TOO_SHORT, "looks back 10 s with a scrape each"),
        ("load > 1000", {}, Why.NOTHING_HAPPENED, "nothing happened"),
    ],
)
def test_an_empty_answer_is_explained(
    source: PrometheusSource, expr: str, filters: dict[str, tuple[str, ...]], why: Why, names: str
) -> None:
    result = Diagnostician().diagnose(source, Request("prometheus", expr, WINDOW), filters)
    assert result.why is why
    assert names in result.sentence
