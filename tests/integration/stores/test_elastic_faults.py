"""An Elasticsearch that is away, slow, lying, overloaded or answers by half: a sentence, and before the deadline."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, Busy, LimitExceeded, QueryRejected, SourceUnavailable
from queries.core.transport import MAX_BYTES
from queries.logs.types import LogQuery, Paging
from queries.search.results import Range
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.elastic.traces import ElasticTraceStore
from queries.traces.types import TracePaging, TraceQuery
from tests.integration.stores.elastic_documents import LOG_INDEX, mapping
from tests.integration.stores.elastic_node import put_documents, put_index
from tests.servers import elasticsearch, free_port, wait_until

pytestmark = pytest.mark.integration

RANGE = Range(0, 10**18)
CAPS = {"indices": ["a"], "fields": {"messageTemplate": {"text": {}}, "@timestamp": {"date": {}}}}


@contextmanager
def answering(status: int, reply: Callable[[str], Any], product: bool = True) -> Iterator[str]:
    """Something at an address that answers every request with this."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            result = reply(self.path)
            body = result if isinstance(result, bytes) else json.dumps(result).encode()
            self.send_response(status)
            if product:
                self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "text/html" if isinstance(result, bytes) else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def search(url: str, seconds: float = 2.0) -> Any:
    store = ElasticLogStore(ElasticSettings(url=url))
    try:
        return store.search(LogQuery(RANGE), Paging(), Deadline.after(seconds))
    finally:
        store.close()


def _total(store: ElasticLogStore) -> int:
    """0 while a node that has just started has not opened its indices."""
    try:
        return store.search(LogQuery(RANGE), Paging(), Deadline.after(5)).total.value
    except Busy:
        return 0


def one_response(response: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda path: {"responses": [response]} if "_msearch" in path else CAPS


def test_nobody_at_the_address_is_said_at_once() -> None:
    begun = time.monotonic()

    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        search(f"http://127.0.0.1:{free_port()}")

    assert time.monotonic() - begun < 2


def test_one_that_never_answers_is_given_up_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()

        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            search(f"http://127.0.0.1:{silent.getsockname()[1]}", 0.5)

        assert time.monotonic() - begun < 1.5


def test_traces_of_one_that_is_away_are_said_as_well() -> None:
    store = ElasticTraceStore(ElasticSettings(url=f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        store.search(TraceQuery(RANGE), TracePaging(), Deadline.after(2))


@pytest.mark.parametrize("body", [b"<html>Welcome to the proxy</html>", b"{}", b""])
def test_something_else_at_the_address_is_no_elasticsearch(body: bytes) -> None:
    with answering(200, lambda _: body, product=False) as url, pytest.raises(AnswerMalformed):
        search(url)


@pytest.mark.parametrize("answer", [{}, [], {"responses": []}, {"responses": [7]}, {"responses": "all fine"}])
def test_an_answer_that_is_none_is_said(answer: Any) -> None:
    def reply(path: str) -> Any:
        return answer if "_msearch" in path else CAPS

    with answering(200, reply) as url, pytest.raises(AnswerMalformed):
        search(url)


def test_an_overloaded_one_asks_for_patience() -> None:
    with answering(429, lambda _: {"error": {"reason": "circuit breaker"}, "status": 429}) as url, pytest.raises(Busy):
        search(url)


def test_credentials_that_are_refused_are_said() -> None:
    refused = {"error": {"reason": "missing"}, "status": 401}

    with (
        answering(401, lambda _: refused) as url,
        pytest.raises(QueryRejected, match="did not accept the credentials") as caught,
    ):
        search(url)

    assert "Check the credentials" in caught.value.hint


def test_a_refused_search_carries_the_clusters_own_words() -> None:
    failure = {"error": {"root_cause": [{"reason": "too many clauses"}], "reason": "all shards failed"}, "status": 400}

    with answering(200, one_response(failure)) as url, pytest.raises(QueryRejected) as caught:
        search(url)

    assert caught.value.detail == "too many clauses"


def test_half_an_answer_is_marked_and_says_what_is_missing() -> None:
    shards = {"total": 5, "failed": 2, "failures": [{"reason": {"type": "x", "reason": "disk is broken"}}]}
    half = {"timed_out": True, "_shards": shards, "hits": {"total": {"value": 7, "relation": "eq"}, "hits": []}}

    with answering(200, one_response(half)) as url:
        page = search(url)

    assert page.quality.partial
    assert page.quality.notes == (
        "Elasticsearch had no time to look at everything.",
        "2 of 5 shards did not answer: disk is broken.",
    )


def test_answers_that_are_too_large_leave_their_connections_to_others() -> None:
    large = [True] * 20
    page = {"hits": {"total": {"value": 7, "relation": "eq"}, "hits": []}}

    def reply(path: str) -> Any:
        return b" " * (MAX_BYTES + 1) if large and large.pop() else one_response(page)(path)

    with answering(200, reply) as url:
        store = ElasticLogStore(ElasticSettings(url=url))
        while large:
            with pytest.raises(LimitExceeded):
                store.search(LogQuery(RANGE), Paging(), Deadline.after(5))
        assert store.search(LogQuery(RANGE), Paging(), Deadline.after(5)).total.value == 7
        store.close()


def test_a_node_that_stops_in_the_middle_is_said_and_found_again(tmp_path: Path) -> None:
    node = elasticsearch(tmp_path)
    node.start()
    try:
        put_index(node.url, LOG_INDEX["serilog"], mapping("serilog"))
        put_documents(node.url, [(LOG_INDEX["serilog"], {"@timestamp": "2001-01-01", "message": "here"})])
        store = ElasticLogStore(ElasticSettings(url=node.url))
        assert store.search(LogQuery(RANGE), Paging(), Deadline.after(10)).total.value == 1
        node.stop()

        with pytest.raises(SourceUnavailable, match="cannot be reached"):
            store.search(LogQuery(RANGE), Paging(), Deadline.after(2))

        node.start()
        wait_until(lambda: _total(store) == 1, 30)
    finally:
        node.stop()
