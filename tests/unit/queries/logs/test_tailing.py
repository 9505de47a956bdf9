"""The live tail: whatever arrives late is shown once, and nothing is lost without being counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.core.errors import InvalidInput
from queries.logs import tailing
from queries.logs.types import LogLine, LogPage, LogQuery, LogTail, Paging
from queries.search import cursor as cursors
from queries.search.results import NANO, Count, Position, Quality, Range

BEGIN = 1_790_000_000 * NANO
QUERY = LogQuery(Range(BEGIN, BEGIN + 3_600 * NANO))


class Backend:
    """Lines that arrived so far; answers newest first, as stores do."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []

    def add(self, *seconds: float) -> None:
        for second in seconds:
            self.lines.append(LogLine(f"line-{len(self.lines)}", BEGIN + int(second * NANO), "", f"{second:g}"))

    def search(self, query: LogQuery, paging: Paging) -> LogPage:
        inside = [line for line in self.lines if query.range.start_ns <= line.at_ns < query.range.end_ns]
        ordered = sorted(inside, key=lambda line: (line.at_ns, line.id), reverse=True)
        returned = tuple(ordered[: paging.limit])
        return LogPage(returned, Count(len(ordered)), "more" if len(ordered) > len(returned) else "")

    def look(self, cursor: str, now: float, limit: int = 100) -> LogTail:
        return tailing.tail(QUERY, cursor, limit, BEGIN + int(now * NANO), self.search)


@pytest.fixture
def backend() -> Backend:
    return Backend()


def messages(tail_page: LogTail) -> list[str]:
    return [line.message for line in tail_page.lines]


def test_the_first_look_shows_the_newest_oldest_first(backend: Backend) -> None:
    backend.add(1, 2, 3, 4)
    assert messages(backend.look("", 5, limit=2)) == ["3", "4"]


def test_what_the_first_look_left_out_does_not_come_later(backend: Backend) -> None:
    backend.add(1, 2, 3, 4)
    first = backend.look("", 5, limit=2)
    assert messages(backend.look(first.cursor, 6)) == []


def test_late_lines_are_shown_once(backend: Backend) -> None:
    backend.add(1, 10)
    first = backend.look("", 11)
    backend.add(8, 11)
    second = backend.look(first.cursor, 12)
    third = backend.look(second.cursor, 13)
    assert [messages(tail_page) for tail_page in (first, second, third)] == [["1", "10"], ["8", "11"], []]


def test_lines_of_one_instant_are_all_shown(backend: Backend) -> None:
    backend.add(5, 5)
    first = backend.look("", 6)
    backend.add(5, 5)
    assert messages(backend.look(first.cursor, 7)) == ["5", "5"]


def test_beyond_the_limit_the_newest_are_shown_and_the_rest_counted(backend: Backend) -> None:
    backend.add(1)
    first = backend.look("", 2)
    backend.add(*(2 + n / 100 for n in range(50)))
    second = backend.look(first.cursor, 3, limit=10)
    assert (len(second.lines), second.skipped) == (10, 40)
    assert messages(second)[-1] == "2.49"
    assert backend.look(second.cursor, 3).lines == ()


def test_a_line_from_the_future_hides_none_of_the_present(backend: Backend) -> None:
    backend.add(1, 3_000)
    first = backend.look("", 2)
    backend.add(2, 3)
    second = backend.look(first.cursor, 4)
    assert messages(second) == ["2", "3"]


def test_a_busy_second_is_not_shown_twice_when_the_cursor_forgets(backend: Backend) -> None:
    backend.add(0)
    cursor, returned = backend.look("", 1).cursor, 0
    for step in range(4):
        backend.add(*(1 + step + n / 1_000 for n in range(300)))
        tail_page = backend.look(cursor, 2 + step, limit=1_000)
        cursor, returned = tail_page.cursor, returned + len(tail_page.lines) + tail_page.skipped
    assert returned == 1_200
    assert backend.look(cursor, 6, limit=1_000).lines == ()


