"""A backend that stops, restarts empty, dawdles or lies: viewers get an answer in time, and never a false one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from queries.core.errors import AnswerMalformed, LimitExceeded, QueryError, QueryRejected, SourceUnavailable
from queries.core.time_range import align
from queries.metrics.cache.keys import key_of
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Answer, Origin, Pending, Request
from queries.metrics.restart_watch import RestartWatch
from tests.integration import queries_kit as kit
from tests.integration import queries_world as world
from tests.integration.liar import Liar, lying

pytestmark = pytest.mark.integration
END = int(time.time()) // 60 * 60 - 60
EXPR = "sum by (endpoint) (rate(requests_total[1m]))"
QUICK = EngineSettings(patience=0.05, retries=1, retry_pause=0.02, breaker_seconds=0.4, fetch_seconds=5)
DEADLINE = 2.0


class Clock:
    """A wall clock that tests move."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kit.Server]:
    folder = tmp_path_factory.mktemp("prometheus")
    kit.backfill(folder, world.openmetrics(END))
    with kit.running(kit.prometheus(folder)) as server:
        yield server


@pytest.fixture
def liar(backend: kit.Server) -> Iterator[Liar]:
    with lying(backend.url) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock(END - 600.0)


def engine_for(url: str, clock: Clock, settings: EngineSettings = QUICK) -> Engine:
    return Engine(
        {"prometheus": PrometheusSource(PrometheusSettings(url, "prometheus"))}, settings=settings, clock=clock
    )


def request(clock: Clock, expr: str = EXPR, seconds: int = 1_800) -> Request:
    return Request("prometheus", expr, align(clock.now - seconds, clock.now, 15, 15))


def in_time(engine: Engine, requested: Request, seconds: float = DEADLINE) -> object:
    begun = time.monotonic()
    outcome = engine.run_many([requested], seconds)[0]
    assert time.monotonic() - begun < seconds + 2.0
    return outcome


@pytest.mark.parametrize("mood", ["429", "503", "half", "drip", "not json", "wrong json", "wrong samples", "huge"])
def test_a_bad_answer_is_an_error_when_nothing_is_at_hand_and_the_last_good_one_with_its_age_otherwise(
    liar: Liar, clock: Clock, mood: str
) -> None:
    engine = engine_for(liar.url, clock, replace(QUICK, fetch_seconds=1.0, rejected_seconds=0.2))
    liar.mood = mood
    assert isinstance(in_time(engine, request(clock)), SourceUnavailable | LimitExceeded | Pending)
    liar.mood = ""
    kit.wait_until(lambda: isinstance(in_time(engine, request(clock)), Answer))
    good = engine.run(request(clock), DEADLINE)
    liar.mood, clock.now = mood, clock.now + 60
    kit.wait_until(lambda: _origin(in_time(engine, request(clock))) is Origin.STALE)
    stale = in_time(engine, request(clock))
    assert isinstance(stale, Answer)
    assert 60 <= stale.age < 120
    assert stale.frame.values[:, :100].tolist() == good.frame.values[:, 4:104].tolist()
    liar.mood = ""
    kit.wait_until(lambda: _origin(in_time(engine, request(clock))) in (Origin.FRESH, Origin.CACHE))
    engine.close()


def _origin(outcome: object) -> Origin | None:
    return outcome.origin if isinstance(outcome, Answer) else None


def test_what_is_no_prometheus_is_called_so(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock)
    liar.mood = "not json"
    outcome = in_time(engine, request(clock))
    assert isinstance(outcome, AnswerMalformed)
    assert "not as Prometheus does" in outcome.sentence


def test_a_slow_backend_leaves_a_pending_answer_that_the_next_look_finds(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock)
    liar.seconds = 0.6
    assert isinstance(in_time(engine, request(clock), 0.2), Pending)
    kit.wait_until(lambda: _origin(in_time(engine, request(clock), 0.2)) is Origin.CACHE)
    assert liar.queries == 1


def test_a_slow_backend_does_not_keep_the_viewer_from_what_is_at_hand(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock)
    engine.run(request(clock), DEADLINE)
    liar.seconds, clock.now = 3.0, clock.now + 30
    begun = time.monotonic()
    answer = engine.run(request(clock), 10)
    assert time.monotonic() - begun < 2.5
    assert (answer.origin, round(answer.age)) == (Origin.STALE, 30)
    kit.wait_until(lambda: engine.run(request(clock), DEADLINE).origin is Origin.CACHE)


def test_the_deadline_is_passed_on_to_the_backend(liar: Liar, clock: Clock) -> None:
    engine_for(liar.url, clock).run(request(clock), DEADLINE)
    results = [match for path in liar.requests if (match := re.search(r"timeout=([0-9.]+)", path))]
    assert results
    assert all(0 < float(match[1]) <= QUICK.fetch_seconds for match in results)


