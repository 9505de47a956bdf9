"""Indices as people have them: missing, with numbers for levels, in conflict, with thousands of fields."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.logs.cutting import CUT, MOST_FIELDS
from queries.logs.types import LogQuery, Paging
from queries.search.results import Filter, Range
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.elastic.traces import ElasticTraceStore
from queries.traces.types import TracePaging, TraceQuery
from tests.integration.stores.elastic_documents import mapping
from tests.integration.stores.elastic_node import put_documents, put_index, shared_node

pytestmark = pytest.mark.integration

START = 1_767_225_600
RANGE = Range.of_seconds(START, START + 3_600)


def logs(index: str, layout: str = "auto") -> ElasticLogStore:
    return ElasticLogStore(ElasticSettings(url=shared_node().url, log_index=index, log_layout=layout))


def soon() -> Deadline:
    return Deadline.after(10)


def serilog(second: int, **more: Any) -> dict[str, Any]:
    return {"@timestamp": (START + second) * 1_000, "level": "Information", "message": "said", **more}


def total(store: ElasticLogStore, text: str) -> int:
    return store.search(LogQuery(RANGE, text), Paging(), soon()).total.value


def test_a_missing_index_has_no_lines_and_says_so() -> None:
    store = logs("nowhere-*")

    page = store.search(LogQuery(RANGE, 'level:error anything:"x" y*'), Paging(), soon())
    facets = store.facets(LogQuery(RANGE), ["level", "host"], 5, soon())

    assert (page.lines, page.total.value) == ((), 0)
    assert page.quality.notes == ("Elasticsearch has no index nowhere-*.",)
    assert [facet.values for facet in facets.facets] == [(), ()]
    assert sum(bucket.total for bucket in store.histogram(LogQuery(RANGE), 10, soon()).buckets) == 0
    assert store.patterns(LogQuery(RANGE), 5, soon()).patterns == ()
    assert store.significant_values(LogQuery(RANGE), LogQuery(RANGE), 5, soon()).values == ()
    with pytest.raises(InvalidInput):
        store.line("nowhere-1/x", soon())


def test_traces_of_a_missing_index_are_none() -> None:
    store = ElasticTraceStore(ElasticSettings(url=shared_node().url, trace_index="nowhere-*"))
    query = TraceQuery(RANGE, service="x", text="status:error")

    assert store.search(query, TracePaging(), soon()).total.value == 0
    assert store.services(query, 5, soon()).services == ()
    assert store.operations(query, 5, soon()).operations == ()
    assert store.scatter(query, 5, soon()).dots == ()
    assert store.typical(query, "", soon()) is None
    assert store.service_map(RANGE, soon()).nodes == ()
    assert store.significant_values(query, query, 5, soon()).values == ()
    with pytest.raises(InvalidInput):
        store.trace("0" * 32, soon())


def test_levels_as_numbers_work() -> None:
    url, index = shared_node().url, "numbers-1"
    put_index(url, index, {"properties": {"@timestamp": {"type": "date"}, "level": {"type": "long"}}})
    put_documents(url, [(index, serilog(n, level=n, messageTemplate="t")) for n in range(6)])
    store = logs(index)

    page = store.search(LogQuery(RANGE, levels=("Error", "Fatal")), Paging(), soon())
    bucket = next(bucket for bucket in store.histogram(LogQuery(RANGE), 10, soon()).buckets if bucket.total)

    assert [line.level for line in page.lines] == ["Fatal", "Error"]
    assert bucket.by_level["Warning"] == 1
    assert total(store, "level:>=warning") == 3
    assert [value.value for value in store.facets(LogQuery(RANGE), ["level"], 9, soon()).facets[0].values] == [
        "Debug",
        "Error",
        "Fatal",
        "Information",
        "Verbose",
        "Warning",
    ]


def test_levels_as_texts_without_whole_values_are_counted_all_the_same() -> None:
    url, index = shared_node().url, "worded-1"
    put_index(url, index, {"properties": {"@timestamp": {"type": "date"}, "level": {"type": "text"}}})
    put_documents(url, [(index, serilog(n, level=word)) for n, word in enumerate(["ERROR", "warn", "Information"])])
    store = logs(index, "serilog")

    bucket = next(bucket for bucket in store.histogram(LogQuery(RANGE), 10, soon()).buckets if bucket.total)

    assert {level: count for level, count in bucket.by_level.items() if count} == {
        "Error": 1,
        "Warning": 1,
        "Information": 1,
    }
    assert total(store, "level:error") == 1


def test_indices_that_map_a_field_differently_answer_together() -> None:
    url = shared_node().url
    for n, kind in enumerate(["keyword", "long"]):
        put_index(
            url,
            f"conflict-{n}",
            {
                "properties": {
                    "@timestamp": {"type": "date"},
                    "level": {"type": kind},
                    "fields": {"properties": {"Code": {"type": kind}}},
                }
            },
        )
    put_documents(url, [("conflict-0", serilog(1, level="Error", fields={"Code": "500"}))])
    put_documents(url, [("conflict-1", serilog(2, level=4, fields={"Code": 500}))])
    store = logs("conflict-*", "serilog")

    page = store.search(LogQuery(RANGE, "level:error Code:500"), Paging(), soon())

    assert page.total.value == 2
    assert not page.quality.partial
    assert sum(bucket.by_level.get("Error", 0) for bucket in store.histogram(LogQuery(RANGE), 10, soon()).buckets) == 2


def test_an_index_with_keyword_variants_of_dynamic_mapping_works() -> None:
    url, index = shared_node().url, "dynamic-1"
    put_index(url, index, {})
    document = serilog(1, messageTemplate="Said {X}", fields={"MachineName": "Web 1", "Path": "/a/b"})
    put_documents(url, [(index, {**document, "@timestamp": "2026-01-01T00:00:01Z"})])
    store = logs(index)

    assert total(store, 'host:"Web 1" Path:"/a/b"') == 1
    assert total(store, 'host:"Web"') == 0
    assert [value.value for value in store.facets(LogQuery(RANGE), ["host"], 5, soon()).facets[0].values] == ["Web 1"]


def test_thousands_of_fields_and_messages_of_a_megabyte_are_shown_cut() -> None:
    url, index = shared_node().url, "large-1"
    put_index(url, index, mapping("serilog"), **{"index.mapping.total_fields.limit": 20_000})
    many = {f"Field{n}": n for n in range(5_000)}
    put_documents(url, [(index, serilog(1, messageTemplate="m", message="long " * 200_000, fields=many))])
    store = logs(index)

    page = store.search(LogQuery(RANGE, "Field4999:4999 long"), Paging(), soon())
    line = page.lines[0]
    listed = store.fields(LogQuery(RANGE), 100, soon())

    assert (len(line.message), len(line.fields), line.more_fields) == (CUT, MOST_FIELDS, 4_800)
    assert line.is_cut
    assert len(store.line(line.id, soon()).message) == 1_000_000
    assert (len(listed.fields), listed.more > 4_000) == (100, True)
    assert store.patterns(LogQuery(RANGE), 5, soon()).looked_at == 1
    assert store.significant_values(LogQuery(RANGE), LogQuery(RANGE), 5, soon()).selection_total == 1


def test_a_line_of_an_index_beyond_the_settings_is_not_shown() -> None:
    url = shared_node().url
    for index in ("mine-1", "secret-1"):
        put_index(url, index, mapping("serilog"))
        put_documents(url, [(index, serilog(1, message=index))])
    secret = logs("secret-*", "serilog").search(LogQuery(RANGE), Paging(), soon()).lines[0]

    for attempt in (secret.id, secret.id.replace("/", ",mine-1/"), f"*/{secret.id.partition('/')[2]}"):
        with pytest.raises(InvalidInput):
            logs("mine-*", "serilog").line(attempt, soon())


def test_hostile_values_are_found_as_they_are_and_completed() -> None:
    url, index = shared_node().url, "hostile-1"
    put_index(url, index, mapping("serilog"))
    values = ['a"}}],"x":{"y', "*", ".*", "a|b", "[a-z]", "\\", "<1-9>", "~@&#", "(", "<script>", "ÄÖß", "日本"]
    put_documents(url, [(index, serilog(n, fields={"Value": value})) for n, value in enumerate(values)])
    store = logs(index, "serilog")

    for value in values:
        query = LogQuery(RANGE, filters=(Filter("Value", (value,)),))
        assert store.search(query, Paging(), soon()).total.value == 1, value
        result = store.values(LogQuery(RANGE), "Value", value, 20, soon())
        assert [value.value for value in result.values] == [value], value


def test_words_within_dotted_names_are_found() -> None:
    url, index = shared_node().url, "dotted-1"
    put_index(url, index, mapping("serilog"))
    messages = ["System.Net.TimeoutException: too late", "it's 1.5 of /a/b.txt", "timeouts"]
    put_documents(url, [(index, serilog(n, message=message)) for n, message in enumerate(messages)])
    store = logs(index, "serilog")

    counts = {text: total(store, text) for text in ("TimeoutException", "Net", "net.timeout*", "5", "it", "txt", "out")}

    assert counts == {"TimeoutException": 1, "Net": 1, "net.timeout*": 1, "5": 1, "it": 1, "txt": 1, "out": 0}


def test_the_same_histogram_comes_out_of_the_shards_cache() -> None:
    url, index = shared_node().url, "cached-1"
    put_index(url, index, mapping("serilog"))
    put_documents(url, [(index, serilog(n)) for n in range(10)])
    store = logs(index, "serilog")

    for _ in range(3):
        store.explore(LogQuery(RANGE), Paging(), 30, ["level"], 5, soon())

    cache = requests.get(f"{url}/{index}/_stats/request_cache", timeout=10).json()["_all"]["total"]["request_cache"]
    assert cache["hit_count"] >= 4