def test_a_cursor_stays_bounded(backend: Backend) -> None:
    backend.add(*(n / 1_000 for n in range(5_000)))
    assert len(backend.look("", 6, limit=5_000).cursor) < 12_000


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "eyJhIjoxfQ", "é", "=" * 9, cursors.encode("tail", 5, 5, "0123456789zz")]
)
def test_a_cursor_that_is_none_is_refused(backend: Backend, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        backend.look(cursor, 1)


ARRIVALS = st.lists(st.lists(st.floats(0, 14.9), max_size=12), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(ARRIVALS, st.integers(1, 40))
def test_whatever_arrives_in_time_is_shown_once_or_counted(arrivals: list[list[float]], limit: int) -> None:
    """In each second lines arrive that are up to fifteen seconds old; the tail looks once a second."""
    backend = Backend()
    backend.add(0)
    cursor, returned, skipped = backend.look("", 1).cursor, [], 0
    for number, ages in enumerate(arrivals):
        now = 20.0 + number
        backend.add(*(now - age for age in ages))
        tail_page = backend.look(cursor, now, limit)
        cursor, skipped = tail_page.cursor, skipped + tail_page.skipped
        returned += [line.id for line in tail_page.lines]
        assert list(tail_page.lines) == sorted(tail_page.lines, key=lambda line: (line.at_ns, line.id))
    assert len(returned) == len(set(returned))
    if limit >= 12:
        assert (len(returned), skipped) == (len(backend.lines) - 1, 0)


@settings(max_examples=150, deadline=None)
@given(ARRIVALS)
def test_nothing_is_shown_twice_however_little_the_cursor_remembers(arrivals: list[list[float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tailing, "REMEMBERED", 3)
        backend = Backend()
        backend.add(0)
        cursor, returned = backend.look("", 1).cursor, []
        for number, ages in enumerate(arrivals):
            backend.add(*(20.0 + number - age for age in ages))
            tail_page = backend.look(cursor, 20.0 + number)
            cursor = tail_page.cursor
            returned += [line.id for line in tail_page.lines]
    assert len(returned) == len(set(returned))


class ShardedBackend(Backend):
    """Keeps times in milliseconds and counts the lines of each shard by themselves, as Elasticsearch does."""

    def __init__(self, shards: int) -> None:
        super().__init__()
        self._counts = [0] * shards

    def put(self, millisecond: int, shard: int) -> None:
        """One line of that millisecond, in one of the shards."""
        shard %= len(self._counts)
        self._counts[shard] += 1
        instant, name = BEGIN + millisecond * 1_000_000, f"line-{len(self.lines)}"
        position = Position(instant, "index", self._counts[shard], name)
        self.lines.append(LogLine(name, instant, "", name, stored_position=position))

    def search(self, query: LogQuery, paging: Paging) -> LogPage:
        start, end = query.range.start_ns // 1_000_000, -(-query.range.end_ns // 1_000_000)
        inside = [line for line in self.lines if start <= line.at_ns // 1_000_000 < end]
        ordered = sorted(inside, key=lambda line: line.position, reverse=True)
        return LogPage(tuple(ordered[: paging.limit]), Count(len(ordered)), "more" if ordered[paging.limit :] else "")


BURSTS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30), st.integers(1, 5)), max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.lists(BURSTS, min_size=1, max_size=6), st.integers(1, 4), st.integers(1, 60), st.integers(1, 40))
def test_bursts_of_equal_times_are_shown_once_in_order_or_counted(
    looks: list[list[tuple[int, int, int]]], shards: int, limit: int, remembered: int
) -> None:
    """Each burst: so many milliseconds after the one before, so many lines, over so many shards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tailing, "REMEMBERED", remembered)
        backend, millisecond = ShardedBackend(shards), 1_000
        backend.put(millisecond, 0)
        cursor, returned, skipped = backend.look("", 2).cursor, list[LogLine](), 0
        for bursts in looks:
            for pause, lines, spread in bursts:
                millisecond += pause
                for n in range(lines):
                    backend.put(millisecond, n % spread)
            tail_page = backend.look(cursor, 5, limit)
            cursor, skipped, returned = tail_page.cursor, skipped + tail_page.skipped, [*returned, *tail_page.lines]
            assert len(tail_page.lines) <= limit
        assert backend.look(cursor, 6, limit).lines == ()
    assert len({line.id for line in returned}) == len(returned)
    assert len(returned) + skipped == len(backend.lines) - 1
    assert [line.at_ns for line in returned] == sorted(line.at_ns for line in returned)


def test_a_line_that_an_answer_lacks_for_once_is_not_shown_again(backend: Backend) -> None:
    backend.add(1, 2, 3)
    cursor = backend.look("", 4).cursor
    lines, backend.lines = backend.lines, backend.lines[:1]
    tail_page = tailing.tail(
        QUERY,
        cursor,
        10,
        BEGIN + 5 * NANO,
        lambda query, paging: replace(backend.search(query, paging), quality=Quality(True, ("a shard is away",))),
    )
    backend.lines = lines
    assert messages(backend.look(tail_page.cursor, 6)) == []
