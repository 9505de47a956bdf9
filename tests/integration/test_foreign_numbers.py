"""Series that were not made for the boards, in a real Prometheus: the numbers are right, or what is missing is said."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from app.factory import App, create_app
from app.panel_view import PanelState, PanelView
from app.settings import Settings
from app.state import State
from pages import BOARDS
from panels.measures import measures
from panels.spec import Status
from queries.core.time_range import TimeRange
from tests.integration.queries_kit import backfill, prometheus, running

pytestmark = pytest.mark.integration

SCRAPE = 15
SPIKE_AGO = 10 * 3_600  # seconds before the start: two minutes of 900 where 10 is usual
LEAD = 3 * 3_600  # seconds of samples after the start: however slow the machine, an instant finds one that is not old


@dataclass(frozen=True)
class Course:
    """The instants of the samples, in epoch seconds, and how values develop over them."""

    start: int

    @property
    def times(self) -> range:
        """A day before the start, and some hours after it."""
        return range(self.start - 25 * 3_600, self.start + LEAD, SCRAPE)

    def counter(self, name: str, labels: str, per_scrape: float) -> Iterable[str]:
        """A counter that grows evenly."""
        return [f"{name}{{{labels}}} {index * per_scrape} {moment}" for index, moment in enumerate(self.times)]

    def gauge(self, name: str, labels: str, value: float, spike: float | None = None) -> Iterable[str]:
        """A constant gauge, but for two minutes."""
        begin = self.start - SPIKE_AGO
        spiking = range(begin, begin + 120) if spike is not None else range(0)
        return [f"{name}{{{labels}}} {spike if moment in spiking else value} {moment}" for moment in self.times]


def history(start: int) -> Iterator[str]:
    """OpenTelemetry's calls, a gateway without statuses, three replicas, a kubelet, and buckets that end at 1 s."""
    course = Course(start)
    counter, gauge = course.counter, course.gauge
    calls = "gen_ai_client_operation_duration_seconds_count"
    yield "# TYPE gen_ai_client_operation_duration_seconds_count counter"
    yield from counter(calls, 'gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",instance="a"', 72)
    failing = 'gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",error_type="RateLimitError",instance="a"'
    yield from counter(calls, failing, 28)
    yield "# TYPE codeagent_llm_requests counter"
    yield from counter("codeagent_llm_requests_total", 'provider="openai",model="gpt-4o",instance="a"', 10)
    yield "# TYPE codeagent_llm_tokens counter"
    yield from counter("codeagent_llm_tokens_total", 'provider="openai",model="gpt-4o",instance="a"', 1_000)
    yield "# TYPE codeagent_request_duration histogram"
    for bound, share in (("500", 0), ("1000", 0), ("+Inf", 10)):
        labels = f'endpoint="/a",method="GET",status="200",le="{bound}",instance="a"'
        yield from counter("codeagent_request_duration_bucket", labels, share)
    labels = 'endpoint="/a",method="GET",status="200",instance="a"'
    yield from counter("codeagent_request_duration_count", labels, 10)
    yield from counter("codeagent_request_duration_sum", labels, 10)
    yield "# TYPE codeagent_connections_active gauge"
    yield from gauge("codeagent_connections_active", 'instance="a"', 10, 900)
    yield "# TYPE codeagent_active_users gauge"
    for replica in ("a", "b", "c"):
        yield from gauge("codeagent_active_users", f'instance="{replica}"', 40)
    yield "# TYPE container_memory_working_set_bytes gauge"
    for pod, container in (("gateway-1", "app"), ("gateway-1", "proxy"), ("gateway-1", ""), ("", "")):
        labels = f'namespace="prod",pod="{pod}",container="{container}",instance="node"'
        yield from gauge("container_memory_working_set_bytes", labels, 1_000)
    yield from gauge("container_memory_working_set_bytes", 'name="redis",instance="host"', 500)
    yield "# TYPE container_cpu_usage_seconds counter"
    for container in ("app", "proxy", ""):
        labels = f'namespace="prod",pod="gateway-1",container="{container}",instance="node"'
        yield from counter("container_cpu_usage_seconds_total", labels, 3)
    for direction in ("receive", "transmit"):
        yield f"# TYPE container_network_{direction}_bytes counter"
        labels = 'namespace="prod",pod="gateway-1",interface="eth0",instance="node"'
        yield from counter(f"container_network_{direction}_bytes_total", labels, 150)
    yield "# EOF"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("foreign")
    backfill(folder, "\n".join([*history(int(time.time()) // SCRAPE * SCRAPE), ""]))
    with running(prometheus(folder)) as started:
        yield started.url


@pytest.fixture(scope="module")
def app(server: str) -> Iterator[App]:
    created = create_app(Settings(prometheus_url=server))
    yield created
    created.engine.close()


@pytest.fixture(scope="module")
def otel(server: str) -> Iterator[App]:
    created = create_app(Settings(prometheus_url=server, profile="otel-http-genai"))
    yield created
    created.engine.close()


def panel_view(app: App, board: str, panel: str, start: str = "now-1h") -> PanelView:
    """One panel after as many asks as it takes."""
    for _ in range(40):
        result = app.boards.refresh(State(TimeRange(start)), [BOARDS[board].panel(panel)]).panels[0]
        if result.state is not PanelState.PENDING:
            return result
        time.sleep(0.25)
    raise AssertionError("still pending")


def test_failed_calls_are_seen_in_opentelemetry_s_names(otel: App) -> None:
    errors = panel_view(otel, "providers", "errors")

    assert errors.state is PanelState.FRESH
    assert errors.frames[0].labels == ({"provider": "openai", "status": "RateLimitError"},)
    np.testing.assert_allclose(errors.frames[0].last(), [28.0], rtol=1e-6)
    np.testing.assert_allclose(panel_view(otel, "providers", "providers").frames[3].last(), [28.0], rtol=1e-6)


def test_calls_that_do_not_tell_whether_they_failed_are_not_taken_for_good_ones(app: App) -> None:
    errors = panel_view(app, "providers", "errors")

    assert errors.state is PanelState.ABSENT
    assert "no label “status”" in errors.sentence


def test_tokens_of_no_kind_are_not_taken_for_no_tokens(app: App) -> None:
    cost = panel_view(app, "providers", "cost-rate")

    assert cost.state is PanelState.ABSENT
    assert cost.sentence == "Tokens were used, but none of them have a price: gpt-4o (no label “kind”)."


@pytest.mark.parametrize("start", ["now-24h", "now-12h"])
def test_a_short_peak_of_a_gauge_is_drawn_on_a_long_range(app: App, start: str) -> None:
    (course,) = panel_view(app, "websocket", "connections", start).frames[0].values

    assert np.nanmax(course) == 900
    assert course[-1] == 10
    assert np.count_nonzero(course == 900) <= 3


def test_replicas_do_not_make_more_users_than_there_are(app: App) -> None:
    users = panel_view(app, "overview", "active-users")

    assert "≥ 40" in users.drawing.html
    assert "3 instances count their own users: at least 40, at most 120 distinct ones" in users.drawing.notes


def test_the_kubelet_s_containers_are_named_and_counted_once(app: App) -> None:
    table = measures(
        BOARDS["infrastructure"].panel("containers"), panel_view(app, "infrastructure", "containers").frames
    )
    memory, traffic = (
        {row["name"]: value for row, value in zip(row.frame.labels, row.frame.last(), strict=True)}
        for row in (table[1], table[4])
    )

    assert memory == {"prod/gateway-1/app": 1_000, "prod/gateway-1/proxy": 1_000, "redis": 500}
    assert traffic == {"prod/gateway-1": pytest.approx(20)}


def test_a_quantile_beyond_the_series_own_buckets_says_so(app: App) -> None:
    p95 = panel_view(app, "overview", "latency-p95")

    assert p95.drawing.status is Status.UNKNOWN
    assert "more than 1 s" in p95.drawing.alt
    assert p95.drawing.notes == ("The buckets end at 1 s: the thresholds of 4 s and 8 s can never be exceeded",)
