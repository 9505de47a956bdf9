"""The connection to one cluster: time-outs out of the deadline, its errors as ours, how far an answer is whole."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import orjson
from elastic_transport import ConnectionError as Unreachable
from elastic_transport import ConnectionTimeout, SerializationError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError
from elasticsearch.serializer import OrjsonSerializer

from queries.core.deadline import Deadline
from queries.core.errors import AnswerMalformed, Busy, LimitExceeded, QueryRejected, SourceUnavailable
from queries.core.transport import AnswerTooLarge
from queries.search.results import Count, Quality
from queries.stores.elastic.caps import Caps, caps_of
from queries.stores.elastic.node import BoundedNode

NAME: Final = "Elasticsearch"
COUNTED: Final = 10_000  # hits are counted up to here
_SHARE: Final = 0.8  # of the time left is the backend's; the rest is for the way and for us
_PREFERENCE: Final = "codeagent-dashboards"  # caches are per node: the same copy of a shard answers the same question
_LEAST: Final = 0.05  # seconds
_TIMEOUTS: Final = (50, 100, 200, 500, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000, 15_000, 20_000, 30_000, 60_000)
_MEDIA: Final = "application/vnd.elasticsearch+{}; compatible-with=8"


@dataclass(frozen=True)
class ElasticSettings:
    """How to reach the cluster and what lies in it; empty index and "auto" find the layout by its fields."""

    url: str = "http://127.0.0.1:9200"
    log_index: str = ""
    log_layout: str = "auto"
    trace_index: str = ""
    trace_layout: str = "auto"
    user: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    ca_file: str = ""
    connections: int = 8


@dataclass(frozen=True)
class Answer:
    """One search's answer."""

    body: Mapping[str, Any]

    @property
    def hits(self) -> list[dict[str, Any]]:
        """The requested documents."""
        hits: list[dict[str, Any]] = self.body.get("hits", {}).get("hits", [])
        return hits

    def with_hits(self, hits: Sequence[Mapping[str, Any]]) -> Answer:
        """The same answer with these hits only: a page without what was asked beyond it."""
        return Answer({**self.body, "hits": {**self.body.get("hits", {}), "hits": list(hits)}})

    @property
    def total(self) -> Count:
        """How many there are."""
        total = self.body.get("hits", {}).get("total") or {}
        return Count(int(total.get("value", 0)), total.get("relation", "eq") == "eq")

    @property
    def aggregations(self) -> Mapping[str, Any]:
        """By name; empty where no index answered."""
        aggregations: Mapping[str, Any] = self.body.get("aggregations", {})
        return aggregations

    def notes(self) -> tuple[str, ...]:
        """What is missing from it, for people."""
        shards = self.body.get("_shards", {})
        notes = ["Elasticsearch had no time to look at everything."] if self.body.get("timed_out") else []
        if failed := int(shards.get("failed", 0)):
            notes.append(f"{failed} of {shards.get('total', failed)} shards did not answer{_why(shards)}.")
        return tuple(notes)


class Cluster:
    """Searches in one cluster; safe for threads."""

    def __init__(self, settings: ElasticSettings) -> None:
        self._client = _client(settings)

    def search(self, index: str, body: Mapping[str, Any], deadline: Deadline) -> Answer:
        """One search. Raises QueryRejected and SourceUnavailable."""
        return self.search_all([(index, body)], deadline)[0]

    def search_all(self, searches: Sequence[tuple[str, Mapping[str, Any]]], deadline: Deadline) -> list[Answer]:
        """Several searches in one round, answers in that order; an index that is not there has no documents."""
        timeout = _timeout(_left(deadline) * _SHARE)
        lines: list[bytes] = []
        for index, body in searches:
            lines += [orjson.dumps(_header(index)), orjson.dumps({"timeout": timeout, **body})]
        content = self._call(f"/_msearch?max_concurrent_searches={len(searches)}", "x-ndjson", lines, deadline)
        responses = content.get("responses")
        if not isinstance(responses, list) or len(responses) != len(searches):
            raise AnswerMalformed(NAME, "The response from Elasticsearch is not valid.")
        return [_answer(response) for response in responses]

    def caps(self, index: str, deadline: Deadline) -> tuple[Caps, int]:
        """What the fields can do, and how many indices there are."""
        path = f"/{quote(index, safe=',*')}/_field_caps"
        body = self._call(f"{path}?ignore_unavailable=true&filters=-metadata", "json", {"fields": ["*"]}, deadline)
        return caps_of(body.get("fields", {})), len(body.get("indices", []))

    def kinds(self, index: str, field: str, deadline: Deadline) -> dict[str, list[str]]:
        """The indices by the type that they give a field; "unmapped" are those that do not have it."""
        path = f"/{quote(index, safe=',*')}/_field_caps?ignore_unavailable=true&include_unmapped=true"
        body = self._call(path, "json", {"fields": [field]}, deadline)
        types = body.get("fields", {}).get(field, {})
        # Where all agree, the answer does not list them.
        return {kind: list(about.get("indices") or body.get("indices", ())) for kind, about in types.items()}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _call(self, path: str, kind: str, content: Any, deadline: Deadline) -> Mapping[str, Any]:
        client = self._client.options(request_timeout=_left(deadline))
        # The client's own methods ask as version 9, which a cluster of version 8 refuses; 9 answers as 8 too.
        headers = {"accept": _MEDIA.format("json"), "content-type": _MEDIA.format(kind)}
        try:
            body = client.perform_request("POST", path, headers=headers, body=content).body
        except (ApiError, TransportError, UnsupportedProductError) as error:
            raise _ours(error) from None
        except RecursionError:
            raise AnswerMalformed(NAME, "The response from Elasticsearch is not valid.") from None
        if not isinstance(body, dict):
            raise AnswerMalformed(NAME, "The response from Elasticsearch is not valid.")
        return body


