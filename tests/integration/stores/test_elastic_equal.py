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
        id="", at_ns=(START + n) * 10**9 + n * 1_000_000, level=LEVELS[n % 6], raw_level=LEVELS[n % 6],
        message=message.replace("{N}", str(n)), template=template, service="gateway" if n % 3 else "worker",
        host=f"web-{n % 4}", logger="CodeAgent.API", trace_id=f"{n // 5:032x}", correlation_id=f"corr-{n // 5}",
        failure=LogFailure("TimeoutError", "the provider is late", STACK) if fails else None,
        fields={
            "N": n, "Ms": n * 1.5, "Slow": n % 7 == 0, "StatusCode": 500 if fails else 200,
            "Provider": ("openai", "anthropic", "OpenAI", "a:b/c d")[n % 4],
            **({"Tag": 'say "x" (*) \\'} if n % 10 == 0 else {}),
        },
    )  # fmt: skip


LINES = [line(n) for n in range(240)]


def clef(one: LogLine) -> dict[str, Any]:
    """As the file sink writes it."""
    known = {
        "Application": one.service, "MachineName": one.host, "SourceContext": one.logger, "TraceId": one.trace_id,
        "CorrelationId": one.correlation_id,
    }  # fmt: skip
    failure = {"@x": one.failure.stack} if one.failure else {}
    return {
        "@t": stamp(one.at_ns), "@l": one.raw_level, "@mt": one.template, "@m": one.message, **failure, **known,
        **one.fields,
    }  # fmt: skip


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogStore]:
    folder: Path = tmp_path_factory.mktemp("clef")
    (folder / "codeagent-1.json").write_bytes(b"".join(orjson.dumps(clef(one)) + b"\n" for one in LINES))
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
    return [one.message for one in store.search(query, Paging(500), soon()).lines]


SEARCHES = (
    "", "level:error", "level:>=warning", "level:[debug TO warning}", "NOT level:info", "-level:error", "miss",
    '"Rate limit"', "took 12", "cal*", '"to open*"', "service:gateway", "service:WORKER", 'service:"WORKER"',
    "host:web-1 OR host:web-2", "host:web*", "Provider:openai", 'Provider:"openai"', "Provider:open*",
    'Provider:"a:b/c d"', "N:5", "N:5*", "N:>=230", "N:[10 TO 20}", "Ms:1.5", "Ms:<3", "Slow:true", "Slow:f*", "Tag:*",
    "NOT Tag:*", 'Tag:"say \\"x\\" (*) \\\\"', "StatusCode:500", "StatusCode:abc", "Nope:x", "NOT Nope:x", "Nope:*",
    "corr-7", "correlation_id:corr-7", "00000000000000000000000000000007", "trace:00000000000000000000000000000007",
    "exception:*", "exception:late", "exception.type:TimeoutError", "exception.type:Time*", "exception.type:*",
    'template:"Cache miss for {Key}"', "template:cache", "logger:CodeAgent*", "time:>2026-01-01T00:03:00",
    "time:[2026-01-01T00:00:05 TO 2026-01-01T00:00:10]", "script", "alert",
    'file:""', "file:*", "NOT file:*", 'host:""', "host:*", 'message:""', '""',
    '"80%"', "soon", "Provider:>b", "Tag:>0", "template:[* TO z]", "Code:<5",
    "(level:error OR level:fatal) AND (host:web-0 OR Slow:true) NOT Provider:anthropic",
)  # fmt: skip


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds_the_same_lines_in_the_same_order(embedded: LogStore, elastic: LogStore, text: str) -> None:
    assert messages(elastic, text) == messages(embedded, text)


FILTERS = (
    Filter("Provider", ("openai", "anthropic")), Filter("Provider", ("openai",), negated=True), Filter("Tag"),
    Filter("Tag", negated=True), Filter("level", ("Error", "Fatal")), Filter("service", ("worker",)),
    Filter("StatusCode", ("500",)), Filter("Slow", ("true",)), Filter("Nope", ("x",), negated=True),
    Filter("exception.type", ("TimeoutError",)), Filter("template", ("Cache miss for {Key}",)),
)  # fmt: skip


@pytest.mark.parametrize("one", FILTERS)
def test_a_filter_keeps_the_same_lines(embedded: LogStore, elastic: LogStore, one: Filter) -> None:
    assert messages(elastic, "", one) == messages(embedded, "", one)


def seen(one: LogLine) -> tuple[Any, ...]:
    return (
        one.at_ns, one.level, one.raw_level, one.message, one.template, one.service, one.host, one.logger, one.trace_id,
        one.correlation_id, one.failure.kind if one.failure else "", one.failure.stack if one.failure else "",
        {name: one.fields[name] for name in ("N", "Ms", "Slow", "StatusCode", "Provider")},
    )  # fmt: skip