def test_a_stopped_backend_opens_the_circuit_and_one_probe_closes_it(backend: kit.Server, clock: Clock) -> None:
    with lying(backend.url) as liar:
        engine = engine_for(liar.url, clock, replace(QUICK, breaker_failures=3, retries=0))
        liar.mood = "503"
        for number in range(6):
            in_time(engine, request(clock, f"{EXPR} + {number}"))
        assert liar.queries == 3
        liar.mood = ""
        kit.wait_until(lambda: isinstance(in_time(engine, request(clock)), Answer))
        assert liar.queries == 4


@pytest.mark.parametrize(
    ("mood", "note"), [("warned", "one store is away"), ("partial", "prometheus says that its answer is partial.")]
)
def test_an_answer_in_part_is_shown_marked_and_never_kept_as_an_extent(
    liar: Liar, clock: Clock, mood: str, note: str
) -> None:
    engine = engine_for(liar.url, clock)
    liar.mood = mood
    first = engine.run(request(clock), DEADLINE)
    assert (first.partial, first.frame.notes) == (True, (note,))
    again = engine.run(request(clock), DEADLINE)
    assert (again.partial, again.origin, liar.queries) == (True, Origin.CACHE, 1)
    liar.mood, clock.now = "", clock.now + 15
    whole = engine.run(request(clock), DEADLINE)
    assert (whole.partial, whole.frame.notes, whole.samples_reused) == (False, (), 0)


def test_a_refusal_that_is_no_json_is_a_refusal_with_its_words(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock)
    liar.mood = "thanos"
    outcome = in_time(engine, request(clock))
    assert isinstance(outcome, QueryRejected)
    assert 'got scalar"' in outcome.detail


def test_a_refused_query_is_not_sent_again_at_once(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock)
    for _ in range(3):
        outcome = in_time(engine, request(clock, "sum("))
        assert isinstance(outcome, QueryRejected)
        assert "unclosed left parenthesis" in outcome.detail
    assert liar.queries == 1


def test_limits_are_said_with_their_numbers(liar: Liar, clock: Clock) -> None:
    source = PrometheusSource(PrometheusSettings(liar.url, "prometheus", max_series=2))
    engine = Engine({"prometheus": source}, settings=replace(QUICK, max_points=500), clock=clock)
    many = in_time(engine, request(clock, "requests_total"))
    assert isinstance(many, LimitExceeded)
    assert "limit is 2" in many.sentence
    long = in_time(engine, request(clock, seconds=86_400))
    assert isinstance(long, LimitExceeded)
    assert "5,761 points" in long.sentence


def test_a_backend_gets_no_more_requests_at_a_time_than_the_settings_say(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock, replace(QUICK, concurrency=2))
    liar.seconds = 0.05
    engine.run_many([request(clock, f"{EXPR} + {number}") for number in range(12)], 5)
    assert liar.most_at_once <= 3  # two queries, and one look at the backend's start


def test_viewers_of_the_same_thing_cost_one_query(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock)
    liar.seconds = 0.3
    with ThreadPoolExecutor(40) as viewers:
        answers = list(viewers.map(lambda _: engine.run(request(clock), 5), range(40)))
    assert liar.queries == 1
    assert sum(answer.origin is Origin.FRESH for answer in answers) == 1
    assert sum(answer.samples_fetched for answer in answers) == answers[0].frame.samples


def test_overlapping_misses_ask_for_each_point_once(liar: Liar, clock: Clock) -> None:
    engine = engine_for(liar.url, clock, replace(QUICK, tolerance=0))
    liar.seconds = 0.2
    requests = [request(clock, seconds=seconds) for seconds in (900, 1_800, 3_600)]
    answers = [outcome for outcome in engine.run_many(requests, 5) if isinstance(outcome, Answer)]
    assert len(answers) == 3
    longest = max(answers, key=lambda answer: answer.frame.samples)
    assert sum(answer.samples_fetched for answer in answers) <= 1.1 * longest.frame.samples


def test_a_restart_with_an_empty_disk_is_not_hidden(tmp_path: Path) -> None:
    kit.backfill(tmp_path / "full", world.openmetrics(END))
    full = kit.prometheus(tmp_path / "full")
    empty = kit.prometheus(tmp_path / "empty", port=full.port)
    clock = Clock(END - 600.0)
    engine = engine_for(full.url, clock, replace(QUICK, breaker_failures=100))
    with kit.running(full):
        assert engine.run(request(clock), DEADLINE).frame.samples > 100
    clock.now += 30
    down = engine.run(request(clock), DEADLINE)
    assert down.origin is Origin.STALE
    assert isinstance(down.error, SourceUnavailable)
    with kit.running(empty):
        kit.wait_until(lambda: engine.run(request(clock), DEADLINE).origin is not Origin.STALE)
        answer = engine.run(request(clock), DEADLINE)
        assert answer.frame.samples == 0
    engine.close()