def quality(answers: Sequence[Answer], begun: float, more: Sequence[str] = ()) -> Quality:
    """How far these answers are whole; `begun` is on the monotonic clock."""
    notes = tuple(dict.fromkeys([*more, *(note for answer in answers for note in answer.notes())]))
    return Quality(bool(notes), notes, (time.monotonic() - begun) * 1_000)


def _client(settings: ElasticSettings) -> Elasticsearch:
    more: dict[str, Any] = {}
    if settings.api_key:
        more["api_key"] = settings.api_key
    elif settings.user:
        more["basic_auth"] = (settings.user, settings.password)
    if settings.ca_file:
        more["ca_certs"] = settings.ca_file
    # No retries: a panel's deadline is short, and the next refresh asks again.
    json = OrjsonSerializer()
    return Elasticsearch(
        settings.url,
        node_class=BoundedNode,
        max_retries=0,
        retry_on_timeout=False,
        retry_on_status=(),
        connections_per_node=settings.connections,
        serializers={"application/json": json, "application/vnd.elasticsearch+json": json},
        **more,
    )


def _timeout(seconds: float) -> str:
    """The largest step below; few different ones, because the shards' cache goes by the whole search."""
    return f"{max((step for step in _TIMEOUTS if step <= seconds * 1_000), default=_TIMEOUTS[0])}ms"


def _left(deadline: Deadline) -> float:
    if deadline.remaining < _LEAST:
        raise SourceUnavailable(NAME, "Not enough time left to query Elasticsearch.")
    return deadline.remaining


def _header(index: str) -> dict[str, Any]:
    return {
        "index": index,
        "preference": _PREFERENCE,
        "ignore_unavailable": True,
        "allow_no_indices": True,
        "allow_partial_search_results": True,
    }


def _answer(body: Any) -> Answer:
    if not isinstance(body, dict):
        raise AnswerMalformed(NAME, "The response from Elasticsearch is not valid.")
    if "error" in body:
        raise _refused(int(body.get("status", 500)), body["error"])
    return Answer(body)


def _ours(error: Exception) -> Exception:
    if isinstance(error, SerializationError | UnsupportedProductError):
        return AnswerMalformed(NAME, "The server at the Elasticsearch address is not Elasticsearch.")
    if isinstance(error, ApiError):
        body = error.body if isinstance(error.body, dict) else {}
        return _refused(error.meta.status, body.get("error", str(error)))
    if isinstance(error, ConnectionTimeout):
        return SourceUnavailable(NAME, "Elasticsearch did not answer in time.", "Choose a shorter range.")
    if isinstance(error.__cause__, AnswerTooLarge):
        return LimitExceeded(
            "The response from Elasticsearch is larger than the limit.", "Choose a shorter range or a filter."
        )
    if isinstance(error, Unreachable):
        return SourceUnavailable(NAME, "Elasticsearch cannot be reached.", "Check that it is running.")
    return SourceUnavailable(NAME, "Elasticsearch did not respond.")


def _refused(status: int, error: Any) -> Exception:
    if status in (401, 403):
        return QueryRejected(
            f"Elasticsearch did not accept the credentials ({status}).",
            _reason(error),
            "Check the credentials in the settings.",
        )
    if status == 429:
        return Busy(NAME, "Elasticsearch is overloaded.")
    if status >= 500:
        return Busy(NAME, f"Elasticsearch failed ({status}).")
    return QueryRejected("Elasticsearch refused the search.", _reason(error))


def _reason(error: Any) -> str:
    """The most telling sentence of an error object."""
    if not isinstance(error, dict):
        return str(error)[:500]
    causes = error.get("root_cause") or []
    first = causes[0] if causes and isinstance(causes[0], dict) else error
    return str(first.get("reason") or error.get("reason") or error.get("type") or "")[:500]


def _why(shards: Mapping[str, Any]) -> str:
    failures = [
        failure for failure in shards.get("failures") or [] if isinstance(failure, dict) and failure.get("reason")
    ]
    if not failures:
        return ""
    indices = dict.fromkeys(str(failure["index"]) for failure in failures if failure.get("index"))
    where = f" ({', '.join(list(indices)[:3])})" if indices else ""
    return f"{where}: {_reason(failures[0]['reason'])}".rstrip(".")
