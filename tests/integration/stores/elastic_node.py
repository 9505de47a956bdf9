"""A real Elasticsearch that all tests of stores share, and writing into it."""

from __future__ import annotations

import atexit
import functools
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
import requests

from tests.servers import Server, elasticsearch


@functools.cache
def shared_node() -> Server:
    """The node, started once and stopped when the tests end; skips where it cannot be had."""
    folder = tempfile.TemporaryDirectory(prefix="stores-es-", ignore_cleanup_errors=True)
    server = elasticsearch(Path(folder.name))
    server.start()
    atexit.register(folder.cleanup)
    atexit.register(server.stop)
    return server


def put_index(url: str, index: str, mapping: Mapping[str, Any], **settings: Any) -> None:
    """A fresh index with this mapping."""
    requests.delete(f"{url}/{index}", timeout=30)
    body = {"mappings": mapping, "settings": {"number_of_shards": 1, "number_of_replicas": 0, **settings}}
    answer = requests.put(f"{url}/{index}", json=body, timeout=30)
    assert answer.ok, answer.text


def put_documents(url: str, documents: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Write them in this order and make them findable; a refused one is an error."""
    lines = [orjson.dumps(part) for index, result in documents for part in ({"index": {"_index": index}}, result)]
    if not lines:
        return
    headers = {"Content-Type": "application/x-ndjson"}
    answer = requests.post(f"{url}/_bulk?refresh=true", data=b"\n".join(lines) + b"\n", headers=headers, timeout=60)
    answer.raise_for_status()
    refused = [item["index"]["error"] for item in answer.json()["items"] if "error" in item["index"]]
    assert not refused, refused[0]
