"""The servers that other tests stand on can be stopped and started again."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.servers import answers, elasticsearch, running

pytestmark = pytest.mark.integration


def test_elasticsearch_keeps_its_documents_over_a_restart(tmp_path: Path) -> None:
    server = elasticsearch(tmp_path / "es")
    document = f"{server.url}/logs/_doc/1"

    with running(server):
        requests.put(f"{document}?refresh=true", json={"message": "kept"}, timeout=10).raise_for_status()
    assert not answers(f"{server.url}/_cluster/health")
    with running(server):
        requests.get(f"{server.url}/_cluster/health/logs?wait_for_status=yellow", timeout=20).raise_for_status()
        assert requests.get(document, timeout=10).json()["_source"] == {"message": "kept"}
