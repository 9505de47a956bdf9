"""The embedded log store on what files really hold: hostile text, broken lines, files that grow, shrink and go."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, SourceUnavailable
from queries.logs.types import LogPage, LogQuery, Paging
from queries.search.results import Filter, Range
from queries.stores.duckdb import ingest
from queries.stores.duckdb.follow import Block, Followed, blocks
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from tests.unit.pages import logs_kit as logs

pytestmark = pytest.mark.integration

LINES = Range.of_seconds(logs.START - 60, logs.START + 3_600)
HOSTILE = logs.HOSTILE


def soon() -> Deadline:
    return Deadline.after(20)


class Written:
    """A folder with one file of lines, and the store over it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / logs.FILE
        self.store = FileLogStore(FileLogSettings(folder, memory_mb=64))

    def add(self, *events: dict[str, Any] | bytes) -> None:
        with self.path.open("ab") as file:
            for event in events:
                file.write(event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n")
        time.sleep(0.3)  # longer than the store waits between two looks

    def search(self, text: str = "", **more: Any) -> LogPage:
        return self.store.search(LogQuery(LINES, text, **more), Paging(100, oldest_first=True), soon())

    def messages(self, text: str = "", **more: Any) -> list[str]:
        return [line.message for line in self.search(text, **more).lines]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def test_hostile_text_comes_back_as_it_was_written(written: Written) -> None:
    written.add(logs.line(1, "{Text}", Text=HOSTILE, **{HOSTILE: "x"}))
    (line,) = written.search().lines
    assert line.message == HOSTILE
    assert line.fields[HOSTILE] == "x"
    assert len(written.search(filters=(Filter(HOSTILE, ("x",)),)).lines) == 1


def test_a_line_of_a_megabyte_is_cut_in_lists_and_whole_by_itself(written: Written) -> None:
    written.add(logs.line(1, "{Text}", Text="x" * 1_000_000))
    (line,) = written.search().lines
    assert line.is_cut
    assert len(line.message) < 20_000
    assert len(written.store.line(line.id, soon()).message) == 1_000_000


def test_five_thousand_fields_are_searched_and_counted(written: Written) -> None:
    fields: dict[str, Any] = {f"field{n}": n for n in range(5_000)}
    written.add(logs.line(1, "many", **fields))
    assert written.messages("field4999:4999") == ["many"]
    (line,) = written.search().lines
    assert line.more_fields > 4_000
    assert written.store.fields(LogQuery(LINES), 100, soon()).more > 4_000


def test_broken_lines_are_skipped_and_counted(written: Written) -> None:
    written.add(b"{broken\n", b"[1, 2]\n", b"\xff\xfe\n", b'{"@mt": "without a time"}\n', logs.line(1, "good"))
    page = written.search()
    assert [line.message for line in page.lines] == ["good"]
    assert any("4 broken lines" in note for note in page.quality.notes)


def test_a_line_is_read_once_it_is_whole(written: Written) -> None:
    whole = json.dumps(logs.line(2, "second")).encode() + b"\n"
    written.add(logs.line(1, "first"), whole[:20])
    assert written.messages() == ["first"]
    written.add(whole[20:])
    assert written.messages() == ["first", "second"]


def test_a_number_for_a_level_is_a_level(written: Written) -> None:
    numbered: dict[str, Any] = {"@l": 4}
    written.add(logs.line(1, "as number", **numbered), logs.line(2, "as word", "Error"), logs.line(3, "calm"))
    assert written.messages("level:error") == ["as number", "as word"]
    assert written.messages(levels=("Error",)) == ["as number", "as word"]


def test_whole_numbers_are_the_same_however_they_are_written(written: Written) -> None:
    written.add(logs.line(1, "a", Ms=12), logs.line(2, "b", Ms=12.0), logs.line(3, "c", Ms=12.5))
    assert written.messages("Ms:12") == ["a", "b"]
    assert written.messages('Ms:"12"') == ["a", "b"]
    facet = written.store.facets(LogQuery(LINES), ("Ms",), 5, soon()).facets[0]
    assert [(value.value, value.count) for value in facet.values] == [("12", 2), ("12.5", 1)]


def test_a_range_open_on_both_sides_means_that_the_field_is_there(written: Written) -> None:
    written.add(logs.line(1, "with", Reason="late"), logs.line(2, "without"))
    assert written.messages("Reason:[* TO *]") == ["with"]


def test_no_folder_and_no_file_are_an_empty_answer_that_says_so(tmp_path: Path) -> None:
    store = FileLogStore(FileLogSettings(tmp_path / "nowhere", memory_mb=64))
    page = store.search(LogQuery(LINES), Paging(), soon())
    assert page.lines == ()
    assert page.quality.notes == ("There are no log files.",)


@pytest.mark.parametrize("change", ["truncated", "replaced", "deleted"])
def test_files_may_change_under_the_reader(written: Written, change: str) -> None:
    written.add(logs.line(1, "old"), logs.line(2, "older"))
    assert len(written.messages()) == 2
    if change == "truncated":
        written.path.write_bytes(b"")
    else:
        written.path.unlink()
    if change != "deleted":
        written.add(logs.line(3, "new"))
    time.sleep(0.3)
    assert written.messages() == ([] if change == "deleted" else ["new"])


def test_a_longer_file_of_the_same_name_and_inode_is_read_anew(written: Written) -> None:
    written.add(logs.line(1, "old"))
    assert written.messages() == ["old"]
    new = b"".join(json.dumps(logs.line(n, f"new {n}")).encode() + b"\n" for n in range(2, 6))
    written.path.write_bytes(new)  # the inode stays, as file systems give a freed one out again
    time.sleep(0.3)
    assert written.messages() == ["new 2", "new 3", "new 4", "new 5"]


def test_nesting_that_nobody_can_write_breaks_its_line_alone(written: Written) -> None:
    deep = b'{"@t": "%s", "@mt": "{Deep}", "Deep": %s}\n' % (logs.timestamp(1).encode(), b"[" * 900 + b"]" * 900)
    written.add(logs.line(1, "before"), deep, logs.line(2, "after"))
    assert written.messages() == ["before", "after"]
    assert any("1 broken line" in note for note in written.search().quality.notes)


def test_every_control_character_comes_back_and_is_found(written: Written) -> None:
    text = "".join(map(chr, range(32))) + "\x7f\x85\u2028\ufeff\U0001f642"
    written.add(logs.line(1, "{Text}", Text=text, **{text: text}))
    (line,) = written.search().lines
    assert (line.message, line.fields[text]) == (text, text)
    for name in ("Text", text):
        assert len(written.search(filters=(Filter(name, (text,)),)).lines) == 1
    facet = written.store.facets(LogQuery(LINES), ("Text",), 5, soon()).facets[0]
    assert [value.value for value in facet.values] == [text]


def test_fields_named_as_columns_pointers_and_statements_are_fields(written: Written) -> None:
    names = ["a.b", "a/b", "a~b", "a'b", 'a"b', "$.x", "at_ns", "fields", "*", "'; DROP TABLE lines; --", "%", "?", ""]
    written.add(logs.line(1, "odd", **{name: f"is {name}" for name in names}), logs.line(2, "plain"))
    for name in names:
        assert written.messages(filters=(Filter(name, (f"is {name}",)),)) == ["odd"], name
    written.store.significant_values(LogQuery(LINES, "odd"), LogQuery(LINES), 50, soon())
    assert len(written.messages()) == 2


def test_a_line_of_tomorrow_is_outside_today_and_found_tomorrow(written: Written) -> None:
    written.add(logs.line(1, "now"), logs.line(90_000, "tomorrow"), logs.line(6e9, "in two hundred years"))
    assert written.messages() == ["now"]
    wide = LogQuery(Range.of_seconds(logs.START, logs.START + 100_000))
    assert len(written.store.search(wide, Paging(), soon()).lines) == 2


def test_a_line_beyond_sixteen_megabytes_is_skipped_and_counted(written: Written) -> None:
    huge = json.dumps(logs.line(2, "huge", Text="x" * 40_000_000)).encode() + b"\n"
    written.add(logs.line(1, "before"), huge, logs.line(3, "after"))
    assert written.messages() == ["before", "after"]
    assert any("1 broken line" in note for note in written.search().quality.notes)


def test_a_file_deleted_while_it_is_read_leaves_the_others(tmp_path: Path) -> None:
    for day in range(21, 25):
        day_file(tmp_path, day, 3_000, pad=2_000)
    store = FileLogStore(FileLogSettings(tmp_path, memory_mb=64))
    query = LogQuery(Range.of_seconds(logs.START, logs.START + 4_000))
    reading = threading.Thread(target=lambda: store.search(query, Paging(), soon()))
    reading.start()
    (tmp_path / "codeagent-20260921.json").unlink()
    reading.join(30)
    time.sleep(0.3)
    assert store.search(query, Paging(), soon()).total.value == 9_000


def day_file(folder: Path, day: int, lines: int, pad: int = 0) -> None:
    """A day's file, as old as its day."""
    path = folder / f"codeagent-202609{day}.json"
    padded = "y" * pad
    path.write_text("".join(json.dumps(logs.line(n, "of {Day}", Day=day, Pad=padded)) + "\n" for n in range(lines)))
    os.utime(path, (logs.START + day, logs.START + day))


def test_the_last_tenth_of_a_microsecond_falls_into_its_own_bar(tmp_path: Path) -> None:
    """.NET writes seven decimals; a double has no room for them."""
    start = logs.START // 60 * 60
    times = [datetime.fromtimestamp(start + 60 * n + 59, UTC).strftime("%Y-%m-%dT%H:%M:%S.9999999Z") for n in range(2)]
    (tmp_path / "codeagent-20260921.json").write_text("".join(f'{{"@t":"{instant}","@mt":"x"}}\n' for instant in times))
    store = FileLogStore(FileLogSettings(tmp_path, memory_mb=64))
    result = store.histogram(LogQuery(Range.of_seconds(start, start + 120)), 2, soon())
    assert [bucket.total for bucket in result.buckets] == [1, 1]


def test_the_oldest_files_are_let_go_beyond_the_limit_and_that_is_said(tmp_path: Path) -> None:
    for day in (21, 22, 23):
        day_file(tmp_path, day, 100)
    store = FileLogStore(FileLogSettings(tmp_path, memory_mb=64, most_lines=250))
    page = store.search(LogQuery(LINES), Paging(1_000), soon())
    assert [line.message for line in page.lines].count("of 23") == 100
    assert page.total.value == 250
    assert page.quality.partial
    assert any("newest 250 rows of the log files are kept" in note for note in page.quality.notes)


def test_a_file_that_alone_is_beyond_the_limit_hides_no_newer_one(tmp_path: Path) -> None:
    day_file(tmp_path, 21, 150)
    store = FileLogStore(FileLogSettings(tmp_path, memory_mb=64, most_lines=100))
    assert store.search(LogQuery(LINES), Paging(1), soon()).total.value == 100

    for lines in (20, 40):
        time.sleep(0.3)
        day_file(tmp_path, 22, lines)
        assert store.search(LogQuery(LINES, "Day:22"), Paging(1), soon()).total.value == lines
        assert store.search(LogQuery(LINES), Paging(1), soon()).total.value == 100
    newest = store.search(LogQuery(LINES, "Day:21"), Paging(1), soon()).lines[0]
    assert newest.at_ns == max(line.at_ns for line in store.search(LogQuery(LINES), Paging(100), soon()).lines)


def test_who_comes_while_another_reads_is_told_that_lines_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_file(tmp_path, 21, 2_000)
    reading, go_on = threading.Event(), threading.Event()

    def held(file: Followed) -> Iterator[Block]:
        for block in blocks(file, 50_000):
            yield block
            reading.set()
            go_on.wait(20)

    monkeypatch.setattr(ingest, "blocks", held)
    store = FileLogStore(FileLogSettings(tmp_path, memory_mb=64))
    first = threading.Thread(target=lambda: store.search(LogQuery(LINES), Paging(1), soon()))
    first.start()
    reading.wait(20)
    page = store.search(LogQuery(LINES), Paging(1), Deadline.after(1))
    go_on.set()
    first.join(30)

    assert page.quality.partial
    assert any("Still reading log files" in note for note in page.quality.notes)


def test_what_there_was_no_time_to_read_is_said_and_read_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day_file(tmp_path, 21, 8_000, pad=3_000)

    def slowly(file: Followed) -> Iterator[Block]:
        for block in blocks(file):
            yield block
            time.sleep(0.6)

    store = FileLogStore(FileLogSettings(tmp_path, memory_mb=64))
    query = LogQuery(Range.of_seconds(logs.START, logs.START + 10_000))
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "blocks", slowly)
        first = store.search(query, Paging(), Deadline.after(3))
    assert first.quality.partial
    assert any("Still reading log files" in note for note in first.quality.notes)
    later = store.search(query, Paging(), soon())
    assert (later.total.value, later.quality.partial) == (8_000, False)