def test_lines_say_the_same(embedded: LogStore, elastic: LogStore) -> None:
    query = LogQuery(RANGE, "N:<25")
    found = [[seen(one) for one in store.search(query, Paging(), soon()).lines] for store in (elastic, embedded)]

    assert found[0] == found[1]


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

    listed = [one.fields["N"] for page in pages for one in page.lines]
    assert listed == sorted(range(240), reverse=not oldest_first)
    assert back.lines == pages[-2].lines
    assert pages[0].previous == ""
    assert pages[0].total.value == 240


def test_histograms_count_the_same(embedded: LogStore, elastic: LogStore) -> None:
    for text in ("", "level:error", "Nope:x"):
        one, other = (store.histogram(LogQuery(RANGE, text), 40, soon()) for store in (elastic, embedded))
        assert (one.width_s, one.buckets) == (other.width_s, other.buckets)


@pytest.mark.parametrize(
    "field",
    ["level", "service", "host", "Provider", "StatusCode", "Slow", "exception.type", "logger", "Tag", "Nope"],
)
def test_facets_count_the_same(embedded: LogStore, elastic: LogStore, field: str) -> None:
    found = [store.facets(LogQuery(RANGE), [field], 3, soon()).facets for store in (elastic, embedded)]

    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("field", "prefix"), [("Provider", "o"), ("Provider", "A"), ("level", "w"), ("StatusCode", "5"), ("Slow", "t"),
                          ("host", "web-"), ("service", "nothing"), ("Tag", 'say "')],
)  # fmt: skip
def test_completions_are_the_same(embedded: LogStore, elastic: LogStore, field: str, prefix: str) -> None:
    found = [store.values(LogQuery(RANGE), field, prefix, 5, soon()) for store in (elastic, embedded)]

    assert found[0] == found[1]


def test_patterns_are_the_same(embedded: LogStore, elastic: LogStore) -> None:
    def shown(store: LogStore) -> list[tuple[str, int, Mapping[str, int], bool]]:
        found = store.patterns(LogQuery(RANGE), 10, soon())
        assert (found.looked_at, found.total.value) == (240, 240)
        return [(one.template, one.count, one.by_level, one.mined) for one in found.patterns]

    assert shown(elastic) == shown(embedded)


def test_what_belongs_together_is_the_same(embedded: LogStore, elastic: LogStore) -> None:
    for correlation in ("corr-7", f"{7:032x}", "none"):
        found = [store.correlated(correlation, 100, soon()) for store in (elastic, embedded)]
        assert [one.message for one in found[0].lines] == [one.message for one in found[1].lines]
        assert found[0].total == found[1].total


@pytest.mark.parametrize("around", ["file", "host", "correlation"])
def test_the_surroundings_of_a_line_are_the_same(embedded: LogStore, elastic: LogStore, around: Any) -> None:
    def shown(store: LogStore) -> tuple[list[str], str, list[str]]:
        page = store.search(LogQuery(RANGE, "N:52"), Paging(), soon())
        found = store.context(page.lines[0].id, around, 3, 2, soon())
        return [one.message for one in found.before], found.line.message, [one.message for one in found.after]

    assert shown(elastic) == shown(embedded)


def test_what_stands_out_is_the_same_for_fields_of_the_lines(embedded: LogStore, elastic: LogStore) -> None:
    wanted = ("level", "service", "host", "exception.type", "StatusCode", "Provider", "Slow")

    def shown(store: LogStore) -> set[tuple[Any, ...]]:
        found = store.stand_out(LogQuery(RANGE, "StatusCode:500"), LogQuery(RANGE), 200, soon())
        assert (found.selection_total, found.rest_total) == (22, 218)
        values = [one for one in found.values if one.field in wanted]
        return {(one.field, one.value, one.in_selection, one.in_rest, round(one.score, 6)) for one in values}

    assert shown(elastic) == shown(embedded)


def test_fields_are_listed(elastic: LogStore) -> None:
    found = {one.name: one for one in elastic.fields(LogQuery(RANGE), 200, soon()).fields}

    assert {"level", "message", "N", "Ms", "Slow", "Provider", "Tag"} <= set(found)
    assert (found["N"].kind, found["Slow"].kind, found["Provider"].kind) == ("number", "flag", "text")


def test_the_tail_goes_on_where_it_stopped(elastic: LogStore) -> None:
    first = elastic.tail(LogQuery(RANGE), "", 5, soon())
    second = elastic.tail(LogQuery(RANGE), first.cursor, 5, soon())

    assert [one.fields["N"] for one in first.lines] == [235, 236, 237, 238, 239]
    assert second.lines == ()


def test_changed_cursors_and_unknown_lines_are_errors(elastic: LogStore) -> None:
    for cursor in ("x", "W10", "eyJhIjoxfQ"):
        with pytest.raises(InvalidInput):
            elastic.search(LogQuery(RANGE), Paging(cursor=cursor), soon())
    for line_id in ("", "/", "a/b/c", '{"match_all":{}}', "*/*", "x" * 5_000):
        with pytest.raises(InvalidInput):
            elastic.line(line_id, soon())