def test_a_backend_that_lost_its_past_without_saying_so_is_found_out_by_the_witness(
    liar: Liar, clock: Clock, tmp_path: Path
) -> None:
    engine = engine_for(liar.url, clock)
    engine.run(request(clock), DEADLINE)
    with kit.running(kit.prometheus(tmp_path)) as other:
        liar.upstream, clock.now = other.url, clock.now + 30
        kit.wait_until(lambda: engine.run(request(clock), DEADLINE).origin is not Origin.STALE)
        assert engine.run(request(clock), DEADLINE).frame.samples == 0
    engine.close()


@pytest.mark.parametrize("seconds_ago", [7_200, 3_600])
def test_a_restart_with_an_empty_disk_shows_in_a_window_of_the_past_that_is_all_that_somebody_looks_at(
    tmp_path: Path, seconds_ago: int
) -> None:
    kit.backfill(tmp_path / "full", world.openmetrics(END))
    full = kit.prometheus(tmp_path / "full")
    empty = kit.prometheus(tmp_path / "empty", port=full.port)
    elapsed = [0.0]
    engine = engine_for(full.url, Clock(float(END)), replace(QUICK, breaker_failures=100))
    watch = engine.watches["prometheus"] = RestartWatch(engine.sources["prometheus"], lambda: elapsed[0])
    past = Request("prometheus", "requests_total", align(END - seconds_ago - 900, END - seconds_ago, 15, 15))
    with kit.running(full):
        assert engine.run(past, DEADLINE).frame.samples > 100
        # Answers carry whole seconds: not before its second one can an answer show that it came after the start.
        kit.wait_until(lambda: engine.run(past, DEADLINE).origin is Origin.CACHE)
    with kit.running(empty):
        elapsed[0] += 16  # the next look is due
        kit.wait_until(lambda: engine.run(past, DEADLINE).frame.samples == 0)
        assert watch.floor > 0
    engine.close()


def test_a_backend_that_does_not_tell_when_it_started_is_asked_for_a_witness_once_a_minute(
    backend: kit.Server, tmp_path: Path
) -> None:
    elapsed = [0.0]
    with lying(backend.url) as silent, kit.running(kit.prometheus(tmp_path)) as other:
        silent.mood_of_status = "404"
        engine = engine_for(silent.url, Clock(float(END)), replace(QUICK, fetch_seconds=60))
        engine.watches["prometheus"] = RestartWatch(engine.sources["prometheus"], lambda: elapsed[0])
        past = Request("prometheus", "requests_total", align(END - 4_500, END - 3_600, 15, 15))
        for _ in range(3):
            assert engine.run(past, 60).frame.samples > 100
        assert silent.queries == 1
        elapsed[0] += 61
        assert engine.run(past, 60).frame.samples > 100
        # A viewer does not wait for a witness that takes long, and whoever comes meanwhile joins it.
        kit.wait_until(lambda: silent.queries == 2 and not engine.flights.busy)
        silent.upstream = other.url
        elapsed[0] += 61
        kit.wait_until(lambda: engine.run(past, 60).frame.samples == 0)
    engine.close()


def test_a_witness_that_could_not_be_had_is_asked_for_again(backend: kit.Server, tmp_path: Path) -> None:
    elapsed = [0.0]
    with lying(backend.url) as silent, kit.running(kit.prometheus(tmp_path)) as other:
        silent.mood_of_status = "404"
        engine = engine_for(silent.url, Clock(float(END)), replace(QUICK, fetch_seconds=60))
        engine.watches["prometheus"] = RestartWatch(engine.sources["prometheus"], lambda: elapsed[0])
        past = Request("prometheus", "requests_total", align(END - 4_500, END - 3_600, 15, 15))
        assert engine.run(past, 60).frame.samples > 100
        assert engine.run(past, 60).origin is Origin.CACHE
        silent.mood, silent.upstream = "503", other.url
        elapsed[0] += 61
        engine.run(past, 60)
        kit.wait_until(lambda: silent.queries > 1 and not engine.flights.busy)
        silent.mood = ""
        kit.wait_until(lambda: engine.run(past, 60).frame.samples == 0)
    engine.close()


def test_a_wrong_clock_settles_nothing_that_the_backend_has_not_seen(liar: Liar) -> None:
    """Our clock is two hours ahead: what is fetched then must not be believed later."""
    ahead = Clock(time.time() + 7_200)
    engine = engine_for(liar.url, ahead)
    engine.run(request(ahead), DEADLINE)
    key = key_of(request(ahead), engine.sources["prometheus"].identity)[0]
    assert not any(piece.settled for piece in engine.memory.get(key))


def test_an_unknown_source_is_an_error_and_not_a_crash(liar: Liar, clock: Clock) -> None:
    outcome = in_time(engine_for(liar.url, clock), replace(request(clock), source="nobody"))
    assert isinstance(outcome, QueryError)
