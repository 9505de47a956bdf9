"""What every store of logs promises, compared with the corpus counted in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, LimitExceeded
from queries.logs.types import LEVELS, LogLine, LogQuery, Paging
from queries.search.grammar import GrammarError
from queries.search.results import NANO, Filter, Range, jlh, text_of
from queries.stores.log_store import LogStore
from tests.integration.stores.corpus import DAY, HOSTILE, RANGE, START, log_lines

pytestmark = pytest.mark.integration

LINES = log_lines()
NEWEST = LINES[::-1]
Test = Callable[[LogLine], bool]


def soon() -> Deadline:
    return Deadline.after(20)


def messages(lines: Iterable[LogLine]) -> list[str]:
    return [line.message for line in lines]


def matches(store: LogStore, query: LogQuery) -> list[str]:
    page = store.search(query, Paging(1_000), soon())
    assert page.total.value == len(page.lines)
    return messages(page.lines)


def value(line: LogLine, field: str) -> str:
    """A field of the corpus as stores count it."""
    known = {
        "level": line.level or line.raw_level,
        "service": line.service,
        "host": line.host,
        "logger": line.logger,
        "template": line.template,
        "correlation_id": line.correlation_id,
        "exception.type": line.failure.kind if line.failure else "",
    }
    return known[field] if field in known else text_of(line.fields[field]) if field in line.fields else ""


def number(line: LogLine, field: str) -> float:
    return float(line.fields.get(field, "nan"))


SEARCHES: dict[str, Test] = {
    "": lambda line: True,
    "level:error": lambda line: line.level == "Error",
    "level:>=warning": lambda line: line.level in LEVELS[3:],
    "level:[debug TO warning}": lambda line: line.level in LEVELS[1:3],
    "NOT level:info": lambda line: line.level != "Information",
    "level:AUDIT": lambda line: line.raw_level == "AUDIT",
    "failed": lambda line: "failed" in line.message,
    "FAILED": lambda line: "failed" in line.message,
    '"Rate limit"': lambda line: "Rate limit" in line.message,
    "answ*": lambda line: "Answered" in line.message,
    "soon": lambda line: '"soon"' in line.message,
    "script": lambda line: "<script>" in line.message,
    "jaźń": lambda line: "jaźń" in line.message,
    "service:worker": lambda line: line.service == "worker",
    "service:WORKER": lambda line: line.service == "worker",
    'service:"WORKER"': lambda line: False,
    "service:größe": lambda line: line.service == "größe",
    "host:web-1 OR host:web-2": lambda line: line.host in ("web-1", "web-2"),
    "NOT host:*": lambda line: not line.host,
    "logger:Worker*": lambda line: line.logger.startswith("Worker"),
    "Provider:openai": lambda line: value(line, "Provider").lower() == "openai",
    'Provider:"openai"': lambda line: value(line, "Provider") == "openai",
    "Provider:*": lambda line: "Provider" in line.fields,
    "NOT Provider:*": lambda line: "Provider" not in line.fields,
    "N:5": lambda line: line.fields.get("N") == 5,
    "N:>=40": lambda line: number(line, "N") >= 40,
    "N:[10 TO 20}": lambda line: 10 <= number(line, "N") < 20,
    "Ms:12.5": lambda line: line.fields.get("Ms") == 12.5,
    "Ms:25": lambda line: line.fields.get("Ms") == 25,
    "Slow:true": lambda line: line.fields.get("Slow") is True,
    'Fault:"said \\"x\\" (*) \\\\"': lambda line: "Fault" in line.fields,
    "correlation_id:corr-7": lambda line: line.correlation_id == "corr-7",
    "corr-7": lambda line: line.correlation_id == "corr-7",
    "exception:*": lambda line: line.failure is not None,
    "exception:late": lambda line: line.failure is not None,
    "exception.type:TimeoutError": lambda line: line.failure is not None,
    'template:"Answered {StatusCode}"': lambda line: line.template == "Answered {StatusCode}",
    "time:>=2026-01-02T00:00:00": lambda line: line.at_ns >= (START + DAY // 2) * NANO,
    "Nope:x": lambda line: False,
    "NOT Nope:x": lambda line: True,
    "(level:error OR level:warning) AND (host:web-0 OR host:web-1) NOT Provider:anthropic": lambda line: (
        line.level in ("Error", "Warning")
        and line.host in ("web-0", "web-1")
        and line.fields.get("Provider") != "anthropic"
    ),
}


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds_the_lines_newest_first(log_store: LogStore, text: str) -> None:
    assert matches(log_store, LogQuery(RANGE, text)) == [line.message for line in NEWEST if SEARCHES[text](line)]


QUERIES: dict[str, tuple[LogQuery, Test]] = {
    "any of its values": (
        LogQuery(RANGE, filters=(Filter("Provider", ("openai", "anthropic")),)),
        lambda line: line.fields.get("Provider") in ("openai", "anthropic"),
    ),
    "none of its values": (
        LogQuery(RANGE, filters=(Filter("Provider", ("openai",), negated=True),)),
        lambda line: line.fields.get("Provider") != "openai",
    ),
    "is there": (LogQuery(RANGE, filters=(Filter("Endpoint"),)), lambda line: "Endpoint" in line.fields),
    "is not there": (
        LogQuery(RANGE, filters=(Filter("Endpoint", (), True),)),
        lambda line: "Endpoint" not in line.fields,
    ),
    "two filters": (
        LogQuery(RANGE, filters=(Filter("StatusCode", ("500",)), Filter("level", ("Error",)))),
        lambda line: line.fields.get("StatusCode") == 500 and line.level == "Error",
    ),
    "hostile": (
        LogQuery(RANGE, filters=(Filter("Text", (HOSTILE,)),)),
        lambda line: line.fields.get("Text") == HOSTILE,
    ),
    "levels": (LogQuery(RANGE, levels=("Error", "Fatal")), lambda line: line.level in ("Error", "Fatal")),
    "levels and text": (
        LogQuery(RANGE, "NOT N:1", ("Debug",)),
        lambda line: line.level == "Debug" and line.fields.get("N") != 1,
    ),
    "a part of the day": (
        LogQuery(Range.of_seconds(START + 1_700, START + 3_401)),
        lambda line: 1_700 * NANO <= line.at_ns - START * NANO < 3_401 * NANO,
    ),
    "an empty range": (LogQuery(Range.of_seconds(START - 20, START - 10)), lambda line: False),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_keeps_the_lines(log_store: LogStore, name: str) -> None:
    query, test = QUERIES[name]
    assert matches(log_store, query) == [line.message for line in NEWEST if test(line)]


def stored_fields(line: LogLine, names: Iterable[str]) -> tuple[Any, ...]:
    return (
        line.at_ns,
        line.level,
        line.raw_level,
        line.message,
        line.template,
        line.service,
        line.host,
        line.logger,
        line.trace_id,
        line.span_id,
        line.correlation_id,
        line.failure,
        {name: line.fields[name] for name in names},
    )


def test_lines_say_what_was_written(log_store: LogStore) -> None:
    page = log_store.search(LogQuery(RANGE), Paging(1_000), soon())
    for line, written in zip(page.lines, NEWEST, strict=True):
        assert stored_fields(line, written.fields) == stored_fields(written, written.fields)
        assert line.place
        assert not line.is_cut


def test_a_line_is_found_again_by_its_id(log_store: LogStore) -> None:
    for line in log_store.search(LogQuery(RANGE, "exception:*"), Paging(3), soon()).lines:
        assert log_store.line(line.id, soon()) == line


@pytest.mark.parametrize("oldest_first", [False, True])
def test_pages_hold_every_line_once_and_go_back(log_store: LogStore, oldest_first: bool) -> None:
    pages, cursor = [], ""
    while True:
        pages.append(log_store.search(LogQuery(RANGE), Paging(40, oldest_first, cursor), soon()))
        cursor = pages[-1].next
        if not cursor:
            break
    ids = [line.id for page in pages for line in page.lines]
    back = log_store.search(LogQuery(RANGE), Paging(40, oldest_first, pages[-1].previous), soon())

    assert len(set(ids)) == len(ids) == len(LINES)
    assert [line.at_ns for page in pages for line in page.lines] == [
        line.at_ns for line in (LINES if oldest_first else NEWEST)
    ]
    assert {page.total.value for page in pages} == {len(LINES)}
    assert back.lines == pages[-2].lines
    assert pages[0].previous == ""


def test_a_page_that_ends_within_an_instant_loses_nothing(log_store: LogStore) -> None:
    query, places, cursor = LogQuery(RANGE, "Place:*"), [], ""
    while True:
        page = log_store.search(query, Paging(2, cursor=cursor), soon())
        places += [line.fields["Place"] for line in page.lines]
        cursor = page.next
        if not cursor:
            break
    assert places == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("text", ["", "service:worker", "Nope:x"])
def test_the_histogram_counts_every_line_in_its_bucket(log_store: LogStore, text: str) -> None:
    histogram = log_store.histogram(LogQuery(RANGE, text), 48, soon())
    width = histogram.width_s * NANO
    expected = Counter((line.at_ns // width * width, value(line, "level")) for line in LINES if SEARCHES[text](line))

    assert {
        (bucket.start_ns, level): count for bucket in histogram.buckets for level, count in bucket.by_level.items()
    } == expected
    starts = [bucket.start_ns for bucket in histogram.buckets]
    assert starts == list(range(starts[0], RANGE.end_ns, width))
    assert starts[0] <= RANGE.start_ns
    assert not any(bucket.incomplete for bucket in histogram.buckets)


def test_a_histogram_of_too_many_bars_is_refused(log_store: LogStore) -> None:
    with pytest.raises(LimitExceeded):
        log_store.histogram(LogQuery(RANGE), 100_000, soon())


FACETS = (
    "level",
    "service",
    "host",
    "logger",
    "exception.type",
    "Provider",
    "StatusCode",
    "Slow",
    "Ms",
    "Fault",
    "Nope",
)


def counted(lines: Iterable[LogLine], field: str, size: int, prefix: str = "") -> tuple[list[tuple[str, int]], int]:
    counts = Counter(value(line, field) for line in lines)
    del counts[""]
    remaining = {word: count for word, count in counts.items() if word.lower().startswith(prefix.lower())}
    ordered = sorted(remaining.items(), key=lambda item: (-item[1], item[0]))
    return ordered[:size], sum(count for _, count in ordered[size:])


@pytest.mark.parametrize("field", FACETS)
def test_a_facet_counts_the_most_frequent_values(log_store: LogStore, field: str) -> None:
    (facet,) = log_store.facets(LogQuery(RANGE), [field], 3, soon()).facets

    assert ([(value_.value, value_.count) for value_ in facet.values], facet.others) == counted(LINES, field, 3)


@pytest.mark.parametrize(
    ("field", "prefix"),
    [("Provider", "o"), ("Provider", "A"), ("level", "w"), ("StatusCode", "5"), ("host", "web-"), ("service", "none")],
)
def test_values_begin_with_what_was_typed(log_store: LogStore, field: str, prefix: str) -> None:
    facet = log_store.values(LogQuery(RANGE), field, prefix, 2, soon())

    assert [(value_.value, value_.count) for value_ in facet.values] == counted(LINES, field, 2, prefix)[0]


def test_one_round_gives_page_histogram_and_facets(log_store: LogStore) -> None:
    query, paging = LogQuery(RANGE, "service:worker"), Paging(20)
    explored = log_store.explore(query, paging, 24, ["level", "Provider"], 5, soon())
    page = log_store.search(query, paging, soon())

    assert (explored.page.lines, explored.page.total, explored.page.next) == (page.lines, page.total, page.next)
    assert explored.histogram.buckets == log_store.histogram(query, 24, soon()).buckets
    assert explored.facets.facets == log_store.facets(query, ["level", "Provider"], 5, soon()).facets


def test_fields_are_listed_with_their_kinds(log_store: LogStore) -> None:
    fields = {field.name: field.kind for field in log_store.fields(LogQuery(RANGE), 200, soon()).fields}

    assert {"level", "message", "service"} <= set(fields)
    assert [fields[name] for name in ("N", "Ms", "Slow", "Provider")] == ["number", "number", "flag", "text"]
    few = log_store.fields(LogQuery(RANGE), 15, soon())
    assert len(few.fields) == 15
    assert few.more > 0


@pytest.mark.parametrize("around", ["host", "correlation"])
def test_the_surroundings_are_the_lines_before_and_after(log_store: LogStore, around: Any) -> None:
    (line,) = log_store.search(LogQuery(RANGE, "correlation_id:corr-35 Fault:*"), Paging(), soon()).lines
    context = log_store.context(line.id, around, 3, 2, soon())
    field = {"host": "host", "correlation": "correlation_id"}[around]
    same = [other for other in LINES if value(other, field) == value(line, field)]
    place = messages(same).index(
        "Request failed", next(i for i, duplicate in enumerate(same) if duplicate.at_ns == line.at_ns)
    )

    assert context.line.id == line.id
    assert context.key == value(line, field)
    assert messages(context.before) == messages(same[max(0, place - 3) : place])
    assert messages(context.after) == messages(same[place + 1 : place + 3])


def test_the_surroundings_in_a_file_are_its_lines(log_store: LogStore) -> None:
    (line,) = log_store.search(LogQuery(RANGE, "correlation_id:corr-35 Fault:*"), Paging(), soon()).lines
    context = log_store.context(line.id, "file", 4, 4, soon())
    place = [other.at_ns for other in LINES].index(line.at_ns)

    assert messages(context.before) == messages(LINES[place - 4 : place])
    assert messages(context.after) == messages(LINES[place + 1 : place + 5])


def test_a_line_without_a_host_has_no_surroundings_by_host(log_store: LogStore) -> None:
    (line,) = log_store.search(LogQuery(RANGE, "service:vault"), Paging(), soon()).lines
    with pytest.raises(InvalidInput, match="no host"):
        log_store.context(line.id, "host", 3, 3, soon())


def test_patterns_group_by_template_and_by_shape(log_store: LogStore) -> None:
    patterns = log_store.patterns(LogQuery(RANGE), 50, soon())
    by_template = {pattern.template: pattern for pattern in patterns.patterns}
    written = Counter(line.template for line in LINES if "{" in line.template)

    assert (patterns.looked_at, patterns.total.value) == (len(LINES), len(LINES))
    assert sum(pattern.count for pattern in patterns.patterns) == len(LINES)
    assert {name: by_template[name].count for name in written} == dict(written)
    calls = by_template["Call {N} to {Provider} took {Ms} ms"]
    times = [line.at_ns for line in LINES if line.template == calls.template]
    assert (calls.first_ns, calls.last_ns) == (min(times), max(times))
    assert dict(calls.by_level) == {"Debug": 50}
    assert not calls.mined
    assert by_template["Started in <number> s"].mined


@pytest.mark.parametrize("of", ["correlation_id", "trace_id"])
def test_what_belongs_together_is_found_oldest_first(log_store: LogStore, of: str) -> None:
    requested = "corr-14" if of == "correlation_id" else f"{15:032x}"
    page = log_store.correlated(requested, 100, soon())

    assert messages(page.lines) == [line.message for line in LINES if getattr(line, of) == requested]
    assert page.total.value == len(page.lines) > 3
    assert log_store.correlated("none", 100, soon()).lines == ()


def test_what_stands_out_is_scored_from_the_counts(log_store: LogStore) -> None:
    test = SEARCHES["level:error"]
    inside = [line for line in LINES if test(line)]
    outs = log_store.significant_values(LogQuery(RANGE, "level:error"), LogQuery(RANGE), 200, soon())
    scores = {(value_.field, value_.value): value_ for value_ in outs.values}

    assert (outs.selection_total, outs.rest_total) == (len(inside), len(LINES) - len(inside))
    assert [value_.score for value_ in outs.values] == sorted((value_.score for value_ in outs.values), reverse=True)
    for field, word in (("StatusCode", "500"), ("Endpoint", "/v1/chat"), ("exception.type", "TimeoutError")):
        in_all = sum(value(line, field) == word for line in LINES)
        item = scores[field, word]
        assert (item.in_selection, item.in_rest) == (len(inside), in_all - len(inside))
        assert item.score == pytest.approx(jlh(len(inside), len(inside), in_all, len(LINES)))
    assert ("service", "worker") not in scores


def test_the_tail_begins_with_the_newest_and_repeats_nothing(log_store: LogStore) -> None:
    query = LogQuery(RANGE, "level:error")
    errors = [line.at_ns for line in LINES if line.level == "Error"]
    first = log_store.tail(query, "", 5, soon())
    second = log_store.tail(query, first.cursor, 5, soon())

    assert [line.at_ns for line in first.lines] == errors[-5:]
    assert (second.lines, second.skipped) == ((), 0)


def test_what_is_wrong_is_said_with_its_place(log_store: LogStore) -> None:
    with pytest.raises(GrammarError) as caught:
        log_store.search(LogQuery(RANGE, 'level:error AND "open'), Paging(), soon())
    assert caught.value.position == 16
    for cursor in ("x", "W10", "eyJhIjoxfQ"):
        with pytest.raises(InvalidInput):
            log_store.search(LogQuery(RANGE), Paging(cursor=cursor), soon())
    for line_id in ("", "/", "@", "a@-1", "a/b/c", "../../etc/passwd@0", "x" * 5_000):
        with pytest.raises(InvalidInput):
            log_store.line(line_id, soon())
