"""Elasticsearch, in every layout of log documents, answers as the embedded store does for the same lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.logs.types import LEVELS, LogFailure, LogLine, LogQuery, Paging
from queries.search.results import Filter, Range
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from queries.stores.log_store import LogStore
from tests.integration.stores.elastic_documents import stamp
from tests.integration.stores.elastic_makers import LOG_MAKERS

pytestmark = pytest.mark.integration

START = 1_767_225_600
RANGE = Range.of_seconds(START, START + 600)
STACK = 'Traceback (most recent call last):\n  File "x.py", line 1\nTimeoutError: the provider is late'
MESSAGES = (
    ("Call {N} to {Provider} took {Ms} ms", "Call {N} to openai took 12.5 ms"),
    ("Cache miss for {Key}", "Cache miss for user-{N}"),
    ("", "Started in 3.5 s <script>alert(1)</script>"),
    ("Rate limit of {Provider} at {Percent}", 'Rate limit of anthropic at 80% "soon"'),
)


def line(n: int) -> LogLine:
    template, message = MESSAGES[n % len(MESSAGES)]
    fails = n % 11 == 0
    return LogLine(
        id="",
        at_ns=(START + n) * 10**9 + n * 1_000_000,
        level=LEVELS[n % 6],
        raw_level=LEVELS[n % 6],
        message=message.replace("{N}", str(n)),
        template=template,
        service="gateway" if n % 3 else "worker",
        host=f"web-{n % 4}",
        logger="CodeAgent.API",
        trace_id=f"{n // 5:032x}",
        correlation_id=f"corr-{n // 5}",
        failure=LogFailure("TimeoutError", "the provider is late", STACK) if fails else None,
        fields={
            "N": n,
            "Ms": n * 1.5,
            "Slow": n % 7 == 0,
            "StatusCode": 500 if fails else 200,
            "Provider": ("openai", "anthropic", "OpenAI", "a:b/c d")[n % 4],
            **({"Tag": 'say "x" (*) \\'} if n % 10 == 0 else {}),
        },
    )


LINES = [line(n) for n in range(240)]


def clef(item: LogLine) -> dict[str, Any]:
    """As the file sink writes it."""
    known = {
        "Application": item.service,
        "MachineName": item.host,
        "SourceContext": item.logger,
        "TraceId": item.trace_id,
        "CorrelationId": item.correlation_id,
    }
    failure = {"@x": item.failure.stack} if item.failure else {}
    return {
        "@t": stamp(item.at_ns),
        "@l": item.raw_level,
        "@mt": item.template,
        "@m": item.message,
        **failure,
        **known,
        **item.fields,
    }


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogStore]:
    folder: Path = tmp_path_factory.mktemp("clef")
    (folder / "codeagent-1.json").write_bytes(b"".join(orjson.dumps(clef(line_)) + b"\n" for line_ in LINES))
    store = FileLogStore(FileLogSettings(folder))
    yield store
    store.close()


@pytest.fixture(scope="module", params=sorted(LOG_MAKERS))
def elastic(request: pytest.FixtureRequest) -> Iterator[LogStore]:
    store = LOG_MAKERS[request.param](LINES)
    yield store
    store.close()


def soon() -> Deadline:
    return Deadline.after(10)


def messages(store: LogStore, text: str = "", *filters: Filter) -> list[str]:
    query = LogQuery(RANGE, text, (), filters)
    return [line_.message for line_ in store.search(query, Paging(500), soon()).lines]


SEARCHES = (
    "",
    "level:error",
    "level:>=warning",
    "level:[debug TO warning}",
    "NOT level:info",
    "-level:error",
    "miss",
    '"Rate limit"',
    "took 12",
    "cal*",
    '"to open*"',
    "service:gateway",
    "service:WORKER",
    'service:"WORKER"',
    "host:web-1 OR host:web-2",
    "host:web*",
    "Provider:openai",
    'Provider:"openai"',
    "Provider:open*",
    'Provider:"a:b/c d"',
    "N:5",
    "N:5*",
    "N:>=230",
    "N:[10 TO 20}",
    "Ms:1.5",
    "Ms:<3",
    "Slow:true",
    "Slow:f*",
    "Tag:*",
    "NOT Tag:*",
    'Tag:"say \\"x\\" (*) \\\\"',
    "StatusCode:500",
    "StatusCode:abc",
    "Nope:x",
    "NOT Nope:x",
    "Nope:*",
    "corr-7",
    "correlation_id:corr-7",
    "00000000000000000000000000000007",
    "trace:00000000000000000000000000000007",
    "exception:*",
    "exception:late",
    "exception.type:TimeoutError",
    "exception.type:Time*",
    "exception.type:*",
    'template:"Cache miss for {Key}"',
    "template:cache",
    "logger:CodeAgent*",
    "time:>2026-01-01T00:03:00",
    "time:[2026-01-01T00:00:05 TO 2026-01-01T00:00:10]",
    "script",
    "alert",
    'file:""',
    "file:*",
    "NOT file:*",
    'host:""',
    "host:*",
    'message:""',
    '""',
    '"80%"',
    "soon",
    "Provider:>b",
    "Tag:>0",
    "template:[* TO z]",
    "Code:<5",
    "(level:error OR level:fatal) AND (host:web-0 OR Slow:true) NOT Provider:anthropic",
)


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds_the_same_lines_in_the_same_order(embedded: LogStore, elastic: LogStore, text: str) -> None:
    assert messages(elastic, text) == messages(embedded, text)


FILTERS = (
    Filter("Provider", ("openai", "anthropic")),
    Filter("Provider", ("openai",), negated=True),
    Filter("Tag"),
    Filter("Tag", negated=True),
    Filter("level", ("Error", "Fatal")),
    Filter("service", ("worker",)),
    Filter("StatusCode", ("500",)),
    Filter("Slow", ("true",)),
    Filter("Nope", ("x",), negated=True),
    Filter("exception.type", ("TimeoutError",)),
    Filter("template", ("Cache miss for {Key}",)),
)


@pytest.mark.parametrize("item", FILTERS)
def test_a_filter_keeps_the_same_lines(embedded: LogStore, elastic: LogStore, item: Filter) -> None:
    assert messages(elastic, "", item) == messages(embedded, "", item)


def stored_fields(item: LogLine) -> tuple[Any, ...]:
    return (
        item.at_ns,
        item.level,
        item.raw_level,
        item.message,
        item.template,
        item.service,
        item.host,
        item.logger,
        item.trace_id,
        item.correlation_id,
        item.failure.kind if item.failure else "",
        item.failure.stack if item.failure else "",
        {name: item.fields[name] for name in ("N", "Ms", "Slow", "StatusCode", "Provider")},
    )


def test_lines_say_the_same(embedded: LogStore, elastic: LogStore) -> None:
    query = LogQuery(RANGE, "N:<25")
    results = [
        [stored_fields(line) for line in store.search(query, Paging(), soon()).lines] for store in (elastic, embedded)
    ]

    assert results[0] == results[1]


@pytest.mark.parametrize("oldest_first", [False, True])
def test_pages_forward_and_back_hold_every_line_once(elastic: LogStore, oldest_first: bool) -> None:
    pages, cursor = [], ""
    while True:
        page = elastic.search(LogQuery(RANGE), Paging(50, oldest_first, cursor), soon())
        pages.append(page)
        cursor = page.next
        if not cursor:
            break
    back = elastic.search(LogQuery(RANGE), Paging(50, oldest_first, pages[-1].previous), soon())

    listed = [line_.fields["N"] for page in pages for line_ in page.lines]
    assert listed == sorted(range(240), reverse=not oldest_first)
    assert back.lines == pages[-2].lines
    assert pages[0].previous == ""
    assert pages[0].total.value == 240


def test_histograms_count_the_same(embedded: LogStore, elastic: LogStore) -> None:
    for text in ("", "level:error", "Nope:x"):
        item, other = (store.histogram(LogQuery(RANGE, text), 40, soon()) for store in (elastic, embedded))
        assert (item.width_s, item.buckets) == (other.width_s, other.buckets)


@pytest.mark.parametrize(
    "field",
    ["level", "service", "host", "Provider", "StatusCode", "Slow", "exception.type", "logger", "Tag", "Nope"],
)
def test_facets_count_the_same(embedded: LogStore, elastic: LogStore, field: str) -> None:
    results = [store.facets(LogQuery(RANGE), [field], 3, soon()).facets for store in (elastic, embedded)]

    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("field", "prefix"),
    [
        ("Provider", "o"),
        ("Provider", "A"),
        ("level", "w"),
        ("StatusCode", "5"),
        ("Slow", "t"),
        ("host", "web-"),
        ("service", "nothing"),
        ("Tag", 'say "'),
    ],
)
def test_completions_are_the_same(embedded: LogStore, elastic: LogStore, field: str, prefix: str) -> None:
    results = [store.values(LogQuery(RANGE), field, prefix, 5, soon()) for store in (elastic, embedded)]

    assert results[0] == results[1]


def test_patterns_are_the_same(embedded: LogStore, elastic: LogStore) -> None:
    def view_of(store: LogStore) -> list[tuple[str, int, Mapping[str, int], bool]]:
        result = store.patterns(LogQuery(RANGE), 10, soon())
        assert (result.looked_at, result.total.value) == (240, 240)
        return [(pattern.template, pattern.count, pattern.by_level, pattern.mined) for pattern in result.patterns]

    assert view_of(elastic) == view_of(embedded)


def test_what_belongs_together_is_the_same(embedded: LogStore, elastic: LogStore) -> None:
    for correlation in ("corr-7", f"{7:032x}", "none"):
        results = [store.correlated(correlation, 100, soon()) for store in (elastic, embedded)]
        assert [line_.message for line_ in results[0].lines] == [line_.message for line_ in results[1].lines]
        assert results[0].total == results[1].total


@pytest.mark.parametrize("around", ["file", "host", "correlation"])
def test_the_surroundings_of_a_line_are_the_same(embedded: LogStore, elastic: LogStore, around: Any) -> None:
    def view_of(store: LogStore) -> tuple[list[str], str, list[str]]:
        page = store.search(LogQuery(RANGE, "N:52"), Paging(), soon())
        result = store.context(page.lines[0].id, around, 3, 2, soon())
        return (
            [earlier.message for earlier in result.before],
            result.line.message,
            [later.message for later in result.after],
        )

    assert view_of(elastic) == view_of(embedded)


def test_what_stands_out_is_the_same_for_fields_of_the_lines(embedded: LogStore, elastic: LogStore) -> None:
    expected = ("level", "service", "host", "exception.type", "StatusCode", "Provider", "Slow")

    def view_of(store: LogStore) -> set[tuple[Any, ...]]:
        result = store.significant_values(LogQuery(RANGE, "StatusCode:500"), LogQuery(RANGE), 200, soon())
        assert (result.selection_total, result.rest_total) == (22, 218)
        values = [value for value in result.values if value.field in expected]
        return {
            (value.field, value.value, value.in_selection, value.in_rest, round(value.score, 6)) for value in values
        }

    assert view_of(elastic) == view_of(embedded)


def test_fields_are_listed(elastic: LogStore) -> None:
    results = {field.name: field for field in elastic.fields(LogQuery(RANGE), 200, soon()).fields}

    assert {"level", "message", "N", "Ms", "Slow", "Provider", "Tag"} <= set(results)
    assert (results["N"].kind, results["Slow"].kind, results["Provider"].kind) == ("number", "flag", "text")


def test_the_tail_goes_on_where_it_stopped(elastic: LogStore) -> None:
    first = elastic.tail(LogQuery(RANGE), "", 5, soon())
    second = elastic.tail(LogQuery(RANGE), first.cursor, 5, soon())

    assert [line_.fields["N"] for line_ in first.lines] == [235, 236, 237, 238, 239]
    assert second.lines == ()


def test_changed_cursors_and_unknown_lines_are_errors(elastic: LogStore) -> None:
    for cursor in ("x", "W10", "eyJhIjoxfQ"):
        with pytest.raises(InvalidInput):
            elastic.search(LogQuery(RANGE), Paging(cursor=cursor), soon())
    for line_id in ("", "/", "a/b/c", '{"match_all":{}}', "*/*", "x" * 5_000):
        with pytest.raises(InvalidInput):
            elastic.line(line_id, soon())
