"""Signed links over real servers: several workers, replicas that share PostgreSQL, many creators at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from app.link_store import LinkStore, StoredLink
from app.signed_links import LinkScope, LinkSigner
from tests.postgres_kit import address_of, postgres
from tests.servers import Server, answers, free_port, running

pytestmark = pytest.mark.integration

PATH = "/embed/overview/error-rate"
ANN = {"X-User": "ann"}


def test_replicas_share_the_links_of_a_database(tmp_path: Path) -> None:
    with postgres() as server:
        address = address_of(server)
        stores = [LinkStore(address) for _ in range(8)]

        def use(number: int) -> bool:  # all at once, on a database without the table
            stores[number].add(StoredLink(f"link-{number}", PATH, float(number), 0.0, "ann"))
            return stores[number].is_revoked(f"link-{number}")

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(use, range(8))) == [False] * 8
        assert len(stores[0].all()) == 8
        assert stores[1].revoke("link-0", 10.0)
        assert stores[2].is_revoked("link-0")
        assert not stores[2].is_revoked("link-1")
        for store in stores:
            store.close()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Server]:
    """The dashboards with three workers and a file of links."""
    (tmp_path / "key").write_text("a key of more than sixteen characters")
    port = free_port()
    environment = {
        "CODEAGENT_LINK_KEY_FILE": str(tmp_path / "key"),
        "CODEAGENT_LINKS_FILE": str(tmp_path / "links.db"),
        "CODEAGENT_USER_HEADER": "X-User",
        "CODEAGENT_DEADLINE_SECONDS": "1",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "3"]
    arguments = [*command, "--prometheus", "http://127.0.0.1:9"]
    server = Server(
        arguments, port, lambda: answers(f"http://127.0.0.1:{port}/health/live"), tmp_path / "log", environment
    )
    with running(server):
        yield server


def statuses(workers: Server, address: str) -> set[int]:
    """What many requests, each by a connection of its own, are answered with."""
    return {requests.get(workers.url + address, timeout=10).status_code for _ in range(30)}


def test_every_worker_refuses_a_link_once_it_is_revoked(workers: Server) -> None:
    body = {"board": "overview", "panel": "error-rate", "from": "now-1h", "days": 1}
    link = requests.post(f"{workers.url}/api/links", json=body, headers=ANN, timeout=10).json()
    page, data = link["embed"], link["embed"].replace("?", ".json?")
    assert statuses(workers, page) == statuses(workers, data) == statuses(workers, link["picture"]) == {200}

    revoked = requests.delete(f"{workers.url}/api/links/{link['id']}", json={}, headers=ANN, timeout=10)
    assert revoked.status_code == 200
    assert statuses(workers, page) == statuses(workers, data) == statuses(workers, link["picture"]) == {410}


def test_what_a_signature_shows_is_not_given_to_others_by_the_server_s_own_cache(
    workers: Server, tmp_path: Path
) -> None:
    signature = LinkSigner(tmp_path / "key").sign(LinkScope("embed", "overview", "error-rate"))
    address = f"{PATH}.json?from=now-1h&to=now&w=m"
    assert statuses(workers, f"{address}&sig={signature}") == {200}
    signed_in = {requests.get(workers.url + address, headers=ANN, timeout=10).status_code for _ in range(10)}
    assert signed_in == {200}
    assert statuses(workers, address) == {403}