def test_lines_written_while_others_read_are_each_counted_once(written: Written) -> None:
    stop = threading.Event()
    totals: list[int] = []

    def reading() -> None:
        while not stop.is_set():
            totals.append(written.search().total.value)

    threads = [threading.Thread(target=reading) for _ in range(3)]
    for thread in threads:
        thread.start()
    with written.path.open("ab", buffering=0) as file:
        for n in range(1_500):
            whole = json.dumps(logs.line(n, "n {N}", N=n)).encode() + b"\n"
            file.write(whole[:25])
            file.write(whole[25:])
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert max(totals) <= 1_500
    page = written.store.search(LogQuery(LINES), Paging(2_000), soon())
    assert sorted(line.fields["N"] for line in page.lines) == list(range(1_500))


def test_memory_for_parts_of_a_block_is_enough(tmp_path: Path) -> None:
    lines = "".join(json.dumps(logs.line(n, "x {N}", N=n, Pad="y" * 2_000)) + "\n" for n in range(9_000))
    (tmp_path / logs.FILE).write_text(lines)
    page = FileLogStore(FileLogSettings(tmp_path, memory_mb=64)).search(
        LogQuery(Range.of_seconds(logs.START, logs.START + 10_000)), Paging(), soon()
    )
    assert (page.total.value, page.quality.notes) == (9_000, ())


