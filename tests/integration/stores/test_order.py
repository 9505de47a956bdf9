"""Every line exactly once and in order: in pages, around a line and in the live tail, whatever shares an instant."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.core.deadline import Deadline
from queries.logs import tailing
from queries.logs.types import LogLine, LogQuery, Paging
from queries.search.results import NANO, Range
from queries.stores.duckdb import ingest
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from queries.stores.elastic import paging
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.log_store import LogStore
from tests.integration.stores.elastic_documents import stamp
from tests.integration.stores.elastic_node import put_documents, put_index, shared_node

pytestmark = pytest.mark.integration

BEGIN: Final = 1_767_225_600
QUERY: Final = LogQuery(Range.of_seconds(BEGIN, BEGIN + 3_600))
_NUMBERS: Final = itertools.count(1)
_FEW = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass(frozen=True)
class Written:
    """A line to write: milliseconds after the beginning, and in which of the indices or files."""

    millisecond: int
    place: int
    text: str


Put = Callable[[Sequence[Written]], None]


@dataclass(frozen=True)
class Shape:
    """How the lines are kept: the shards of each index, and the resolution of its times."""

    shards: tuple[int, ...]
    kind: str


SHAPES = st.builds(
    Shape, st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple), st.sampled_from(["date", "date_nanos"])
)
LINES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=40)


def soon() -> Deadline:
    return Deadline.after(30)


@contextmanager
def elastic(shape: Shape, now: list[float]) -> Iterator[tuple[LogStore, Put]]:
    url, name = shared_node().url, f"order-{next(_NUMBERS)}"
    word = {"type": "keyword"}
    properties = {"@timestamp": {"type": shape.kind}, "message": word, "messageTemplate": word, "level": word}
    indices = [f"{name}-{n}" for n in range(len(shape.shards))]
    for index, shards in zip(indices, shape.shards, strict=True):
        put_index(url, index, {"properties": properties}, number_of_shards=shards)

    def put(lines: Sequence[Written]) -> None:
        put_documents(url, [(indices[line.place % len(indices)], document(line)) for line in lines])

    store = ElasticLogStore(ElasticSettings(url=url, log_index=f"{name}-*"), clock=lambda: now[0])
    try:
        yield store, put
    finally:
        store.close()
        requests.delete(f"{url}/{','.join(indices)}", timeout=30)


def document(item: Written) -> dict[str, Any]:
    instant = stamp(BEGIN * NANO + item.millisecond * 1_000_000)
    return {"@timestamp": instant, "level": "Information", "messageTemplate": "x", "message": item.text}


@contextmanager
def files(shape: Shape, now: list[float]) -> Iterator[tuple[LogStore, Put]]:
    with tempfile.TemporaryDirectory() as folder:

        def put(lines: Sequence[Written]) -> None:
            for line in lines:
                results = {"@t": document(line)["@timestamp"], "@m": line.text}
                with (Path(folder) / f"codeagent-{line.place % len(shape.shards)}.json").open("ab") as file:
                    file.write(orjson.dumps(results) + b"\n")

        store = FileLogStore(FileLogSettings(Path(folder), memory_mb=64), clock=lambda: now[0])
        try:
            yield store, put
        finally:
            store.close()


STORES = {"files": files, "elastic": elastic}


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(ingest, "LOOK_EVERY", 0.0)
    return STORES[request.param]


def written(lines: Sequence[tuple[int, int]]) -> list[Written]:
    return [Written(millisecond, place, f"line {n}") for n, (millisecond, place) in enumerate(lines)]


def walked(store: LogStore, size: int, oldest_first: bool) -> list[LogLine]:
    """Every page forward; each page is the one before its next one."""
    pages, cursor = [], ""
    while True:
        pages.append(store.search(QUERY, Paging(size, oldest_first, cursor), soon()))
        cursor = pages[-1].next
        if not cursor:
            break
    for page, later in itertools.pairwise(pages):
        back = store.search(QUERY, Paging(size, oldest_first, later.previous), soon())
        assert [line.id for line in back.lines] == [line.id for line in page.lines]
    return [line for page in pages for line in page.lines]


@_FEW
@given(SHAPES, LINES, st.integers(1, 25))
def test_pages_hold_every_line_once_in_order(
    opened: Any, shape: Shape, lines: list[tuple[int, int]], size: int
) -> None:
    with opened(shape, [BEGIN]) as (store, put):
        put(written(lines))
        forward, back = walked(store, size, True), walked(store, size, False)
        total = store.search(QUERY, Paging(1), soon()).total.value

    assert sorted(line.message for line in forward) == sorted(line_.text for line_ in written(lines))
    assert [line.at_ns for line in forward] == sorted(line.at_ns for line in forward)
    assert [line.id for line in back] == [line.id for line in forward][::-1]
    assert total == len(lines)


@_FEW
@given(SHAPES, LINES, st.integers(0, 20), st.integers(0, 20), st.data())
def test_around_a_line_are_its_neighbours(
    opened: Any, shape: Shape, lines: list[tuple[int, int]], before: int, after: int, data: st.DataObject
) -> None:
    with opened(shape, [BEGIN]) as (store, put):
        put([Written(millisecond, 0, f"line {n}") for n, (millisecond, _) in enumerate(sorted(lines))])
        ordered = [line.id for line in store.search(QUERY, Paging(100, True), soon()).lines]
        place = data.draw(st.integers(0, len(ordered) - 1))
        result = store.context(ordered[place], "file", before, after, soon())

    assert [line.id for line in result.before] == ordered[max(0, place - before) : place]
    assert [line.id for line in result.after] == ordered[place + 1 : place + 1 + after]


BURSTS = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 25), st.integers(0, 2)), max_size=4)


@_FEW
@given(SHAPES, st.lists(BURSTS, min_size=1, max_size=5), st.integers(1, 60), st.integers(3, 50))
def test_the_tail_shows_every_line_once_in_order_or_counts_it(
    opened: Any, shape: Shape, looks: list[list[tuple[int, int, int]]], limit: int, remembered: int
) -> None:
    """Each burst: so many milliseconds after the one before, so many lines, in that place."""
    now = [float(BEGIN)]
    with pytest.MonkeyPatch.context() as patch, opened(shape, now) as (store, put):
        patch.setattr(tailing, "REMEMBERED", remembered)
        put([Written(0, 0, "first")])
        cursor, visible, skipped, millisecond, count = store.tail(QUERY, "", limit, soon()).cursor, [], 0, 0, 0
        for bursts in looks:
            for pause, lines, place in bursts:
                millisecond, count = millisecond + pause, count + lines
                put([Written(millisecond, place, f"{count}-{n}") for n in range(lines)])
            now[0] = BEGIN + millisecond / 1_000 + 1
            result = store.tail(QUERY, cursor, limit, soon())
            cursor, skipped, visible = result.cursor, skipped + result.skipped, visible + list(result.lines)
        assert store.tail(QUERY, cursor, limit, soon()).lines == ()

    assert len({line.id for line in visible}) == len(visible)
    assert len(visible) + skipped == count
    assert [line.at_ns for line in visible] == sorted(line.at_ns for line in visible)


def test_ten_thousand_lines_on_five_shards_are_all_in_the_pages() -> None:
    with elastic(Shape((5,), "date"), [BEGIN]) as (store, put):
        put([Written(n // 10, 0, str(n)) for n in range(10_000)])
        visible = walked(store, 700, True)

    assert sorted(int(line.message) for line in visible) == list(range(10_000))


def test_a_tie_larger_than_what_is_asked_at_first_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_SPARE", 0)
    with elastic(Shape((5,), "date"), [BEGIN]) as (store, put):
        put([Written(0, 0, str(n)) for n in range(60)])
        visible = walked(store, 1, True)

    assert sorted(int(line.message) for line in visible) == list(range(60))