def test_a_database_that_broke_is_made_anew(written: Written) -> None:
    written.add(logs.line(1, "first"))
    assert written.messages() == ["first"]
    written.store._database._connection.close()  # as if DuckDB had given it up for want of memory
    with pytest.raises(SourceUnavailable, match="being read again"):
        written.search()
    assert written.messages() == ["first"]
    written.add(logs.line(2, "second"))
    assert written.messages() == ["first", "second"]


def test_a_line_that_is_gone_is_said(written: Written) -> None:
    written.add(logs.line(1, "here"))
    with pytest.raises(InvalidInput, match="does not exist"):
        written.store.line("codeagent-1.json@99999", soon())


def test_many_ask_at_once_and_get_the_same(written: Written) -> None:
    written.add(*(logs.line(n / 10, "n {N}", N=n) for n in range(2_000)))
    totals: list[int] = []
    threads = [threading.Thread(target=lambda: totals.append(written.search().total.value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert totals == [2_000] * 8


def test_a_deadline_that_passed_is_an_error_and_no_hang(written: Written) -> None:
    written.add(logs.line(1, "x"))
    with pytest.raises(SourceUnavailable):
        written.store.histogram(LogQuery(LINES), 10, Deadline.after(0))


def test_a_tail_shows_late_lines_once(written: Written) -> None:
    now = time.time()
    start = logs.START
    late = [logs.line(now - start - ago, f"{ago} s ago") for ago in (5, 1)]
    written.add(late[1])
    query = LogQuery(Range.of_seconds(now - 60, now + 3_600))
    first = written.store.tail(query, "", 10, soon())
    written.add(late[0])
    second = written.store.tail(query, first.cursor, 10, soon())
    third = written.store.tail(query, second.cursor, 10, soon())

    assert [[line.message for line in page.lines] for page in (first, second, third)] == [["1 s ago"], ["5 s ago"], []]
